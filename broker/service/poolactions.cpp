// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/domain/seats.h"
#include "broker/service/audit.h"
#include "broker/service/desktopnames.h"
#include "broker/service/evidence.h"
#include "broker/service/log.h"
#include "broker/service/poolround.h"
#include "protocols/base/encoding.h"
#include "protocols/base/mutation.h"
#include "protocols/wire/agentmessages.h"
#include "protocols/wire/codec.h"

#include <algorithm>

namespace wardesk::broker {

void PoolKeeper::act(const RoundPtr& round, const AddDesktop& action)
{
    const Secret secret(randomToken(32));
    Desktop desktop;
    desktop.id = DesktopId(randomUuid());
    desktop.organisation = round->view.pool.organisation;
    desktop.pool = round->view.pool.id;
    desktop.host = action.host;
    desktop.incarnation.number = Incarnation(1);
    desktop.incarnation.domain = DomainUuid(randomUuid());
    desktop.incarnation.image = action.image.value_or(round->view.pool.image);
    desktop.incarnation.bootstrapHash = SecretHash(sha256Hex(secret.reveal()));
    desktop.incarnation.createdAt = m_shell.clock.wall();
    m_secrets.keep(desktop.incarnation.domain, secret);
    onPoolStore(
        round,
        [desktop, poolName = round->view.pool.name, first = m_settings.firstAddress,
            last = m_settings.lastAddress](Store& store) -> Result<void> {
            const auto rows = store.listDesktops();
            if (!rows)
                return tl::unexpected(rows.error());
            std::set<std::string> taken;
            for (const DesktopRow& row : *rows)
                taken.insert(row.desktop.name);
            Desktop named = desktop;
            named.name = freeDesktopName(poolName, taken);
            const auto added = store.addDesktop(named, first, last);
            if (!added)
                return tl::unexpected(added.error());
            return {};
        },
        [this, round, id = desktop.id, domain = desktop.incarnation.domain](
            const Result<void>& added) {
            if (added)
                round->touched.insert(id);
            else
                m_secrets.forget(domain);
            done(round, "desktop.add", added);
        });
}

void PoolKeeper::act(const RoundPtr& round, const BeginIncarnation& action)
{
    const Secret secret(randomToken(32));
    const NewIncarnation next { .desktop = action.desktop,
        .number = action.number,
        .domain = DomainUuid(randomUuid()),
        .image = action.image.value_or(round->view.pool.image),
        .bootstrapHash = SecretHash(sha256Hex(secret.reveal())),
        .now = m_shell.clock.wall() };
    m_secrets.keep(next.domain, secret);
    onPoolStore(
        round,
        [next](Store& store) -> Result<void> {
            const auto begun = store.beginIncarnation(next);
            if (!begun)
                return tl::unexpected(begun.error());
            return {};
        },
        [this, round, domain = next.domain](const Result<void>& begun) {
            if (!begun)
                m_secrets.forget(domain);
            done(round, "desktop.begin", begun);
        });
}

void PoolKeeper::act(const RoundPtr& round, const StartDomain& action)
{
    const Desktop& desktop = round->row(action.desktop).desktop;
    if (!m_secrets.find(desktop.incarnation.domain)) {
        // The secret died with the process that made it: nothing that is started now could prove
        // to be this incarnation. End it; the next one gets a secret of its own.
        act(round, BeginEnding { action.desktop, action.incarnation, EndReason::domainGone });
        return;
    }
    onPoolStore(
        round,
        [desktop](Store& store) -> Result<DomainSpec> {
            const auto image = store.findImage(desktop.incarnation.image);
            if (!image)
                return tl::unexpected(image.error());
            const auto epoch = store.nextEpoch();
            if (!epoch)
                return tl::unexpected(epoch.error());
            DomainSpec spec;
            spec.epoch = *epoch;
            spec.kind = image->kind;
            spec.imageSource = image->source;
            return spec;
        },
        [this, round, desktop](Result<DomainSpec> spec) {
            if (!spec) {
                done(round, "desktop.start", tl::unexpected(spec.error()));
                return;
            }
            m_adoption->noteEpoch(spec->epoch);
            startDomain(round, desktop, std::move(*spec));
        });
}

Secret PoolKeeper::bootstrapOf(const Pool& pool, const Desktop& desktop, bool keepsDisk,
    Epoch epoch, const Secret& secret) const
{
    wire::AgentBootstrap bootstrap;
    bootstrap.brokerHost = m_settings.brokerHost;
    bootstrap.brokerPort = m_settings.brokerPort;
    bootstrap.brokerKeySha256 = m_settings.brokerKeySha256;
    bootstrap.desktop = desktop.id.value();
    bootstrap.hostname = desktop.name;
    bootstrap.incarnation = desktop.incarnation.number.value();
    bootstrap.epoch = epoch.value();
    bootstrap.secret = std::string(secret.reveal());
    if (m_brokers.size() > 1)
        bootstrap.brokers = m_brokers;
    if (keepsDisk)
        bootstrap.keepsDisk = true;
    if (!desktop.owner.isEmpty())
        bootstrap.owner = desktop.owner.value();
    if (isShared(pool)) {
        bootstrap.seats = seatsOf(pool);
        bootstrap.accounts = accountsOf(pool);
    }
    return Secret(toBase64(wire::encode(bootstrap)));
}

void PoolKeeper::startDomain(const RoundPtr& round, const Desktop& desktop, DomainSpec spec)
{
    const auto secret = m_secrets.find(desktop.incarnation.domain);
    spec.uuid = desktop.incarnation.domain;
    // Unique on a host that several sites share. libvirt leaves a log and empty folders behind for
    // every name: the incarnations of a desktop use one, so that these stay bounded.
    spec.name = desktop.name + '-' + desktop.id.value().substr(0, 8);
    spec.organisation = desktop.organisation;
    spec.pool = desktop.pool;
    spec.desktop = desktop.id;
    spec.incarnation = desktop.incarnation.number;
    spec.hostName = desktop.name;
    spec.image = desktop.incarnation.image;
    spec.bootstrapHash = desktop.incarnation.bootstrapHash;
    spec.memoryMiB = round->view.pool.memoryMiB;
    spec.vcpus = round->view.pool.vcpus;
    spec.machine = round->view.pool.machine;
    spec.address = desktop.address;
    spec.prefix = m_settings.prefix;
    spec.network = round->view.pool.network.empty() ? m_settings.network : round->view.pool.network;
    if (round->view.pool.kind == PoolKind::dedicated) {
        const IncarnationFacts& facts = desktop.incarnation;
        spec.keptDisk = facts.disk.isEmpty() ? facts.domain : facts.disk;
        spec.owner = desktop.owner;
    }
    spec.bootstrap = bootstrapOf(
        round->view.pool, desktop, !spec.keptDisk.isEmpty(), spec.epoch, secret.value_or(Secret()));
    onPoolHost(
        round, desktop.host, [spec](Hypervisor& host) { return host.start(spec); },
        [this, round, desktop, spec](const Result<void>& started) {
            if (!started && round->claim && started.error().code == Errc::stale) {
                abandon(round); // not a failure of the desktop's
                return;
            }
            if (started)
                round->noteStarted(spec, desktop.host);
            const Incarnation number = desktop.incarnation.number;
            std::string& preparing = m_pools[round->view.pool.id].preparing;
            if (!started && started.error().code == Errc::preparing) {
                // The host has something to do first: nothing was tried, so nothing has failed.
                if (preparing.empty())
                    logEvent(LogLevel::info, "desktop.wait",
                        { { "desktop", desktop.name }, { "why", started.error().detail } });
                preparing = started.error().detail;
                round->failed = true; // comes again after a pause
                step(round);
                return;
            }
            preparing.clear();
            const bool isDiskInTheWay = !started && started.error().code == Errc::conflict
                && !spec.keptDisk.isEmpty() && spec.owner.isEmpty();
            logEvent(started ? LogLevel::info : LogLevel::warning, "desktop.start",
                { { "desktop", desktop.name }, { "incarnation", std::to_string(number.value()) },
                    { "outcome", started ? "done" : started.error().detail } });
            onPoolStore(
                round,
                [id = desktop.id, number, started, now = m_shell.clock.wall()](Store& store) {
                    return started
                        ? store.recordStarted(id, number, now)
                        : store.recordStartFailure(id, number, started.error().detail, now);
                },
                [this, round, desktop, number, started, isDiskInTheWay](
                    const Result<void>& recorded) {
                    if (started && recorded)
                        m_secrets.forget(desktop.incarnation.domain);
                    if (!started)
                        round->failed = true;
                    if (recorded && isDiskInTheWay) {
                        // Nobody knows what is on it. The next life gets another.
                        act(round, BeginEnding { desktop.id, number, EndReason::domainGone });
                        return;
                    }
                    done(round, "desktop.start", recorded);
                });
        });
}

void PoolKeeper::act(const RoundPtr& round, const DrainDesktop& action)
{
    onPoolStore(
        round,
        [action, now = m_shell.clock.wall()](
            Store& store) { return store.beginDraining(action.desktop, action.incarnation, now); },
        [this, round](const Result<void>& begun) { done(round, "desktop.drain", begun); });
}

void PoolKeeper::act(const RoundPtr& round, const BeginEnding& action)
{
    if (WARDESK_MUTATED(commitAfterCall)) {
        const Desktop& desktop = round->row(action.desktop).desktop;
        m_hosts.act(
            desktop.host,
            [uuid = desktop.incarnation.domain](Hypervisor& host) { return host.destroy(uuid); },
            [](const Result<void>&) {});
    }
    noteSlowResume(round, action);
    onPoolStore(
        round,
        [action, now = m_shell.clock.wall()](Store& store) {
            return store.beginEnding(action.desktop, action.incarnation, action.reason, now);
        },
        [this, round, action](const Result<void>& begun) {
            if (begun)
                m_agents.drop(
                    action.desktop, action.incarnation, "this life of the desktop is over");
            done(round, "desktop.end", begun);
        });
}

void PoolKeeper::act(const RoundPtr& round, const DestroyDomain& action)
{
    m_agents.drop(action.desktop, action.incarnation, "this life of the desktop is over");
    if (WARDESK_MUTATED(releaseBeforeDestroy)) {
        m_hosts.act(
            round->hostOf(action).value_or(HostId()),
            [uuid = action.uuid](Hypervisor& host) { return host.destroy(uuid); },
            [](const Result<void>&) {});
        act(round, RecordEnded { action.desktop, action.incarnation, action.disk });
        return;
    }
    onPoolHost(
        round, round->hostOf(action).value_or(HostId()),
        [uuid = action.uuid, disk = action.removes](Hypervisor& host) -> Result<void> {
            const auto destroyed = host.destroy(uuid);
            return destroyed && !disk.isEmpty() ? host.removeDisk(disk) : destroyed;
        },
        [this, round, action](const Result<void>& destroyed) {
            if (!destroyed) {
                done(round, "desktop.destroy", destroyed);
                return;
            }
            round->noteDestroyed(action.uuid);
            act(round, RecordEnded { action.desktop, action.incarnation, action.disk });
        });
}

void PoolKeeper::act(const RoundPtr& round, const RecordEnded& action)
{
    m_secrets.forget(round->row(action.desktop).desktop.incarnation.domain);
    m_resumed.erase(round->row(action.desktop).desktop.incarnation.domain);
    onPoolStore(
        round,
        [action, now = m_shell.clock.wall()](Store& store) {
            return store.recordEnded(action.desktop, action.incarnation, action.disk, now);
        },
        [this, round](const Result<void>& ended) { done(round, "desktop.ended", ended); });
}

void PoolKeeper::act(const RoundPtr& round, const RemoveDesktop& action)
{
    onPoolStore(
        round, [action](Store& store) { return store.removeDesktop(action.desktop); },
        [this, round](const Result<void>& removed) { done(round, "desktop.remove", removed); });
}

void PoolKeeper::act(const RoundPtr& round, const QuarantineDesktop& action)
{
    const DesktopRow& row = round->row(action.desktop);
    AuditNote note
        = brokerNote(round->view.pool.organisation, "desktop.quarantine", row.desktop.name);
    note.detail = action.reason;
    logEvent(LogLevel::alarm, "desktop.quarantined",
        { { "desktop", note.object }, { "why", action.reason } });
    SetAside why { .reason = action.reason, .seen = hostsWord(*round, row.desktop) };
    why.seen += m_agents.isConnected(row.desktop.id, row.desktop.incarnation.number)
        ? "\nagent: connected"
        : "\nagent: away";
    onPoolStore(
        round,
        [row, note, why = std::move(why), now = m_shell.clock.wall()](Store& store) {
            return recorded<void>(store, note, setAside(store, row, why, now), now);
        },
        [this, round](const Result<void>& set) { done(round, "desktop.quarantine", set); });
}

/// What the host shows of a desktop, for who looks into it later.
std::string PoolKeeper::hostsWord(const Round& round, const Desktop& desktop)
{
    std::string text;
    for (const ObservedDomain& domain : *round.view.domains) {
        if (domain.desktop != desktop.id && domain.uuid != desktop.incarnation.domain)
            continue;
        text += (text.empty() ? "host: domain " : "; domain ") + domain.name + ' '
            + domain.uuid.value() + ", incarnation " + std::to_string(domain.incarnation.value())
            + ", epoch " + std::to_string(domain.epoch.value())
            + (domain.state == DomainState::running          ? ", running"
                    : domain.state == DomainState::suspended ? ", saved to the disk"
                                                             : ", not running");
    }
    return text.empty() ? "host: no domain of it" : text;
}

void PoolKeeper::act(const RoundPtr& round, const CloseLease& action)
{
    const DesktopRow& row = round->row(action.lease);
    const std::string& name = row.desktop.name;
    const Lease& lease = round->lease(action.lease);
    if (action.reason == CloseReason::desktopLost
        && m_agents.isConnected(lease.desktop, lease.incarnation)) {
        // The host says that the desktop is gone, its agent says that it lives (R7: believe the one
        // that does no harm). A dead agent's connection ends by itself within seconds.
        logEvent(LogLevel::warning, "lease.contradiction", { { "desktop", name } });
        round->failed = true;
        step(round);
        return;
    }
    const bool isUnused
        = action.reason == CloseReason::neverConnected || action.reason == CloseReason::neverReady;
    if (isUnused && !WARDESK_MUTATED(staleRead)) {
        giveBack(round, action);
        return;
    }
    if (action.reason == CloseReason::hostDrained) {
        endForDrain(round, lease, round->row(action.lease).desktop);
        return;
    }
    if (action.reason == CloseReason::forcedRollout) {
        forceOut(round, lease, name);
        return;
    }
    AuditNote note = brokerNote(lease.organisation, "lease.close", name);
    note.detail = "the desktop was lost: its domain stopped, lease " + lease.id.value();
    onPoolStore(
        round,
        [action, note, organisation = lease.organisation, now = m_shell.clock.wall()](
            Store& store) -> Result<bool> {
            const auto current = store.findLease(organisation, action.lease);
            if (!current)
                return tl::unexpected(current.error());
            if (current->closedAt)
                return false;
            auto result = store.closeLease(action.lease, action.reason, now);
            // Somebody may have connected since the plan was made (R6).
            if (!result && result.error().code == Errc::conflict)
                return false;
            result = recorded<void>(store, note, std::move(result), now);
            return result.map([] { return true; });
        },
        [this, round, closed = lease, isKept = !row.desktop.owner.isEmpty()](
            const Result<bool>& result) {
            if (result && *result) {
                wire::Event ended;
                ended.kind = wire::EventKind::sessionEnded;
                ended.lease = closed.id.value();
                ended.message = isKept
                    ? "Your desktop stopped unexpectedly. Connect again: it is being started."
                    : "Your desktop stopped unexpectedly. Connect again to get another one.";
                m_events.tellUser(closed.user, ended);
            }
            done(round, "lease.close", result.map([](bool) {}));
        });
}

void PoolKeeper::act(const RoundPtr& round, const DestroyStray& action)
{
    onPoolHost(
        round, action.host, [uuid = action.uuid](Hypervisor& host) { return host.destroy(uuid); },
        [this, round](
            const Result<void>& destroyed) { done(round, "domain.destroyStray", destroyed); });
}

void PoolKeeper::act(const RoundPtr& round, const ReportUnknown& action)
{
    if (action.desktop.isEmpty() || m_reported.contains(action.uuid)) {
        alarmOnce(action);
        step(round);
        return;
    }
    onPoolStore(
        round, [action](Store& store) { return store.isRemoved(action.desktop, action.uuid); },
        [this, round, action](const Result<bool>& removed) {
            if (removed && *removed) {
                act(round, DestroyStray { action.uuid, action.host });
                return;
            }
            if (removed)
                alarmOnce(action);
            done(round, "domain.unknown", removed.map([](bool) {}));
        });
}

}
