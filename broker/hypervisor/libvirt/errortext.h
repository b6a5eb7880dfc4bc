// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"

#include <string>

namespace wardesk::broker {

/// libvirt's last error of this thread, in plain language; `attempt` says what was tried, e.g.
/// "the desktop's domain could not be started".
[[nodiscard]] Error lastLibvirtError(const std::string& attempt);
/// True when that error means that there is no such domain (any more).
[[nodiscard]] bool lastErrorIsNoDomain();
/// True when the domain carries no metadata of ours.
[[nodiscard]] bool lastErrorIsNoMetadata();
/// True when there is no such storage volume.
[[nodiscard]] bool lastErrorIsNoVolume();
/// True when it means that the domain exists but does not run.
[[nodiscard]] bool lastErrorIsNotRunning();

}
