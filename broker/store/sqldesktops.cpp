// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/domain/reasons.h"
#include "broker/domain/seats.h"
#include "broker/store/addresses.h"
#include "broker/store/hostrules.h"
#include "broker/store/incarnationrules.h"
#include "broker/store/sqlstore.h"

namespace wardesk::broker {

using sql::value;

namespace {

DesktopRow readDesktopRow(sql::Row& row)
{
    DesktopRow result;
    result.desktop = sql::readDesktop(row);
    if (!row.nextIsNull())
        result.lease = sql::readLease(row);
    return result;
}

/// A shared desktop comes once for each of its leases, one after the other.
std::vector<DesktopRow> merged(std::vector<DesktopRow> rows)
{
    std::vector<DesktopRow> desktops;
    for (DesktopRow& row : rows) {
        const bool isSame = !desktops.empty() && desktops.back().desktop.id == row.desktop.id;
        if (isSame && row.lease)
            addLease(desktops.back(), std::move(*row.lease));
        else
            desktops.push_back(std::move(row));
    }
    return desktops;
}

sql::Value reasonValue(const std::optional<EndReason>& reason)
{
    return reason ? value(nameOf(*reason)) : sql::Value();
}

}

Result<void> SqlStore::insertIncarnation(const Desktop& desktop)
{
    const IncarnationFacts& facts = desktop.incarnation;
    return execute("insert_incarnation",
        { { ":desktop_id", value(desktop.id) }, { ":number", value(facts.number) },
            { ":organisation_id", value(desktop.organisation) },
            { ":pool_id", value(desktop.pool) }, { ":domain_uuid", value(facts.domain) },
            { ":disk_uuid", value(facts.disk) }, { ":image_id", value(facts.image) },
            { ":bootstrap_hash", value(facts.bootstrapHash) },
            { ":created_at", value(facts.createdAt) },
            { ":start_attempts", value(facts.startAttempts) },
            { ":last_failure_at", value(facts.lastFailureAt) },
            { ":last_error", value(facts.lastError) } })
        .map([](int) {});
}

Result<void> SqlStore::insertDesktop(const Desktop& desktop)
{
    return execute("insert_desktop",
        { { ":id", value(desktop.id) }, { ":organisation_id", value(desktop.organisation) },
            { ":pool_id", value(desktop.pool) }, { ":name", value(desktop.name) },
            { ":address", value(desktop.address) }, { ":host_id", value(desktop.host) },
            { ":owner_id", sql::valueOrNull(desktop.owner) } })
        .map([](int) {});
}

Result<void> SqlStore::updateIncarnation(const DesktopId& desktop, const IncarnationFacts& facts)
{
    return execute("update_incarnation",
        { { ":desktop_id", value(desktop) }, { ":number", value(facts.number) },
            { ":certificate_sha256", value(facts.certificateSha256) },
            { ":started_at", value(facts.startedAt) }, { ":ready_at", value(facts.readyAt) },
            { ":unready_at", value(facts.unreadyAt) }, { ":draining_at", value(facts.drainingAt) },
            { ":ending_at", value(facts.endingAt) }, { ":ended_at", value(facts.endedAt) },
            { ":end_reason", reasonValue(facts.endReason) },
            { ":start_attempts", value(facts.startAttempts) },
            { ":last_failure_at", value(facts.lastFailureAt) },
            { ":last_error", value(facts.lastError) },
            { ":suspending_at", value(facts.suspendingAt) },
            { ":suspended_at", value(facts.suspendedAt) },
            { ":resuming_at", value(facts.resumingAt) } })
        .map([](int) {});
}

Result<std::vector<std::string>> SqlStore::modeOfHost(const HostId& id)
{
    return lock("lock_host", value(id)).and_then([&] {
        return select(
            "select_host_mode", { { ":id", value(id) } }, [](sql::Row& row) { return row.text(); });
    });
}

/// It may have been drained or removed since the place was chosen.
Result<void> SqlStore::checkHostOf(const Desktop& desktop)
{
    if (desktop.host.isEmpty())
        return {};
    const auto modes = modeOfHost(desktop.host);
    if (!modes)
        return tl::unexpected(modes.error());
    if (modes->empty() || hostModeNamed(modes->front()) != HostMode::active)
        return tl::unexpected(rules::closedHostError());
    return {};
}

/// It may have been written off since it was listed.
Result<void> SqlStore::checkHostIsThere(const Desktop& desktop)
{
    if (desktop.host.isEmpty())
        return {};
    const auto modes = modeOfHost(desktop.host);
    if (!modes)
        return tl::unexpected(modes.error());
    return modes->empty() ? tl::unexpected(rules::goneHostError()) : Result<void>();
}

Result<Desktop> SqlStore::addDesktop(
    const Desktop& withoutAddress, const std::string& firstAddress, const std::string& lastAddress)
{
    if (withoutAddress.incarnation.number != Incarnation(1))
        return failure(Errc::invalidArgument, "the first incarnation of a desktop is number 1");
    const auto work = [&]() -> Result<Desktop> {
        if (Result<void> locked = lock("lock_pool", value(withoutAddress.pool)); !locked)
            return tl::unexpected(locked.error());
        if (Result<void> good = checkNotAdopting(); !good)
            return tl::unexpected(good.error());
        if (Result<Pool> pool = findPool(withoutAddress.organisation, withoutAddress.pool); !pool)
            return tl::unexpected(pool.error());
        const Result<std::vector<std::string>> taken
            = select("select_addresses", {}, [](sql::Row& row) { return row.text(); });
        if (!taken)
            return tl::unexpected(taken.error());
        Result<std::string> address = lowestFreeAddress(
            firstAddress, lastAddress, std::set<std::string>(taken->begin(), taken->end()));
        if (!address)
            return tl::unexpected(address.error());
        Desktop desktop = withoutAddress;
        desktop.address = *address;
        if (Result<void> good = checkHostOf(desktop); !good)
            return tl::unexpected(good.error());
        if (Result<void> inserted = insertDesktop(desktop); !inserted)
            return tl::unexpected(inserted.error());
        return insertIncarnation(desktop).map([&desktop] { return desktop; });
    };
    // Of two that see the same free address one has to look again.
    return write(Purpose::ordinary, work, Quicker::isSeen);
}

Result<Desktop> SqlStore::beginIncarnation(const NewIncarnation& incarnation)
{
    return write(Purpose::ordinary, [&]() -> Result<Desktop> {
        if (Result<void> locked = lock("lock_desktop", value(incarnation.desktop)); !locked)
            return tl::unexpected(locked.error());
        if (Result<void> good = checkNotAdopting(); !good)
            return tl::unexpected(good.error());
        Result<DesktopRow> row = findDesktop(incarnation.desktop);
        if (!row)
            return tl::unexpected(row.error());
        Result<IncarnationFacts> facts = rules::next(row->desktop, incarnation);
        if (!facts)
            return tl::unexpected(facts.error());
        row->desktop.incarnation = *facts;
        return insertIncarnation(row->desktop).map([&row] { return row->desktop; });
    });
}

template <typename Change>
Result<void> SqlStore::changeIncarnation(Purpose purpose, const DesktopId& id, const Change& change)
{
    return write(purpose, [&]() -> Result<void> {
        if (Result<void> locked = lock("lock_desktop", value(id)); !locked)
            return tl::unexpected(locked.error());
        Result<DesktopRow> row = findDesktop(id);
        if (!row)
            return tl::unexpected(row.error());
        if (Result<void> changed = change(*row); !changed)
            return changed;
        return updateIncarnation(id, row->desktop.incarnation);
    });
}

Result<void> SqlStore::recordStarted(const DesktopId& id, Incarnation number, WallTime now)
{
    return changeIncarnation(Purpose::ordinary, id,
        [&](DesktopRow& row) { return rules::start(row.desktop.incarnation, number, now); });
}

Result<void> SqlStore::recordStartFailure(
    const DesktopId& id, Incarnation number, const std::string& error, WallTime now)
{
    return changeIncarnation(Purpose::ordinary, id, [&](DesktopRow& row) {
        return rules::failStart(row.desktop.incarnation, number, error, now);
    });
}

Result<void> SqlStore::recordReady(
    const DesktopId& id, Incarnation number, const std::string& certificateSha256, WallTime now)
{
    return changeIncarnation(Purpose::ordinary, id, [&](DesktopRow& row) {
        return rules::makeReady(row.desktop.incarnation, number, certificateSha256, now);
    });
}

Result<void> SqlStore::recordUnready(const DesktopId& id, Incarnation number, WallTime now)
{
    return changeIncarnation(Purpose::vital, id,
        [&](DesktopRow& row) { return rules::makeUnready(row.desktop.incarnation, number, now); });
}

Result<void> SqlStore::beginSuspending(const DesktopId& id, Incarnation number, WallTime now)
{
    return changeIncarnation(Purpose::ordinary, id, [&](DesktopRow& row) -> Result<void> {
        if (Result<void> good = checkNotAdopting(); !good)
            return good;
        return rules::beginSuspending(row, number, now);
    });
}

Result<void> SqlStore::recordSuspended(const DesktopId& id, Incarnation number, WallTime now)
{
    return changeIncarnation(Purpose::ordinary, id,
        [&](DesktopRow& row) { return rules::suspend(row.desktop.incarnation, number, now); });
}

Result<void> SqlStore::beginResuming(
    const DesktopId& id, Incarnation number, const std::string& why, WallTime now)
{
    return changeIncarnation(Purpose::ordinary, id, [&](DesktopRow& row) -> Result<void> {
        if (Result<void> good = checkNotAdopting(); !good)
            return good;
        return rules::beginResuming(row.desktop.incarnation, number, why, now);
    });
}

Result<void> SqlStore::recordResumeFailure(
    const DesktopId& id, Incarnation number, const std::string& error, WallTime now)
{
    return changeIncarnation(Purpose::ordinary, id, [&](DesktopRow& row) {
        return rules::failResume(row.desktop.incarnation, number, error, now);
    });
}

Result<void> SqlStore::beginDraining(const DesktopId& id, Incarnation number, WallTime now)
{
    return changeIncarnation(Purpose::ordinary, id, [&](DesktopRow& row) -> Result<void> {
        if (Result<void> good = checkNotAdopting(); !good)
            return good;
        const Result<Pool> pool = findPool(row.desktop.organisation, row.desktop.pool);
        if (!pool)
            return tl::unexpected(pool.error());
        return rules::drain(row.desktop.incarnation, *pool, number, now);
    });
}

Result<void> SqlStore::beginEnding(
    const DesktopId& id, Incarnation number, EndReason reason, WallTime now)
{
    return changeIncarnation(Purpose::vital, id, [&](DesktopRow& row) -> Result<void> {
        if (Result<void> good = checkNotAdopting(); !good)
            return good;
        return rules::beginEnding(row, number, reason, now);
    });
}

Result<void> SqlStore::recordEnded(
    const DesktopId& id, Incarnation number, DiskFate disk, WallTime now)
{
    return changeIncarnation(Purpose::vital, id,
        [&](DesktopRow& row) { return rules::end(row.desktop, number, disk, now); });
}

Result<void> SqlStore::removeDesktop(const DesktopId& id)
{
    return write(Purpose::ordinary, [&]() -> Result<void> {
        if (Result<void> locked = lock("lock_desktop", value(id)); !locked)
            return tl::unexpected(locked.error());
        if (Result<void> good = checkNotAdopting(); !good)
            return tl::unexpected(good.error());
        const Result<DesktopRow> row = findDesktop(id);
        if (!row)
            return tl::unexpected(row.error());
        if (!row->desktop.incarnation.endedAt)
            return failure(Errc::conflict, "the desktop has not ended yet");
        return execute("remove_desktop", { { ":id", value(id) } }).map([](int) {});
    });
}

Result<bool> SqlStore::isRemoved(const DesktopId& id, const DomainUuid& domain)
{
    return selectOne(
        "count_removed_domain", { { ":id", value(id) }, { ":domain_uuid", value(domain) } },
        [](sql::Row& row) { return row.number(); }, "count")
        .map([](std::int64_t count) { return count > 0; });
}

Result<void> SqlStore::quarantine(const DesktopId& id, const std::string& reason, WallTime now)
{
    return write(Purpose::vital, [&]() -> Result<void> {
        if (Result<void> locked = lock("lock_desktop", value(id)); !locked)
            return tl::unexpected(locked.error());
        const Result<DesktopRow> row = findDesktop(id);
        if (!row)
            return tl::unexpected(row.error());
        if (row->desktop.quarantinedAt)
            return {};
        return execute("update_desktop_quarantine",
            { { ":id", value(id) }, { ":quarantined_at", value(now) },
                { ":quarantine_reason", value(reason) } })
            .map([](int) {});
    });
}

Result<void> SqlStore::updateQuarantine(const Desktop& desktop)
{
    return execute("update_desktop_quarantine",
        { { ":id", value(desktop.id) }, { ":quarantined_at", value(desktop.quarantinedAt) },
            { ":quarantine_reason", value(desktop.quarantineReason) } })
        .map([](int) {});
}

Result<void> SqlStore::releaseQuarantine(const DesktopId& id)
{
    return change(Purpose::ordinary, "update_desktop_quarantine",
        { { ":id", value(id) }, { ":quarantined_at", value(std::optional<WallTime> {}) },
            { ":quarantine_reason", value(std::string()) } },
        "desktop");
}

Result<DesktopRow> SqlStore::findDesktop(const DesktopId& id)
{
    auto rows = select("select_desktop_by_id", { { ":id", value(id) } }, readDesktopRow);
    if (!rows)
        return tl::unexpected(rows.error());
    if (rows->empty())
        return failure(Errc::notFound, "there is no such desktop");
    return std::move(merged(std::move(*rows)).front());
}

Result<std::vector<DesktopRow>> SqlStore::listDesktops(const PoolId& pool)
{
    return select("select_desktops_of_pool", { { ":pool_id", value(pool) } }, readDesktopRow)
        .map(merged);
}

Result<std::vector<DesktopRow>> SqlStore::listDesktops()
{
    return select("select_all_desktops", {}, readDesktopRow).map(merged);
}

Result<DesktopRow> SqlStore::findByBootstrap(
    const DesktopId& id, Incarnation number, const SecretHash& hash)
{
    Result<DesktopRow> row = findDesktop(id);
    if (!row && row.error().code != Errc::notFound)
        return row;
    if (row) {
        const IncarnationFacts& facts = row->desktop.incarnation;
        if (facts.number == number && facts.bootstrapHash == hash && !facts.endedAt)
            return row;
    }
    return failure(Errc::notFound, "no living desktop has this bootstrap secret");
}

}
