// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/hostadministration.h"

#include "broker/domain/seats.h"
#include "broker/service/acts.h"
#include "broker/service/lookups.h"
#include "protocols/base/counted.h"
#include "protocols/base/encoding.h"

#include <algorithm>
#include <initializer_list>
#include <sstream>

namespace wardesk::broker {

namespace {

constexpr std::int64_t longestDrain = 7 * 24 * 60;

std::optional<std::int64_t> numberOf(const std::optional<WallTime>& time)
{
    return time ? std::optional<std::int64_t>(time->time_since_epoch().count()) : std::nullopt;
}

wire::HostItem itemOf(const Host& host, const HostLoad& load, const std::vector<DesktopRow>& rows)
{
    wire::HostItem item;
    item.id = host.id.value();
    item.name = host.name;
    item.uri = host.uri;
    item.kind = host.kind == ImageKind::qemu ? "qemu" : "lxc";
    item.mode = nameOf(host.mode);
    item.labels = textOf(host.labels);
    item.memoryMiB = host.memoryMiB;
    item.memoryPercent = host.memoryPercent;
    item.memoryPromisedMiB = load.memoryMiB;
    item.processors = host.processors;
    item.processorPercent = host.processorPercent;
    item.processorsPromised = load.processors;
    item.desktops = load.desktops;
    for (const DesktopRow& row : rows)
        item.inUse += row.desktop.host == host.id ? openSeats(row) : 0;
    item.modeAt = host.modeAt.time_since_epoch().count();
    item.modeBy = host.modeBy;
    item.drainBy = numberOf(host.drainBy);
    item.deadAt = numberOf(host.deadAt);
    item.version = host.version;
    return item;
}

Result<std::vector<wire::HostItem>> itemsOf(Store& store)
{
    const auto hosts = store.listHosts();
    const auto load = store.siteLoad(PoolId());
    const auto rows = store.listDesktops();
    if (!hosts || !load || !rows)
        return tl::unexpected(!hosts ? hosts.error() : !load ? load.error() : rows.error());
    std::vector<wire::HostItem> items;
    for (const Host& host : *hosts) {
        const auto used = load->hosts.find(host.id);
        items.push_back(itemOf(host, used == load->hosts.end() ? HostLoad() : used->second, *rows));
    }
    return items;
}

Result<wire::HostItem> itemOf(Store& store, const HostId& id)
{
    auto items = itemsOf(store);
    if (!items)
        return tl::unexpected(items.error());
    for (wire::HostItem& item : *items) {
        if (item.id == id.value())
            return std::move(item);
    }
    return failure(Errc::notFound, "There is no such host.");
}

Result<void> checkPercent(const char* name, std::int64_t percent)
{
    if (percent == 0 || (percent >= 10 && percent <= 10000))
        return {};
    return failure(Errc::invalidArgument,
        std::string("'") + name + "' is wrong: 10 to 10000 is expected, or 0 for no limit");
}

/// For NewHost and HostChange: what is not named stays.
template <typename Message> Result<void> readSettings(const Message& request, Host& host)
{
    host.memoryPercent = request.memoryPercent.value_or(host.memoryPercent);
    host.processorPercent = request.processorPercent.value_or(host.processorPercent);
    auto labels = parseLabels(request.labels.value_or(textOf(host.labels)));
    if (!labels)
        return tl::unexpected(labels.error());
    host.labels = std::move(*labels);
    if (auto good = checkName("name", host.name); !good)
        return good;
    if (auto good = checkPercent("memoryPercent", host.memoryPercent); !good)
        return good;
    return checkPercent("processorPercent", host.processorPercent);
}

std::string settingsText(const Host& host)
{
    return ", " + host.name + " at " + host.uri + ", memory " + std::to_string(host.memoryPercent)
        + " %, processors " + std::to_string(host.processorPercent) + " %"
        + (host.labels.empty() ? "" : ", labels " + textOf(host.labels));
}

/// libvirt's addresses can name programs to run (ext, command=), switch its checks off (no_verify=)
/// or go over the wire in the open (tcp): none of that is anybody's to order from here.
bool isSafe(const std::string& uri)
{
    const auto query = uri.find('?');
    const std::string address = uri.substr(0, query);
    const std::string scheme = address.substr(0, address.find(':'));
    const auto plus = scheme.find('+');
    const std::string transport = plus == std::string::npos ? "" : scheme.substr(plus + 1);
    const std::string authority = address.substr(scheme.size() + 3);
    const std::string server = authority.substr(0, authority.find('/'));
    const auto at = server.find('@');
    const std::string user = at == std::string::npos ? "" : server.substr(0, at);
    const auto isOneOf = [](const std::string& word, std::initializer_list<const char*> words) {
        return std::find(words.begin(), words.end(), word) != words.end();
    };
    if (!isOneOf(transport, { "", "unix", "tls", "ssh", "libssh", "libssh2" })
        || user.find(':') != std::string::npos)
        return false;
    std::istringstream parameters(query == std::string::npos ? "" : uri.substr(query + 1));
    for (std::string one; std::getline(parameters, one, '&');) {
        if (!isOneOf(
                one.substr(0, one.find('=')), { "socket", "keyfile", "known_hosts", "pkipath" }))
            return false;
    }
    return true;
}

std::optional<ImageKind> kindOfUri(const std::string& uri)
{
    const std::string driver = uri.substr(0, uri.find_first_of("+:"));
    const auto end = uri.find("://");
    if (uri.size() > 500 || end == std::string::npos || uri.find(':') != end || !isSafe(uri))
        return std::nullopt;
    return driver == "lxc" || driver == "test" ? std::optional(ImageKind::lxc)
        : driver == "qemu"                     ? std::optional(ImageKind::qemu)
                                               : std::nullopt;
}

}

namespace {

/// What is left on it is switched off and kept for its users: the disks are there.
bool isSwitchedOff(const std::vector<DesktopRow>& rows, const HostId& host)
{
    return std::all_of(rows.begin(), rows.end(), [&host](const DesktopRow& row) {
        const Desktop& desktop = row.desktop;
        return desktop.host != host || (!desktop.owner.isEmpty() && desktop.incarnation.endedAt);
    });
}

}

void finishDrains(
    Store& store, const OrganisationId& organisation, std::vector<Host>& hosts, WallTime now)
{
    const bool isAny = std::any_of(hosts.begin(), hosts.end(),
        [](const Host& host) { return host.mode == HostMode::draining; });
    const auto load = isAny ? store.siteLoad(PoolId()) : Result<SiteLoad>(SiteLoad());
    for (Host& host : hosts) {
        if (!load || host.mode != HostMode::draining)
            continue;
        if (load->hosts.contains(host.id)) {
            const auto rows = store.listDesktops();
            if (!rows || !isSwitchedOff(*rows, host.id))
                continue;
        }
        Host drained = host;
        drained.mode = HostMode::maintenance;
        drained.modeAt = now;
        drained.modeBy = "broker";
        drained.drainBy.reset();
        AuditNote note = brokerNote(organisation, "host.drained", host.name);
        if (recorded<void>(store, note, store.updateHost(drained), now))
            host = drained;
    }
}

HostAdministration::HostAdministration(
    Shell& shell, PoolKeeper& keeper, Hosts& hosts, AgentLinks& agents, EventHub& events)
    : m_shell(shell)
    , m_keeper(keeper)
    , m_hosts(hosts)
    , m_agents(agents)
    , m_events(events)
{
}

void HostAdministration::complete(wire::HostItem& item) const
{
    const HostStanding standing = m_hosts.standingOf(HostId(item.id));
    item.description = standing.description;
    if (item.deadAt && standing.sight != HostSight::seen) {
        item.state = "dead";
        item.message = "neither libvirt on it nor any of its desktops answers (" + standing.problem
            + "); its users get desktops on other hosts, unless one is kept for them. Start it "
              "again: what is left on it is wiped then, and what is kept comes back";
    } else if (!standing.isKnown) {
        item.state = "unknown";
        item.message = "it has not answered yet";
    } else if (standing.sight == HostSight::away) {
        item.state = "away";
        item.message = "libvirt on it does not answer ("
            + (standing.problem.empty() ? "it hangs" : standing.problem)
            + "); sessions on it go on, nothing new is started there. Look at libvirt on the host "
              "and at the network to it";
    } else if (standing.sight == HostSight::busy) {
        item.state = "busy";
        item.message = "libvirt on it takes longer than usual to answer";
    } else {
        item.state = item.mode == "active" ? "good" : item.mode;
    }
    if (item.mode == "draining" && item.message.empty())
        item.message = item.inUse == 0 ? "its desktops are being removed"
                                       : "nothing new is given out there; "
                + counted(item.inUse, "session goes", "sessions go") + " on until they log off"
                + (item.drainBy ? ", or the time is over" : "");
    if (item.mode == "maintenance" && item.message.empty())
        item.message
            = "it may be switched off; 'wardeskctl host resume " + item.name + "' takes it back";
}

Done<wire::HostItem> HostAdministration::completed(Done<wire::HostItem> done)
{
    return [this, done = std::move(done)](Result<wire::HostItem> item) {
        if (item)
            complete(*item);
        done(std::move(item));
    };
}

void HostAdministration::list(const Principal&, Done<wire::ItemList<wire::HostItem>> done)
{
    onStore(
        m_shell, Urgency::first,
        [](Store& store) -> Result<wire::ItemList<wire::HostItem>> {
            auto items = itemsOf(store);
            if (!items)
                return tl::unexpected(items.error());
            wire::ItemList<wire::HostItem> list;
            list.items = std::move(*items);
            return list;
        },
        [this, done](Result<wire::ItemList<wire::HostItem>> list) {
            if (list) {
                for (wire::HostItem& item : list->items)
                    complete(item);
            }
            done(std::move(list));
        });
}

void HostAdministration::show(const Principal&, const std::string& named, Done<wire::HostItem> done)
{
    onStore(
        m_shell, Urgency::first,
        [named](Store& store) -> Result<wire::HostItem> {
            const auto host = lookUpHost(store, named);
            if (!host)
                return tl::unexpected(host.error());
            return itemOf(store, host->id);
        },
        completed(std::move(done)));
}

void HostAdministration::add(
    const Principal& who, const wire::NewHost& request, Done<wire::HostItem> done)
{
    Host host;
    host.id = HostId(randomUuid());
    host.name = request.name;
    host.uri = request.uri;
    host.createdAt = host.modeAt = m_shell.clock.wall();
    host.modeBy = who.user.name;
    audited<wire::HostItem>(
        m_shell, noteOf(who, "host.add", request.name.substr(0, 64)),
        [host, request](Store& store, AuditNote& note) -> Result<wire::HostItem> {
            const auto kind = kindOfUri(request.uri);
            if (!kind)
                return failure(Errc::invalidArgument,
                    "'uri' is wrong: libvirt's address of the host is expected, like "
                    "qemu+tls://north/system or lxc+ssh://root@north/system; without a password, "
                    "and of its parameters only socket, keyfile, known_hosts and pkipath");
            Host complete = host;
            complete.kind = *kind;
            complete.memoryPercent = usualMemoryPercent(*kind);
            if (auto read = readSettings(request, complete); !read)
                return tl::unexpected(read.error());
            note.detail += settingsText(complete);
            if (auto inserted = store.insertHost(complete); !inserted)
                return inserted.error().code == Errc::conflict
                    ? failure(Errc::conflict, "There is a host of that name or URI already.")
                    : tl::unexpected(inserted.error());
            return itemOf(store, complete.id);
        },
        [this, done = completed(std::move(done))](Result<wire::HostItem> item) {
            if (item)
                m_keeper.lookAgain();
            done(std::move(item));
        });
}

void HostAdministration::write(const Principal& who, const std::string& action,
    const std::string& named, Change change, Done<wire::HostItem> done)
{
    audited<wire::HostItem>(
        m_shell, noteOf(who, action, named.substr(0, 64)),
        [named, change = std::move(change), by = who.user.name, now = m_shell.clock.wall()](
            Store& store, AuditNote& note) -> Result<wire::HostItem> {
            auto host = lookUpHost(store, named);
            if (!host)
                return tl::unexpected(host.error());
            note.object = host->name;
            const HostMode before = host->mode;
            if (auto changed = change(*host, note); !changed)
                return tl::unexpected(changed.error());
            if (host->mode != before) {
                host->modeAt = now;
                host->modeBy = by;
            }
            if (auto updated = store.updateHost(*host); !updated)
                return updated.error().code == Errc::conflict
                    ? failure(Errc::conflict, "There is a host of that name already.")
                    : tl::unexpected(updated.error());
            return itemOf(store, host->id);
        },
        [this, organisation = who.user.organisation, done = completed(std::move(done))](
            Result<wire::HostItem> item) {
            if (item) {
                m_keeper.lookAgain();
                m_events.desktopsChanged(organisation);
            }
            done(std::move(item));
        });
}

void HostAdministration::change(const Principal& who, const std::string& named,
    const wire::HostChange& request, Done<wire::HostItem> done)
{
    write(
        who, "host.change", named,
        [request](Host& host, AuditNote& note) {
            host.name = request.name.value_or(host.name);
            auto read = readSettings(request, host);
            note.detail += settingsText(host);
            return read;
        },
        std::move(done));
}

void HostAdministration::drain(const Principal& who, const std::string& named,
    const wire::HostDrain& request, Done<wire::HostItem> done)
{
    write(
        who, "host.drain", named,
        [request, now = m_shell.clock.wall()](Host& host, AuditNote& note) -> Result<void> {
            const auto within = request.withinMinutes;
            if (within && (*within < 1 || *within > longestDrain))
                return failure(Errc::invalidArgument,
                    "'withinMinutes' is wrong: minutes from 1 to 10080 (a week) are expected");
            host.mode = HostMode::draining;
            host.drainBy
                = within ? std::optional(now + std::chrono::minutes(*within)) : std::nullopt;
            if (within)
                note.detail += ", sessions end within " + std::to_string(*within) + " minutes";
            return {};
        },
        std::move(done));
}

void HostAdministration::resume(
    const Principal& who, const std::string& named, Done<wire::HostItem> done)
{
    write(
        who, "host.resume", named,
        [](Host& host, AuditNote&) -> Result<void> {
            host.mode = HostMode::active;
            host.drainBy.reset();
            return {};
        },
        std::move(done));
}

void HostAdministration::remove(const Principal& who, const std::string& named, Done<bool> done)
{
    audited<bool>(
        m_shell, noteOf(who, "host.remove", named.substr(0, 64)),
        [named](Store& store, AuditNote& note) -> Result<bool> {
            const auto host = lookUpHost(store, named);
            if (!host)
                return tl::unexpected(host.error());
            note.object = host->name;
            if (auto removed = store.removeHost(host->id); !removed)
                return tl::unexpected(removed.error());
            return true;
        },
        [this, done](Result<bool> removed) {
            if (removed)
                m_keeper.lookAgain();
            done(std::move(removed));
        });
}

}
