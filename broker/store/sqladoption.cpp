// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/domain/seats.h"
#include "broker/store/adoptionrules.h"
#include "broker/store/sqlstore.h"

#include <array>

namespace wardesk::broker {

using sql::value;

namespace {

/// With the end of an adoption, and before one that begins afresh.
constexpr std::array forgotten { "delete_adoption_seats", "delete_adoption_words",
    "delete_adoption_settled" };

}

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
            for (const char* forget : forgotten) {
                if (const Result<int> gone = execute(forget); !gone)
                    return tl::unexpected(gone.error());
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
        for (const char* forget : forgotten) {
            if (const Result<int> gone = execute(forget); !gone)
                return tl::unexpected(gone.error());
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
        const Result<int> written = execute("upsert_adoption_word",
            { { ":desktop_id", value(word.desktop) }, { ":incarnation", value(word.incarnation) },
                { ":epoch", value(word.epoch) }, { ":is_ready", value(word.isReady) },
                { ":certificate_sha256", value(word.certificateSha256) },
                { ":session", value(rules::nameOf(word.session)) },
                { ":lease_id", value(word.lease) }, { ":user_id", value(word.user) } });
        if (!written)
            return tl::unexpected(written.error());
        if (*written == 0)
            return true; // the word of a later incarnation is there
        if (const Result<void> seats = putSeatWords(word); !seats)
            return tl::unexpected(seats.error());
        return true;
    });
}

Result<void> SqlStore::putSeatWords(const AgentWord& word)
{
    const Result<int> gone
        = execute("delete_adoption_seats_of_desktop", { { ":desktop_id", value(word.desktop) } });
    if (!gone)
        return tl::unexpected(gone.error());
    for (std::size_t place = 0; place < word.seats.size(); ++place) {
        const SeatWord& seat = word.seats[place];
        const Result<int> put = execute("insert_adoption_seat",
            { { ":desktop_id", value(word.desktop) },
                { ":place", value(static_cast<std::int64_t>(place)) },
                { ":seat", value(seat.seat) }, { ":epoch", value(seat.epoch) },
                { ":session", value(rules::nameOf(seat.session)) },
                { ":lease_id", value(seat.lease) }, { ":user_id", value(seat.user) } });
        if (!put)
            return tl::unexpected(put.error());
    }
    return {};
}

Result<std::vector<AgentWord>> SqlStore::listWords()
{
    std::vector<AgentWord> words;
    return select("select_adoption_words", {}, [&words](sql::Row& row) {
        AgentWord word;
        word.desktop = row.id<DesktopId>();
        word.incarnation = row.numbered<Incarnation>();
        word.epoch = row.numbered<Epoch>();
        word.isReady = row.flag();
        word.certificateSha256 = row.text();
        word.session = rules::sessionNamed(row.text());
        word.lease = row.id<LeaseId>();
        word.user = row.id<UserId>();
        if (words.empty() || words.back().desktop != word.desktop)
            words.push_back(std::move(word));
        if (row.nextIsNull())
            return true; // of no shared desktop
        SeatWord seat;
        seat.seat = row.number();
        seat.epoch = row.numbered<Epoch>();
        seat.session = rules::sessionNamed(row.text());
        seat.lease = row.id<LeaseId>();
        seat.user = row.id<UserId>();
        words.back().seats.push_back(std::move(seat));
        return true;
    }).map([&words](const std::vector<bool>&) { return std::move(words); });
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
            if (Result<void> leases = putLeases(*adopted.row, adopted.now); !leases)
                return leases;
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

Result<void> SqlStore::putLeases(const DesktopRow& row, WallTime now)
{
    // What is over first, each for its own reason: whoever has come back has a newer one.
    for (const Lease* lease : leasesOf(row)) {
        if (!lease->closedAt)
            continue;
        if (Result<void> put = putLease(*lease); !put)
            return put;
    }
    const Result<int> closed = execute("close_other_leases_of_desktop",
        { { ":desktop_id", value(row.desktop.id) }, { ":now", value(now) },
            { ":lease_id", value(row.lease ? row.lease->id : LeaseId()) },
            { ":kept_incarnation", value(rules::goesOnInside(row)) } });
    if (!closed)
        return tl::unexpected(closed.error());
    for (const Lease* lease : openLeasesOf(row)) {
        if (Result<void> put = putLease(*lease); !put)
            return put;
    }
    return {};
}

Result<void> SqlStore::putLease(const Lease& lease)
{
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
