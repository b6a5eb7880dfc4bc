// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/ids.h"
#include "broker/domain/values.h"

#include <string>

namespace wardesk::broker {

/// Who asks. Made by the authorisation gate, believed by the services.
struct Principal
{
    User user;
    SecretHash token;
    std::string terminal; ///< as told at sign-in
    std::string address; ///< IP address that the request came from
    WallTime signedInUntil {}; ///< the token's end
};

}
