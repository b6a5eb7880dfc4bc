// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/store.h"

#include <string>

namespace wardesk::broker {

/// Things by name or id, always within the organisation (A7). `notFound` says what was looked for.
[[nodiscard]] Result<Pool> lookUpPool(
    Store& store, const OrganisationId& organisation, const std::string& named);
/// By id, by "name:version", or by the name alone: then the newest published version, unless all
/// are wanted or none is published.
enum class Versions { published, newest };
[[nodiscard]] Result<Image> lookUpImage(Store& store, const OrganisationId& organisation,
    const std::string& named, Versions versions = Versions::published);
[[nodiscard]] Result<User> lookUpUser(
    Store& store, const OrganisationId& organisation, const std::string& named);
[[nodiscard]] Result<DesktopRow> lookUpDesktop(
    Store& store, const OrganisationId& organisation, const std::string& named);

/// Case is ignored. Of those that were read already, or of the organisation's.
[[nodiscard]] Result<UserGroup> groupNamed(
    const Store& store, const std::vector<UserGroup>& groups, const std::string& named);
[[nodiscard]] Result<TerminalGroup> groupNamed(
    const Store& store, const std::vector<TerminalGroup>& groups, const std::string& named);
[[nodiscard]] Result<UserGroup> lookUpUserGroup(
    Store& store, const OrganisationId& organisation, const std::string& named);
[[nodiscard]] Result<TerminalGroup> lookUpTerminalGroup(
    Store& store, const OrganisationId& organisation, const std::string& named);

/// Hosts are the installation's, not an organisation's.
[[nodiscard]] Result<Host> lookUpHost(Store& store, const std::string& named);

/// Names of pools, images and users: 1 to 64 bytes, printable, no blanks at the ends.
[[nodiscard]] Result<void> checkName(const std::string& field, const std::string& name);

/// A conflict of adding something, in words instead of the database's.
[[nodiscard]] Result<void> namedConflict(
    Result<void> added, const std::string& kind, const std::string& name);

}
