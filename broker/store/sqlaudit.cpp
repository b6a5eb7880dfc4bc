// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/adoptionrules.h"
#include "broker/store/sqlstore.h"
#include "broker/store/storerules.h"

#include <algorithm>

namespace wardesk::broker {

using sql::value;

Result<void> SqlStore::appendAudit(AuditRecord record)
{
    Session& own = session();
    if (own.group == Group::broken)
        return tl::unexpected(own.broken);
    if (own.group != Group::none) {
        own.audit.push_back(std::move(record));
        return {};
    }
    return write(Purpose::vital, [&] { return appendToChain({ record }); });
}

Result<void> SqlStore::appendToChain(std::vector<AuditRecord> records)
{
    // Grants of all brokers run side by side until here; only the chain is one after the other.
    if (m_postgres) {
        const auto locked = select("lock_audit", {}, [](sql::Row&) { return true; });
        if (!locked)
            return tl::unexpected(locked.error());
    }
    using Link = std::pair<std::int64_t, std::string>;
    const Result<std::vector<Link>> last = select("select_last_audit", {}, [](sql::Row& row) {
        Link link;
        link.first = row.number();
        link.second = row.text();
        return link;
    });
    if (!last)
        return tl::unexpected(last.error());
    Link previous = last->empty() ? Link {} : last->front();
    for (AuditRecord& record : records) {
        record.number = previous.first + 1;
        record.hash = rules::auditHash(previous.second, record);
        const Result<int> inserted = execute("insert_audit",
            { { ":number", value(record.number) },
                { ":organisation_id", value(record.organisation) }, { ":at", value(record.at) },
                { ":actor", value(record.actor) }, { ":action", value(record.action) },
                { ":object", value(record.object) }, { ":outcome", value(record.outcome) },
                { ":detail", value(record.detail) }, { ":hash", value(record.hash) } });
        if (!inserted)
            return tl::unexpected(inserted.error());
        previous = { record.number, record.hash };
    }
    return {};
}

Result<std::vector<AuditRecord>> SqlStore::listAudit(
    const OrganisationId& organisation, std::int64_t afterNumber, int limit)
{
    if (Result<void> flushed = flushAudit(); !flushed)
        return tl::unexpected(flushed.error());
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
    if (Result<void> flushed = flushAudit(); !flushed)
        return tl::unexpected(flushed.error());
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
    // Before the question: others may commit a later one before the answer is here.
    const Epoch seen(m_seen.load());
    // A sequence is not undone with its transaction: those who try again and again must not get it
    // past what was seen.
    if (m_wentBack)
        return tl::unexpected(rules::wentBackError(Epoch(0), seen));
    const Result<Epoch> epoch = selectOne(
        "take_epoch", {}, [](sql::Row& row) { return row.numbered<Epoch>(); }, "counter");
    if (!epoch)
        return epoch;
    m_wentBack = *epoch <= seen;
    if (m_wentBack)
        return tl::unexpected(rules::wentBackError(*epoch, seen));
    session().taken = std::max(session().taken, *epoch);
    return epoch;
}

void SqlStore::expectEpoch(Epoch seen)
{
    raiseSeen(seen);
    m_wentBack = false;
}

void SqlStore::raiseSeen(Epoch seen)
{
    long long known = m_seen.load();
    while (known < seen.value() && !m_seen.compare_exchange_weak(known, seen.value())) { }
}

void SqlStore::noteCommitted()
{
    if (const Epoch taken = session().taken; taken > Epoch(0))
        raiseSeen(taken);
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
    return write(Purpose::vital, [&] { return raiseCounter(atLeast); });
}

Result<void> SqlStore::raiseCounter(Epoch atLeast)
{
    if (!m_postgres)
        return execute("raise_epoch_to", { { ":at_least", value(atLeast) } }).map([](int) {});
    if (Result<void> locked = command("lock_epochs"); !locked)
        return locked;
    return select("raise_epoch_to", { { ":at_least", value(atLeast) } }, [](sql::Row& row) {
        return row.number();
    }).map([](const std::vector<std::int64_t>&) {});
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
        "select_server_version", {},
        [this](sql::Row& row) { return (m_postgres ? "PostgreSQL " : "SQLite ") + row.text(); },
        "version");
}

}
