// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/audit.h"

#include "broker/service/log.h"

namespace wardesk::broker {

AuditNote noteOf(const Principal& who, std::string action, std::string object)
{
    AuditNote note { .organisation = who.user.organisation,
        .actor = who.user.name,
        .action = std::move(action),
        .object = std::move(object),
        .detail = "from " + who.address };
    if (!who.terminal.empty())
        note.detail += ", terminal " + who.terminal;
    return note;
}

AuditNote brokerNote(const OrganisationId& organisation, std::string action, std::string object)
{
    return { .organisation = organisation,
        .actor = "broker",
        .action = std::move(action),
        .object = std::move(object),
        .detail = {} };
}

Result<void> writeAudit(Store& store, const AuditNote& note, const Error* error, WallTime now)
{
    AuditRecord record;
    record.at = now;
    record.organisation = note.organisation;
    record.actor = note.actor;
    record.action = note.action;
    record.object = note.object;
    record.detail = note.detail;
    record.outcome = error == nullptr ? "done" : std::string(wireCode(error->code));
    if (error != nullptr && !error->detail.empty())
        record.detail += (record.detail.empty() ? "" : "; ") + error->detail;
    logEvent(error == nullptr ? LogLevel::info : LogLevel::warning, record.action,
        { { "actor", record.actor }, { "object", record.object }, { "outcome", record.outcome },
            { "detail", record.detail } });
    auto written = store.appendAudit(record);
    if (!written)
        logEvent(LogLevel::alarm, "audit.lost",
            { { "action", record.action }, { "why", written.error().detail } });
    return written;
}

}
