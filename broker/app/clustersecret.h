// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/app/config.h"
#include "broker/domain/store.h"
#include "protocols/base/secret.h"

#include <string>

/// What the brokers of one cluster have in common beside the database: the certificate authority
/// that clients trust, and the secret by which they know each other. Never in the database, which
/// more people and backups see.
namespace wardesk::broker {

/// The secret in its file (0600 or stricter). The first broker of a database makes it; a later one
/// that has not joined is told how to: with an authority of its own no client would trust it.
[[nodiscard]] Result<Secret> clusterSecret(const Config& config, Store& store);

/// Writes authority and secret of this broker into one file (0600), "-" for standard output.
[[nodiscard]] Result<void> exportCluster(const Config& config, const std::string& file);
/// Takes them from such a file, "-" for standard input; before the first start.
[[nodiscard]] Result<void> joinCluster(const Config& config, const std::string& file);

}
