// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"
#include "protocols/wire/machinemessages.h"

#include <functional>
#include <string>

namespace wardesk::desktop {

/// Waits on the virtio-serial port for the host to say which desktop this machine is, and answers
/// with what `become` makes of it. For as long as it takes: the machine may be saved and copied in
/// here. Fails when the port cannot be used; what cannot be understood is told to the host, and
/// waited on.
[[nodiscard]] Result<void> awaitBootstrap(const std::string& port,
    const std::function<Result<void>(const wire::MachineBootstrap&)>& become);

}
