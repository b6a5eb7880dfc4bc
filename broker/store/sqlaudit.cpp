// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/sqlstore.h"
#include "broker/store/storerules.h"

#include <algorithm>

namespace wardesk::broker {

using sql::value;

Result<void> SqlStore::appendAudit(AuditRecord record)
{
    return write(Purpose::vital, [&]() -> Result<void> {
        using Link = std::pair<std::int64_t, std::string>;
        const Result<std::vector<Link>> last = select("select_last_audit", {}, [](sql::Row& row) {
            Link link;
            link.first = row.number();
            link.second = row.text();
            return link;
        });
        if (!last)
            return tl::unexpected(last.error());
        const Link previous = last->empty() ? Link {} : last->front();
        record.number = previous.first + 1;
        record.hash = rules::auditHash(previous.second, record);
        return execute("insert_audit",
            { { ":number", value(record.number) },
                { ":organisation_id", value(record.organisation) }, { ":at", value(record.at) },
                { ":actor", value(record.actor) }, { ":action", value(record.action) },
                { ":object", value(record.object) }, { ":outcome", value(record.outcome) },
                { ":detail", value(record.detail) }, { ":hash", value(record.hash) } })
            .map([](int) {});
    });
}

Result<std::vector<AuditRecord>> SqlStore::listAudit(
    const OrganisationId& organisation, std::int64_t afterNumber, int limit)
{
    Result<std::vector<AuditRecord>> records = select("select_audit",
        { { ":organisation_id", value(organisation) }, { ":after", value(afterNumber) },
            { ":limit", value(std::int64_t { std::max(0, limit) }) } },
        sql::readAuditRecord);
    if (records)
        std::reverse(records->begin(), records->end());
    return records;
}

Result<std::int64_t> SqlStore::verifyAudit()
{
    // In portions: the audit may be larger than memory.
    AuditRecord previous;
    for (;;) {
        const Result<std::vector<AuditRecord>> records = select(
            "select_audit_chain", { { ":after", value(previous.number) } }, sql::readAuditRecord);
        if (!records)
            return tl::unexpected(records.error());
        if (records->empty())
            return 0;
        for (const AuditRecord& record : *records) {
            if (record.number != previous.number + 1
                || record.hash != rules::auditHash(previous.hash, record))
                return record.number;
            previous = record;
        }
    }
}

Result<Epoch> SqlStore::takeEpoch()
{
    if (Result<int> raised = execute("raise_epoch"); !raised)
        return tl::unexpected(raised.error());
    return currentEpoch();
}

Result<Epoch> SqlStore::nextEpoch()
{
    return write(Purpose::vital, [this] { return takeEpoch(); });
}

Result<Epoch> SqlStore::currentEpoch()
{
    return selectOne(
        "select_epoch", {}, [](sql::Row& row) { return row.numbered<Epoch>(); }, "counter");
}

Result<void> SqlStore::raiseEpoch(Epoch atLeast)
{
    return change(Purpose::vital, "raise_epoch_to", { { ":at_least", value(atLeast) } });
}

Result<void> SqlStore::purge(WallTime now)
{
    return write(Purpose::vital, [&]() -> Result<void> {
        const std::pair<const char*, WallTime> steps[] = {
            { "purge_tokens", now },
            { "purge_tickets", now },
            { "purge_idempotency_keys", now - rules::idempotencyKeyLife },
            { "purge_sign_in_failures", now - rules::signInFailureLife },
        };
        for (const auto& [name, before] : steps) {
            if (Result<int> done = execute(name, { { ":before", value(before) } }); !done)
                return tl::unexpected(done.error());
        }
        return {};
    });
}

Result<std::string> SqlStore::probe()
{
    if (Result<void> written = change(Purpose::ordinary, "probe_write", {}); !written)
        return tl::unexpected(written.error());
    return selectOne(
        "select_server_version", {}, [](sql::Row& row) { return "SQLite " + row.text(); },
        "version");
}

}
