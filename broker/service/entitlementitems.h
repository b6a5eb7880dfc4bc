// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/store.h"
#include "protocols/wire/accessmessages.h"

#include <map>
#include <string>
#include <vector>

namespace wardesk::broker {

/// The names that entitlements are written with. Read once for all of a pool.
struct AccessNames
{
    std::map<UserId, std::string> users; ///< those that were asked for
    std::vector<UserGroup> groups;
    std::vector<TerminalGroup> terminals;
};

[[nodiscard]] Result<AccessNames> readNames(
    Store& store, const OrganisationId& organisation, const std::vector<Entitlement>& entitlements);

/// Between entitlements and their messages. Errors name the entitlement and what was expected.
[[nodiscard]] wire::EntitlementItem itemOf(
    const Entitlement& entitlement, const AccessNames& names);
/// Those that were there before keep their date and their author, whatever the message says.
[[nodiscard]] Result<std::vector<Entitlement>> entitlementsOf(Store& store,
    const OrganisationId& organisation, const wire::PoolAccessChange& change,
    const std::vector<Entitlement>& present, const std::string& by, WallTime now);

/// "group icu, terminals icu, mon-fri 07:00-19:00", for people.
[[nodiscard]] std::string entitlementText(const Entitlement& entitlement, const AccessNames& names);
/// Another one for each other list or limit.
[[nodiscard]] std::string versionOf(
    const std::vector<Entitlement>& entitlements, std::int64_t sessionLimit);

}
