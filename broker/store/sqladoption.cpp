// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/adoptionrules.h"
#include "broker/store/sqlstore.h"

namespace wardesk::broker {

using sql::value;

struct SqlStore::RunningAdoption
{
    AdoptionRecord record;
    WallTime seenAt {};
};

Result<std::optional<SqlStore::RunningAdoption>> SqlStore::runningAdoption()
{
    return select("select_adoption", {}, [](sql::Row& row) {
        RunningAdoption running;
        running.record.broker = row.id<BrokerId>();
        running.record.reason = row.text();
        running.record.since = row.time();
        running.record.total = row.number();
        running.record.settled = row.number();
        running.seenAt = row.time();
        return running;
    }).map([](std::vector<RunningAdoption> rows) {
        return rows.empty() ? std::nullopt : std::optional(std::move(rows.front()));
    });
}

Result<std::optional<AdoptionRecord>> SqlStore::findAdoption()
{
    return runningAdoption().map([](const std::optional<RunningAdoption>& running) {
        return running ? std::optional(running->record) : std::nullopt;
    });
}

Result<void> SqlStore::checkNotAdopting()
{
    const Result<std::optional<RunningAdoption>> running = runningAdoption();
    if (!running)
        return tl::unexpected(running.error());
    if (*running)
        return tl::unexpected(rules::adoptingError());
    return {};
}

Result<bool> SqlStore::isSettled(const DesktopId& desktop)
{
    return select("select_adoption_settled_one", { { ":desktop_id", value(desktop) } },
        [](sql::Row& row) { return row.text(); })
        .map([](const std::vector<std::string>& rows) { return !rows.empty(); });
}

Result<AdoptionRecord> SqlStore::beginAdoption(
    const AdoptionRecord& wanted, Epoch atLeast, std::chrono::milliseconds life, AdoptionStart how)
{
    Result<AdoptionRecord> begun = write(Purpose::vital, [&]() -> Result<AdoptionRecord> {
        if (Result<void> raised = raiseCounter(atLeast); !raised)
            return tl::unexpected(raised.error());
        const Result<WallTime> now = databaseTime();
        if (!now)
            return tl::unexpected(now.error());
        const Result<std::optional<RunningAdoption>> running = runningAdoption();
        if (!running)
            return tl::unexpected(running.error());
        Result<AdoptionRecord> record
            = rules::beginAdoption(*running ? std::optional((*running)->record) : std::nullopt,
                *running && (*running)->seenAt > *now - life, wanted, how, *now);
        if (!record)
            return record;
        if (!*running || how == AdoptionStart::afresh) {
            for (const char* forget : { "delete_adoption_words", "delete_adoption_settled" }) {
                if (const Result<int> forgotten = execute(forget); !forgotten)
                    return tl::unexpected(forgotten.error());
            }
        }
        return execute("upsert_adoption",
            { { ":broker_id", value(record->broker) }, { ":reason", value(record->reason) },
                { ":since", value(record->since) }, { ":total", value(record->total) },
                { ":settled", value(record->settled) }, { ":seen_at", value(*now) } })
            .map([&record](int) { return *record; });
    });
    if (begun)
        m_wentBack = false; // the counter is above everything now
    return begun;
}

Result<void> SqlStore::noteAdoption(
    const BrokerId& broker, std::int64_t total, std::int64_t settled)
{
    return write(Purpose::vital, [&]() -> Result<void> {
        const Result<WallTime> now = databaseTime();
        if (!now)
            return tl::unexpected(now.error());
        const Result<int> noted = execute("update_adoption",
            { { ":broker_id", value(broker) }, { ":total", value(total) },
                { ":settled", value(settled) }, { ":seen_at", value(*now) } });
        if (!noted)
            return tl::unexpected(noted.error());
        if (*noted == 0)
            return tl::unexpected(rules::adoptionLostError());
        return {};
    });
}

Result<void> SqlStore::endAdoption(const BrokerId& broker)
{
    return write(Purpose::vital, [&]() -> Result<void> {
        const Result<int> ended = execute("delete_adoption", { { ":broker_id", value(broker) } });
        if (!ended)
            return tl::unexpected(ended.error());
        if (*ended == 0)
            return tl::unexpected(rules::adoptionLostError());
        for (const char* forget : { "delete_adoption_words", "delete_adoption_settled" }) {
            if (const Result<int> forgotten = execute(forget); !forgotten)
                return tl::unexpected(forgotten.error());
        }
        return {};
    });
}

Result<bool> SqlStore::recordWord(const AgentWord& word)
{
    const Result<std::optional<RunningAdoption>> running = runningAdoption();
    if (!running)
        return tl::unexpected(running.error());
    if (!*running)
        return false; // without a transaction: this is asked with every report
    return write(Purpose::vital, [&]() -> Result<bool> {
        const Result<bool> settled = isSettled(word.desktop);
        if (!settled)
            return tl::unexpected(settled.error());
        if (*settled)
            return false;
        return execute("upsert_adoption_word",
            { { ":desktop_id", value(word.desktop) }, { ":incarnation", value(word.incarnation) },
                { ":epoch", value(word.epoch) }, { ":is_ready", value(word.isReady) },
                { ":certificate_sha256", value(word.certificateSha256) },
                { ":session", value(rules::nameOf(word.session)) },
                { ":lease_id", value(word.lease) }, { ":user_id", value(word.user) } })
            .map([](int) { return true; });
    });
}

Result<std::vector<AgentWord>> SqlStore::listWords()
{
    return select("select_adoption_words", {}, [](sql::Row& row) {
        AgentWord word;
        word.desktop = row.id<DesktopId>();
        word.incarnation = row.numbered<Incarnation>();
        word.epoch = row.numbered<Epoch>();
        word.isReady = row.flag();
        word.certificateSha256 = row.text();
        word.session = rules::sessionNamed(row.text());
        word.lease = row.id<LeaseId>();
        word.user = row.id<UserId>();
        return word;
    });
}

Result<std::vector<DesktopId>> SqlStore::listSettled()
{
    return select("select_adoption_settled", {}, [](sql::Row& row) { return row.id<DesktopId>(); });
}

Result<void> SqlStore::adoptDesktop(const AdoptedDesktop& adopted)
{
    return write(Purpose::vital, [&]() -> Result<void> {
        if (Result<void> locked = lock("lock_desktop", value(adopted.desktop)); !locked)
            return locked;
        if (adopted.row) {
            if (Result<void> desktop = putDesktop(*adopted.row, adopted.now); !desktop)
                return desktop;
            if (Result<void> lease = putLease(*adopted.row, adopted.now); !lease)
                return lease;
        }
        if (adopted.removed) {
            const Result<int> removed
                = execute("remove_desktop", { { ":id", value(adopted.desktop) } });
            if (!removed)
                return tl::unexpected(removed.error());
        }
        if (!adopted.settles)
            return {};
        return execute("insert_adoption_settled", { { ":desktop_id", value(adopted.desktop) } })
            .map([](int) {});
    });
}

Result<void> SqlStore::putDesktop(const DesktopRow& row, WallTime now)
{
    const Desktop& desktop = row.desktop;
    const IncarnationFacts& facts = desktop.incarnation;
    Result<DesktopRow> known = findDesktop(desktop.id);
    if (!known && known.error().code != Errc::notFound)
        return tl::unexpected(known.error());
    if (!known) {
        if (Result<void> there = checkHostIsThere(desktop); !there)
            return there;
        if (Result<void> inserted = insertDesktop(desktop); !inserted)
            return inserted;
    }
    if (Result<void> updated = updateQuarantine(desktop); !updated)
        return updated;
    if (known && known->desktop.owner != desktop.owner) {
        if (Result<void> owned = updateOwner(desktop); !owned)
            return owned;
    }
    if (known) {
        IncarnationFacts& older = known->desktop.incarnation;
        if (older.number > facts.number
            || (older.number == facts.number && older.domain != facts.domain))
            return failure(Errc::conflict, "the database knows a later incarnation of it");
        if (older.number < facts.number) {
            older.endingAt = older.endingAt.value_or(now);
            older.endedAt = older.endedAt.value_or(now);
            older.endReason = older.endReason.value_or(EndReason::databaseRestored);
            if (Result<void> ended = updateIncarnation(desktop.id, older); !ended)
                return ended;
        }
    }
    if (!known || known->desktop.incarnation.number < facts.number) {
        if (Result<void> inserted = insertIncarnation(desktop); !inserted)
            return inserted;
    }
    return updateIncarnation(desktop.id, facts);
}

Result<void> SqlStore::putLease(const DesktopRow& row, WallTime now)
{
    const Result<int> closed = execute("close_other_leases_of_desktop",
        { { ":desktop_id", value(row.desktop.id) }, { ":now", value(now) },
            { ":lease_id", value(row.lease ? row.lease->id : LeaseId()) },
            { ":kept_incarnation", value(rules::goesOnInside(row)) } });
    if (!closed)
        return tl::unexpected(closed.error());
    if (!row.lease)
        return {};
    const Lease& lease = *row.lease;
    const Result<Lease> known = selectLease(lease.id);
    if (!known && known.error().code != Errc::notFound)
        return tl::unexpected(known.error());
    if (!known) {
        const Result<int> marked = execute("mark_leased",
            { { ":desktop_id", value(lease.desktop) }, { ":number", value(lease.incarnation) } });
        if (!marked)
            return tl::unexpected(marked.error());
        return insertLease(lease);
    }
    if (known->desktop != lease.desktop || known->incarnation != lease.incarnation
        || known->user != lease.user)
        return failure(Errc::conflict, "its lease belongs to another desktop");
    return updateLease(lease);
}

}
