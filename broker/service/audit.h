// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/store.h"
#include "broker/service/principal.h"

#include <string>

namespace wardesk::broker {

/// What an audit record says besides its outcome.
struct AuditNote
{
    OrganisationId organisation;
    std::string actor;
    std::string action;
    std::string object;
    std::string detail; ///< never a secret
};

[[nodiscard]] AuditNote noteOf(const Principal& who, std::string action, std::string object);
[[nodiscard]] AuditNote brokerNote(
    const OrganisationId& organisation, std::string action, std::string object);

/// Writes the one record of an act (A10): "done", or the wire code and the words of the error.
[[nodiscard]] Result<void> writeAudit(
    Store& store, const AuditNote& note, const Error* error, WallTime now);

/// The result of an act together with its record: when the record cannot be written the act counts
/// as failed, because an act without a record must not look like an ordinary success.
template <typename T>
[[nodiscard]] Result<T> recorded(
    Store& store, const AuditNote& note, Result<T> result, WallTime now)
{
    const auto written = writeAudit(store, note, result ? nullptr : &result.error(), now);
    if (!written && result)
        return tl::unexpected(written.error());
    return result;
}

}
