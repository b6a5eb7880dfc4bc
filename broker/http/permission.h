// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/values.h"

#include <string_view>

namespace wardesk::broker {

/// What a route demands of the one who asks. There is no default: a route without a permission
/// cannot be written down (A7).
enum class Permission {
    everybody, ///< "public": no sign-in
    session, ///< any user who is signed in
    desktopsUse,
    agent, ///< a desktop's bootstrap secret instead of a user's token
    broker, ///< the proof of a broker on the same database
    imagesRead,
    imagesWrite,
    poolsRead,
    poolsWrite,
    desktopsRead,
    desktopsWrite,
    usersRead,
    usersWrite,
    sessionsRead,
    sessionsWrite,
    auditRead,
    hostsRead,
    hostsWrite,
    brokersRead,
    metricsRead,
    systemWrite ///< what concerns the whole installation
};

/// "desktops.use" and so on.
[[nodiscard]] std::string_view nameOf(Permission permission);
/// Deny by default: clinicians use desktops, administrators do everything that users may do.
[[nodiscard]] bool mayUse(Role role, Permission permission);

}
