// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/domain/seats.h"
#include "broker/store/hostrules.h"
#include "broker/store/sqlstore.h"

#include <algorithm>

namespace wardesk::broker {

using sql::value;

namespace {

std::string kindName(ImageKind kind)
{
    return kind == ImageKind::qemu ? "qemu" : "lxc";
}

Host readHost(sql::Row& row)
{
    Host host;
    host.id = row.id<HostId>();
    host.name = row.text();
    host.uri = row.text();
    host.kind = row.text() == "qemu" ? ImageKind::qemu : ImageKind::lxc;
    host.memoryMiB = row.number();
    host.processors = row.number();
    host.memoryPercent = row.number();
    host.processorPercent = row.number();
    host.labels = parseLabels(row.text()).value_or(Labels());
    host.mode = hostModeNamed(row.text()).value_or(HostMode::maintenance);
    host.modeAt = row.time();
    host.modeBy = row.text();
    host.drainBy = row.optionalTime();
    host.deadAt = row.optionalTime();
    host.version = row.number();
    host.createdAt = row.time();
    return host;
}

}

Result<std::vector<Host>> SqlStore::listHosts()
{
    return select("select_hosts", {}, readHost);
}

Result<void> SqlStore::putHost(const Host& host)
{
    return execute("insert_host",
        { { ":id", value(host.id) }, { ":name", value(host.name) }, { ":uri", value(host.uri) },
            { ":kind", value(kindName(host.kind)) }, { ":memory_mib", value(host.memoryMiB) },
            { ":processors", value(host.processors) },
            { ":memory_percent", value(host.memoryPercent) },
            { ":processor_percent", value(host.processorPercent) },
            { ":labels", value(textOf(host.labels)) }, { ":mode", value(nameOf(host.mode)) },
            { ":mode_at", value(host.modeAt) }, { ":mode_by", value(host.modeBy) },
            { ":drain_by", value(host.drainBy) }, { ":dead_at", value(host.deadAt) },
            { ":version", value(host.version) }, { ":created_at", value(host.createdAt) } })
        .map([](int) {});
}

Result<void> SqlStore::insertHost(const Host& host)
{
    return write(Purpose::ordinary, [&] { return putHost(host); });
}

Result<void> SqlStore::ensureHosts(const std::vector<Host>& configured)
{
    const auto work = [&]() -> Result<void> {
        auto known = listHosts();
        if (!known)
            return tl::unexpected(known.error());
        for (const Host& host : configured) {
            const auto sameUri = std::find_if(known->begin(), known->end(),
                [&host](const Host& one) { return one.uri == host.uri; });
            const HostId id = sameUri == known->end() ? host.id : sameUri->id;
            if (sameUri == known->end()) {
                known->push_back(rules::freelyNamed(host, *known));
                if (Result<void> put = putHost(known->back()); !put)
                    return put;
            }
            const Result<int> given = execute("assign_desktops_to_host",
                { { ":host_id", value(id) }, { ":kind", value(kindName(host.kind)) } });
            if (!given)
                return tl::unexpected(given.error());
        }
        return {};
    };
    // Two brokers may start at once: who is second sees the first one's.
    return write(Purpose::ordinary, work, Quicker::isSeen);
}

Result<void> SqlStore::updateHost(const Host& host)
{
    return write(Purpose::ordinary, [&]() -> Result<void> {
        const Result<int> done = execute("update_host",
            { { ":id", value(host.id) }, { ":name", value(host.name) },
                { ":memory_percent", value(host.memoryPercent) },
                { ":processor_percent", value(host.processorPercent) },
                { ":labels", value(textOf(host.labels)) }, { ":mode", value(nameOf(host.mode)) },
                { ":mode_at", value(host.modeAt) }, { ":mode_by", value(host.modeBy) },
                { ":drain_by", value(host.drainBy) }, { ":version", value(host.version) },
                { ":next_version", value(host.version + 1) } });
        if (!done)
            return tl::unexpected(done.error());
        return *done == 0 ? tl::unexpected(rules::changedHostError()) : Result<void>();
    });
}

Result<void> SqlStore::recordHostCapacity(const HostId& id, const HostCapacity& capacity)
{
    return change(Purpose::ordinary, "update_host_capacity",
        { { ":id", value(id) }, { ":memory_mib", value(capacity.memoryMiB) },
            { ":processors", value(capacity.processors) } },
        "host");
}

Result<void> SqlStore::setHostDead(const HostId& id, const std::optional<WallTime>& since)
{
    return change(Purpose::vital, "update_host_dead",
        { { ":id", value(id) }, { ":dead_at", value(since) } }, "host");
}

Result<void> SqlStore::removeHost(const HostId& id)
{
    return write(Purpose::ordinary, [&]() -> Result<void> {
        if (Result<void> locked = lock("lock_host", value(id)); !locked)
            return locked;
        const Result<std::int64_t> desktops = selectOne(
            "count_desktops_of_host", { { ":host_id", value(id) } },
            [](sql::Row& row) { return row.number(); }, "count");
        if (!desktops)
            return tl::unexpected(desktops.error());
        if (*desktops > 0)
            return tl::unexpected(rules::usedHostError(*desktops));
        const Result<int> done = execute("delete_host", { { ":id", value(id) } });
        if (!done)
            return tl::unexpected(done.error());
        return *done == 0 ? failure(Errc::notFound, "there is no such host") : Result<void>();
    });
}

Result<std::vector<DesktopRow>> SqlStore::writeOffHost(const Host& seen, WallTime now)
{
    return write(Purpose::ordinary, [&]() -> Result<std::vector<DesktopRow>> {
        if (Result<void> locked = lock("lock_host", value(seen.id)); !locked)
            return tl::unexpected(locked.error());
        const Result<std::vector<Host>> hosts = listHosts();
        if (!hosts)
            return tl::unexpected(hosts.error());
        const auto host = std::find_if(
            hosts->begin(), hosts->end(), [&seen](const Host& one) { return one.id == seen.id; });
        if (host == hosts->end())
            return failure(Errc::notFound, "there is no such host");
        if (Result<void> same = rules::checkUnchanged(seen, *host); !same)
            return tl::unexpected(same.error());
        const Result<std::vector<DesktopRow>> all = listDesktops();
        if (!all)
            return tl::unexpected(all.error());
        std::vector<DesktopRow> lost;
        for (const DesktopRow& row : rules::desktopsOn(seen.id, *all)) {
            Result<DesktopRow> current = writeOffDesktop(row.desktop.id, now);
            if (current)
                lost.push_back(std::move(*current));
            else if (current.error().code != Errc::notFound) // another broker has removed it
                return tl::unexpected(current.error());
        }
        return execute("delete_host", { { ":id", value(seen.id) } }).map([&lost](int) {
            return std::move(lost);
        });
    });
}

Result<DesktopRow> SqlStore::writeOffDesktop(const DesktopId& id, WallTime now)
{
    // What another broker did with it until it let the row go counts.
    if (Result<void> locked = lock("lock_desktop", value(id)); !locked)
        return tl::unexpected(locked.error());
    Result<DesktopRow> row = findDesktop(id);
    if (!row)
        return row;
    for (const Lease* lease : openLeasesOf(*row)) {
        if (Result<void> locked = lock("lock_lease", value(lease->id)); !locked)
            return tl::unexpected(locked.error());
    }
    row = findDesktop(id);
    if (!row)
        return row;
    DesktopRow over = *row;
    rules::writeOff(over, now);
    for (const Lease* lease : leasesOf(over)) {
        if (Result<void> closed = updateLease(*lease); !closed)
            return tl::unexpected(closed.error());
    }
    if (Result<void> ended = updateIncarnation(id, over.desktop.incarnation); !ended)
        return tl::unexpected(ended.error());
    const Result<int> removed = execute("remove_desktop", { { ":id", value(id) } });
    if (!removed)
        return tl::unexpected(removed.error());
    return row;
}

Result<SiteLoad> SqlStore::siteLoad(const PoolId& pool)
{
    using Load = std::pair<HostId, HostLoad>;
    const auto loads = select("select_host_loads", {}, [](sql::Row& row) {
        Load load { row.id<HostId>(), {} };
        load.second.desktops = row.number();
        load.second.memoryMiB = row.number();
        load.second.processors = row.number();
        return load;
    });
    if (!loads)
        return tl::unexpected(loads.error());
    const auto saved = select("select_suspended_loads", {}, [](sql::Row& row) {
        Load load { row.id<HostId>(), {} };
        load.second.memoryMiB = row.number();
        load.second.processors = row.number();
        return load;
    });
    if (!saved)
        return tl::unexpected(saved.error());
    const auto booting
        = select("select_booting", { { ":pool_id", value(pool) } }, [](sql::Row& row) {
              const HostId host = row.id<HostId>();
              return std::pair(host, row.number());
          });
    if (!booting)
        return tl::unexpected(booting.error());
    SiteLoad load;
    load.hosts.insert(loads->begin(), loads->end());
    for (const auto& [host, one] : load.hosts)
        load.desktops += one.desktops;
    for (const auto& [host, one] : *saved) {
        load.hosts[host].memoryMiB -= one.memoryMiB;
        load.hosts[host].processors -= one.processors;
    }
    for (const auto& [host, count] : *booting)
        load.hosts[host].booting = count;
    return load;
}

}
