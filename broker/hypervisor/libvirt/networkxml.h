// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace wardesk::broker {

/// The host's own IPv4 address on the libvirt network that has `address` in its subnet: the
/// desktop's default route. Empty when the network has none.
[[nodiscard]] std::string gatewayFor(const std::string& networkXml, const std::string& address);

}
