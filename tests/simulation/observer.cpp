// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/observer.h"

#include "broker/domain/reasons.h"
#include "broker/domain/seats.h"
#include "protocols/base/encoding.h"
#include "tests/simulation/rollouts.h"

#include <algorithm>

namespace wardesk::broker::simulation {

using namespace std::chrono_literals;

namespace {

// A clock that was set is followed by a twentieth of the time at most (SteadyWallClock).
constexpr Span keyLife = 9min + 30s; // R9: 10 min
constexpr Span ticketLife = 32s; // S1: 30 s
constexpr Span credentialLife = 60s; // S5
constexpr Span timerSlack = 15s; ///< of the broker's clock
constexpr Span neverConnectedAfter = 4min + 45s; // R6: 5 min
constexpr Span neverReadyAfter = 12s; // 15 s

std::string nameOf(const Life& life)
{
    return life.desktop.value().substr(0, 8) + " incarnation "
        + std::to_string(life.number.value());
}

std::optional<UserId> anyUserOf(const Life& life)
{
    for (const auto& [number, seat] : life.seats) {
        if (seat.servedUser)
            return seat.servedUser;
    }
    return std::nullopt;
}

std::string nameOf(const LeaseTruth& lease)
{
    return "lease " + lease.id.value().substr(0, 8) + " of " + lease.user.value() + " on "
        + lease.desktop.value().substr(0, 8) + " incarnation "
        + std::to_string(lease.incarnation.value())
        + (lease.seat > 0 ? " seat " + std::to_string(lease.seat) : std::string());
}

}

void Observer::report(const char* rule, std::string text)
{
    m_trace.tell("VIOLATION", [&] { return std::string(rule) + ": " + text; });
    if (!m_violation)
        m_violation = Violation { rule, std::move(text), m_scheduler.now() };
}

Life& Observer::lifeOf(const DomainSpec& spec)
{
    auto& life = m_lives[spec.uuid];
    if (!life) {
        life = std::make_unique<Life>();
        life->uuid = spec.uuid;
        life->desktop = spec.desktop;
        life->pool = spec.pool;
        life->number = spec.incarnation;
        life->address = spec.address;
    }
    return *life;
}

LeaseTruth* Observer::find(const LeaseId& lease)
{
    const auto found = m_leases.find(lease);
    return found == m_leases.end() ? nullptr : &found->second;
}

const LeaseTruth* Observer::openLeaseOn(const Life& life, std::int64_t seat) const
{
    const auto served = m_served.find({ life.desktop, life.number, seat });
    if (served == m_served.end())
        return nullptr;
    const LeaseTruth& lease = m_leases.at(served->second);
    return lease.isClosed ? nullptr : &lease;
}

std::vector<const LeaseTruth*> Observer::openLeasesOf(const UserId& user) const
{
    std::vector<const LeaseTruth*> open;
    for (const auto& [id, lease] : m_leases) {
        if (lease.user == user && !lease.isClosed)
            open.push_back(&lease);
    }
    return open;
}

void Observer::added(const Desktop& desktop)
{
    const auto pool = m_database.findPool(desktop.organisation, desktop.pool);
    const auto rows = m_database.listDesktops(desktop.pool);
    // What cannot be seen may be on its way, and what leaves a drained host is on its way out:
    // neither is waited for.
    std::int64_t counted = 0;
    for (const DesktopRow& row : rows&& pool ? *rows : std::vector<DesktopRow>()) {
        const auto host = hostNamed(row.desktop.host);
        const bool isWaitedFor
            = isWell(row.desktop.host) && (!host || host->mode == HostMode::active);
        // Of one that somebody is in, or may come into while it rests after the last one, what it
        // may come to hold in this life.
        const bool rests
            = pool->timers.recycle.count() > 0 && row.lease && !row.desktop.incarnation.endingAt;
        const std::int64_t size = openSeats(row) > 0 || (rests && isShared(*pool))
            ? openSeats(row) + roomIn(*pool, row)
            : seatsOf(*pool);
        counted += isWaitedFor ? size : 0;
    }
    if (pool && counted > pool->max)
        report("R5",
            "the pool " + pool->name + " may have " + std::to_string(pool->max)
                + (isShared(*pool) ? " sessions, and " : " desktops, and ") + desktop.name
                + " is one too many: two reconcilers at once?");
}

void Observer::granted(const LeaseRequest& request, const Grant& grant)
{
    if (!grant.lease)
        return;
    checkAccess(request, grant.outcome);
    const Lease& given = *grant.lease;
    const Span now = m_scheduler.now();
    m_scheduler.mix(static_cast<std::uint64_t>(given.epoch.value()) * 8U
        + static_cast<std::uint64_t>(grant.outcome));
    m_trace.tell("database", [&] {
        static constexpr const char* words[] { "grants", "resumes", "repeats", "" };
        return std::string(words[static_cast<int>(grant.outcome)]) + " lease "
            + given.id.value().substr(0, 8) + " to " + request.user.value() + ", desktop "
            + given.desktop.value().substr(0, 8) + " incarnation "
            + std::to_string(given.incarnation.value()) + ", epoch "
            + std::to_string(given.epoch.value()) + ", key " + request.idempotencyKey;
    });
    if (given.user != request.user)
        report("R1", request.user.value() + " was given the lease of " + given.user.value());

    Key& key = m_keys[{ request.user, request.idempotencyKey }];
    if (grant.replaced) {
        closed(grant.replaced->id, CloseReason::hostLost);
        if (key.lease == grant.replaced->id) // a retry of what nobody can reach any more
            key = {};
    }
    if (const LeaseTruth* before = find(key.lease); before != nullptr
        && (before->closeReason == CloseReason::neverReady
            || before->closeReason == CloseReason::hostLost))
        key = {}; // whoever waits for it, or has lost it, goes on asking, and gets another one
    if (!key.lease.isEmpty() && now - key.since < keyLife && key.lease != given.id)
        report("R9",
            "the key " + request.idempotencyKey + " of " + request.user.value()
                + " stood for lease " + key.lease.value().substr(0, 8) + " and now gives "
                + given.id.value().substr(0, 8));
    // A first answer that is a repetition is that of a full disk: the user's lease as it is, and
    // nothing could be written down (R14).
    if ((key.lease.isEmpty() || now - key.since >= keyLife)
        && grant.outcome != GrantOutcome::repeated)
        key = { given.id, now };

    if (const auto host = grant.desktop ? hostNamed(grant.desktop->host) : std::nullopt; host
        && grant.outcome == GrantOutcome::granted
        && (host->mode != HostMode::active || host->deadAt))
        report("drain",
            request.user.value() + " was given a desktop on " + host->name
                + ", which gives nothing out");
    if (grant.outcome == GrantOutcome::granted && m_maintained.contains(request.pool))
        report("maintenance",
            request.user.value() + " was given a fresh desktop of a pool in maintenance");
    if (LeaseTruth* known = find(given.id)) {
        if (grant.outcome == GrantOutcome::resumed)
            known->askedAt = now;
        if (grant.outcome == GrantOutcome::granted)
            report("R1", "one lease was granted twice: " + nameOf(*known));
        if (grant.outcome == GrantOutcome::resumed) {
            if (known->isClosed)
                report("R6", "a closed lease was resumed: " + nameOf(*known));
            if (given.epoch.value() <= known->epoch)
                report("R3", "a lease was resumed without a new epoch: " + nameOf(*known));
            known->epoch = given.epoch.value();
        }
        return;
    }
    LeaseTruth lease;
    lease.id = given.id;
    lease.user = given.user;
    lease.pool = given.pool;
    lease.desktop = given.desktop;
    lease.incarnation = given.incarnation;
    lease.seat = given.seat;
    lease.domain = grant.desktop->incarnation.domain;
    lease.grantedAt = now;
    lease.epoch = given.epoch.value();
    for (const auto& [id, other] : m_leases) {
        if (other.isClosed)
            continue;
        if (other.desktop == lease.desktop && (lease.seat == 0 || other.seat == lease.seat))
            report(
                "R2", "two open leases on one desktop: " + nameOf(other) + " and " + nameOf(lease));
        if (other.user == lease.user && other.pool == lease.pool)
            report("R2",
                "two open leases of one user in one pool: " + nameOf(other) + " and "
                    + nameOf(lease));
    }
    const auto served
        = m_served.try_emplace({ lease.desktop, lease.incarnation, lease.seat }, lease.id);
    if (!served.second)
        report("R1",
            "an account of an incarnation was given a second time: "
                + nameOf(m_leases.at(served.first->second)) + " and " + nameOf(lease));
    if (const auto life = m_lives.find(lease.domain); life != m_lives.end()
        && (life->second->isSuspended || (life->second->mustWake && !life->second->isLiar)))
        report("suspended",
            life->second->isSuspended
                ? "a desktop was given that is saved to the disk: " + nameOf(lease)
                : "a desktop was given that does not know yet that it was saved: " + nameOf(lease));
    for (const auto& [uuid, life] : m_lives) {
        // Of a shared desktop this very account; of its earlier lives nothing may be there.
        const auto& servedUser
            = uuid == lease.domain ? life->seats[lease.seat].servedUser : anyUserOf(*life);
        if (life->desktop == lease.desktop && servedUser
            && (uuid == lease.domain || life->isDefined))
            report("R1",
                "a desktop was given that is not clean, " + servedUser->value() + " has been on "
                    + nameOf(*life) + ": " + nameOf(lease));
    }
    m_leases.emplace(lease.id, lease);
    checkSeats(lease);
}

/// R2, of shared desktops: no more are inside than there is room for.
void Observer::checkSeats(const LeaseTruth& lease)
{
    const auto pool = m_database.findPool(OrganisationId("org"), lease.pool);
    if (!pool)
        return;
    if ((lease.seat > 0) != isShared(*pool))
        report("R1", "a seat where there are none, or none where there are: " + nameOf(lease));
    std::int64_t open = 0;
    for (const auto& [id, other] : m_leases)
        open += !other.isClosed && other.desktop == lease.desktop ? 1 : 0;
    if (open > seatsOf(*pool))
        report("R2",
            std::to_string(open) + " sessions in a desktop for " + std::to_string(seatsOf(*pool))
                + ": " + nameOf(lease));
    if (lease.seat > accountsOf(*pool))
        report("R1", "an account that its desktop does not have: " + nameOf(lease));
}

/// How many there are is asked of the database: after a backup was restored nobody else knows.
void Observer::checkAccess(const LeaseRequest& request, GrantOutcome outcome)
{
    if (!isEntitled(request.pool, request.user))
        report("A7", request.user.value() + " was let into a pool without being entitled to it");
    const auto limits = m_database.sessionLimits(request.organisation, request.pool);
    if (outcome != GrantOutcome::granted || !limits || *limits == SessionLimits {})
        return;
    const auto open = m_database.listOpenLeases(request.organisation);
    if (!open)
        return;
    const auto ofPool = std::count_if(open->begin(), open->end(),
        [&request](const Lease& lease) { return lease.pool == request.pool; });
    const auto ofUser = std::count_if(open->begin(), open->end(),
        [&request](const Lease& lease) { return lease.user == request.user; });
    if (limits->perPool > 0 && ofPool > limits->perPool)
        report("limits",
            "a pool has " + std::to_string(ofPool) + " sessions, and may have "
                + std::to_string(limits->perPool));
    if (limits->perUser > 0 && ofUser > limits->perUser)
        report("limits",
            request.user.value() + " has " + std::to_string(ofUser) + " sessions, and may have "
                + std::to_string(limits->perUser));
}

void Observer::reviewed(const Lease& lease)
{
    if (LeaseTruth* known = find(lease.id))
        known->epoch = lease.epoch.value();
}

void Observer::closed(const LeaseId& id, CloseReason reason)
{
    LeaseTruth* lease = find(id);
    if (lease == nullptr || lease->isClosed)
        return;
    lease->isClosed = true;
    lease->closeReason = reason;
    m_scheduler.mix(0x100U + static_cast<std::uint64_t>(reason));
    m_trace.tell("database", [&] { return "closes " + nameOf(*lease) + ": " + nameOf(reason); });
    const auto found = m_lives.find(lease->domain);
    Life* life = found == m_lives.end() ? nullptr : found->second.get();
    if (life != nullptr && life->isLiar)
        return;
    const bool hasEnded = life != nullptr && life->seats[lease->seat].sessionEnded;
    switch (reason) {
    case CloseReason::loggedOff:
        if (!hasEnded)
            report("R6", "closed as logged off while the session lives: " + nameOf(*lease));
        return;
    case CloseReason::desktopLost:
        if (life != nullptr && !life->wasLost && !hasEnded && life->isRunning)
            report("R6", "closed as lost while the desktop runs: " + nameOf(*lease));
        return;
    case CloseReason::neverReady:
        if (life == nullptr || !life->wasUnready
            || m_scheduler.now() - lease->grantedAt < neverReadyAfter)
            report("R6", "closed as never ready, but it was ready: " + nameOf(*lease));
        [[fallthrough]];
    case CloseReason::neverConnected:
        if (lease->giveBackAsked)
            return;
        if (lease->wasShown && life != nullptr && !hasEnded && !life->wasLost)
            report("R6",
                "closed as never connected, but its user has been shown the session: "
                    + nameOf(*lease));
        if (reason == CloseReason::neverConnected
            && m_scheduler.now() - lease->grantedAt < neverConnectedAfter)
            report("R10",
                "closed as never connected after only "
                    + std::to_string((m_scheduler.now() - lease->grantedAt).count() / 1000)
                    + " s: " + nameOf(*lease));
        return;
    case CloseReason::forcedRollout:
        checkForced(*lease);
        return;
    case CloseReason::hostLost:
        if (life != nullptr && m_writtenOff.contains(life->host))
            return;
        if (const auto host = hostOf(*lease); !host || !host->deadAt)
            report("R7", "its host counts as alive, and its user got another: " + nameOf(*lease));
        return;
    case CloseReason::hostDrained:
        if (const auto host = hostOf(*lease); !host || !host->drainBy)
            report("R7", "closed for a drain that nobody has ordered: " + nameOf(*lease));
        return;
    case CloseReason::restarted:
    case CloseReason::endedByAdmin:
        if (!lease->restartAsked)
            report("R6", "closed by nobody's wish: " + nameOf(*lease));
        return;
    }
}

void Observer::hostCountsAs(const HostId& host, bool isDead)
{
    m_scheduler.mix(isDead ? 0x400U : 0x401U);
    m_trace.tell("database",
        [&] { return host.value() + (isDead ? " counts as dead" : " counts as alive again"); });
    if (!isDead)
        return;
    if (const std::string against = mayCountAsDead(host); !against.empty())
        report("R7", host.value() + " counts as dead, although " + against);
}

void Observer::writtenOff(const HostId& host)
{
    m_scheduler.mix(0x402U);
    m_trace.tell("database", [&] { return host.value() + " is written off"; });
    m_writtenOff.insert(host);
    if (const std::string against = mayCountAsDead(host); !isGone(host) && !against.empty())
        report("R7", host.value() + " is written off, although " + against);
    for (const auto& [uuid, life] : m_lives) {
        if (life->host == host)
            disowned(life->desktop);
    }
    for (const auto& [id, lease] : m_leases) {
        const auto life = m_lives.find(lease.domain);
        if (!lease.isClosed && life != m_lives.end() && life->second->host == host)
            closed(id, CloseReason::hostLost);
    }
    onWrittenOff(host);
}

std::optional<broker::Host> Observer::hostOf(const LeaseTruth& lease)
{
    const auto row = m_database.findDesktop(lease.desktop);
    return row ? hostNamed(row->desktop.host) : std::nullopt;
}

std::optional<broker::Host> Observer::hostNamed(const HostId& id)
{
    const auto hosts = m_database.listHosts();
    for (const broker::Host& host : hosts ? *hosts : std::vector<broker::Host>()) {
        if (host.id == id)
            return host;
    }
    return std::nullopt;
}

void Observer::started(Life& life, const HostId& host)
{
    if (life.isDefined && life.host != host)
        report("R1", "started on two hosts: " + nameOf(life));
    life.host = host;
}

/// Only what nobody has had is ever saved.
void Observer::suspended(Life& life)
{
    // Of a shared desktop any of its accounts.
    for (const auto& [key, id] : m_served) {
        const auto& [desktop, incarnation, seat] = key;
        if (desktop != life.desktop || incarnation != life.number)
            continue;
        const LeaseTruth& lease = m_leases.at(id);
        report("suspended",
            (lease.isClosed ? "saved to the disk although somebody has had it: "
                            : "saved to the disk under its user: ")
                + nameOf(lease));
    }
    if (const auto user = anyUserOf(life))
        report("suspended",
            "saved to the disk after " + user->value() + " was in it: " + nameOf(life));
}

void Observer::rolledOut(const Rollout& rollout)
{
    m_scheduler.mix(0x200U);
    m_trace.tell("database", [&] {
        return "begins the rollout of " + rollout.pool.value() + " from " + rollout.from.value()
            + " to " + rollout.to.value() + (rollout.isRollback ? ", a rollback" : "") + ", "
            + nameOf(rollout.mode) + ", " + nameOf(rollout.state);
    });
    m_rollouts[rollout.id] = { rollout, m_scheduler.now() };
    m_newest[rollout.pool] = rollout.id;
}

void Observer::rolloutChanged(const RolloutChange& change)
{
    RolloutTruth& known = m_rollouts.at(change.id);
    m_scheduler.mix(0x210U + static_cast<std::uint64_t>(change.next));
    m_trace.tell("database", [&] {
        return "the rollout of " + known.row.pool.value() + " is " + nameOf(change.next) + ": "
            + change.reason;
    });
    if (change.next == RolloutState::running)
        known.begunAt = m_scheduler.now();
    known.row.state = change.next;
    // Who lies about being ready gets its version rolled out.
    const bool isLiedTo = std::any_of(m_lives.begin(), m_lives.end(), [&known](const auto& entry) {
        return entry.second->pool == known.row.pool && entry.second->isLiar;
    });
    if (change.next == RolloutState::done && known.row.to == brokenImage && !isLiedTo)
        report("rollout", "a version whose desktops never get ready was rolled out to the end");
}

/// R7: the one way in which a rollout may end a lease.
void Observer::checkForced(const LeaseTruth& lease)
{
    const auto newest = m_newest.find(lease.pool);
    const RolloutTruth* known = newest == m_newest.end() ? nullptr : &m_rollouts.at(newest->second);
    if (known == nullptr || known->row.mode != RolloutMode::force
        || known->row.state != RolloutState::running)
        report("R7", "ended by a rollout that nobody has forced: " + nameOf(lease));
    else if (m_scheduler.now() - known->begunAt < known->row.countdown * 19 / 20 - 5s)
        report("R10", "ended before the countdown was over: " + nameOf(lease));
}

void Observer::ending(const DesktopId& desktop, Incarnation number, EndReason reason)
{
    m_trace.tell("database", [&] {
        return "ends " + desktop.value().substr(0, 8) + " incarnation "
            + std::to_string(number.value()) + ": " + nameOf(reason);
    });
}

void Observer::ended(const DesktopId& desktop, Incarnation number)
{
    for (const auto& [uuid, life] : m_lives) {
        if (life->desktop == desktop && life->number == number && life->isDefined
            && !life->startedLate)
            report("R4", "recorded as ended while its domain is there: " + nameOf(*life));
    }
}

void Observer::ticketStored(const NewTicket& ticket)
{
    auto& truth = m_tickets[ticket.hash];
    truth.lease = ticket.lease;
    truth.user = ticket.user;
    truth.epoch = ticket.epoch.value();
    truth.issuedAt = m_scheduler.now();
}

Span Observer::now() const
{
    return m_scheduler.now();
}

void Observer::ticketTaken(const SecretHash& hash, const UserId& user, Span sentAt)
{
    const auto found = m_tickets.find(hash);
    if (found == m_tickets.end())
        return;
    TicketTruth& ticket = found->second;
    const LeaseTruth& lease = m_leases.at(ticket.lease);
    if (++ticket.stored > 1)
        report("S1", "a ticket was redeemed twice: " + nameOf(lease));
    if (ticket.user != user)
        report("S1", user.value() + " redeemed the ticket of another: " + nameOf(lease));
    if (sentAt - ticket.issuedAt > ticketLife + 1s)
        report("S1",
            "a ticket was redeemed after "
                + std::to_string((sentAt - ticket.issuedAt).count() / 1000)
                + " s: " + nameOf(lease));
    if (lease.isClosed)
        report("S1", "a ticket of a closed lease was redeemed: " + nameOf(lease));
    if (ticket.epoch != lease.epoch)
        report("R3",
            "a ticket of epoch " + std::to_string(ticket.epoch)
                + " was redeemed when the lease had " + std::to_string(lease.epoch) + ": "
                + nameOf(lease));
}

void Observer::startCalled(const DomainSpec& spec)
{
    const auto row = m_database.findDesktop(spec.desktop);
    if (!row || row->desktop.incarnation.number < spec.incarnation
        || (row->desktop.incarnation.number == spec.incarnation
            && row->desktop.incarnation.domain != spec.uuid))
        report("R4",
            "a domain is started that no committed row knows: " + spec.name + " incarnation "
                + std::to_string(spec.incarnation.value()));
}

void Observer::destroyCalled(const DomainUuid& uuid)
{
    const auto found = m_lives.find(uuid);
    if (found == m_lives.end())
        return;
    const Life& life = *found->second;
    const auto row = m_database.findDesktop(life.desktop);
    if (row && row->desktop.incarnation.number == life.number
        && row->desktop.incarnation.domain == uuid && !row->desktop.incarnation.endingAt)
        report("R4", "a domain is destroyed before the intent was committed: " + nameOf(life));
}

void Observer::destroyed(Life& life)
{
    if (life.isLiar)
        return;
    for (const auto& [seat, truth] : life.seats) {
        if (truth.shownNow == 0)
            continue;
        const auto served = m_served.find({ life.desktop, life.number, seat });
        const LeaseTruth* lease = served == m_served.end() ? nullptr : &m_leases.at(served->second);
        if (lease != nullptr && !lease->isClosed)
            report("R7", "a desktop was destroyed under its user: " + nameOf(*lease));
        const bool isUnused = lease != nullptr
            && (lease->closeReason == CloseReason::neverConnected
                || lease->closeReason == CloseReason::neverReady);
        if (isUnused && !lease->giveBackAsked)
            report("R6", "a connected user was thrown out as never connected: " + nameOf(*lease));
    }
}

void Observer::obeyed(Life& life, const wire::AgentCommand& command)
{
    m_trace.tell("agent", [&] {
        static constexpr const char* words[] { "prepare", "lock", "disconnect", "logoff", "brokers",
            "state", "timers", "logoffUnused" };
        const auto kind = static_cast<std::size_t>(command.kind);
        return nameOf(life) + " obeys " + (kind < std::size(words) ? words[kind] : "a command")
            + ", epoch " + std::to_string(command.epoch);
    });
    SeatTruth& seat = life.seats[command.seat.value_or(0)];
    if (command.epoch < seat.highestEpoch)
        report("R3",
            "an agent obeyed epoch " + std::to_string(command.epoch) + " after "
                + std::to_string(seat.highestEpoch) + ": " + nameOf(life));
    seat.highestEpoch = std::max<long long>(seat.highestEpoch, command.epoch);
    const LeaseTruth* lease = find(LeaseId(command.lease));
    if (lease == nullptr)
        return;
    if (lease->domain != life.uuid || lease->seat != command.seat.value_or(0))
        report("R1",
            "an agent obeyed a command for another incarnation: " + nameOf(life) + " and "
                + nameOf(*lease));
    if (command.kind == wire::AgentCommandKind::logoffUnused)
        loggedOffByTimer(life, *lease);
    // Of a shared desktop the broker ends what it has closed.
    const bool isClosedSeat = lease->seat > 0 && lease->isClosed;
    if (command.kind == wire::AgentCommandKind::logoff && !lease->logoffAsked && !isClosedSeat)
        report("R6", "a session was logged off by nobody's wish: " + nameOf(*lease));
    if (command.kind == wire::AgentCommandKind::disconnect && !lease->disconnectAsked)
        report("R7", "a client was disconnected by nobody's wish: " + nameOf(*lease));
}

void Observer::maintained(const PoolId& pool, bool on)
{
    if (on)
        m_maintained.insert(pool);
    else
        m_maintained.erase(pool);
}

void Observer::ordered(const wire::AgentCommand& command)
{
    if (command.kind == wire::AgentCommandKind::logoffUnused)
        m_timerOrders[LeaseId(command.lease)] = m_scheduler.now();
}

void Observer::loggedOffByTimer(const Life& life, const LeaseTruth& lease)
{
    const auto seat = life.seats.find(lease.seat);
    if (seat != life.seats.end() && seat->second.shownNow > 0)
        report("R7", "a timer logged off a session that is being looked at: " + nameOf(lease));
    const Span least = m_timers[lease.pool].logOff;
    // Who asks while the order is on its way comes too late for anybody to know.
    const auto ordered = m_timerOrders.find(lease.id);
    const bool isOnItsWay = ordered != m_timerOrders.end() && lease.askedAt > ordered->second;
    const Span since = m_scheduler.now()
        - (isOnItsWay ? lease.grantedAt : std::max(lease.askedAt, lease.grantedAt));
    if (least.count() == 0)
        report("R6", "a timer that its pool does not have logged a session off: " + nameOf(lease));
    else if (since + timerSlack < least)
        report("R10",
            "a timer logged a session off " + std::to_string(since.count() / 1000)
                + " s after its user had asked for it: " + nameOf(lease));
}

void Observer::credentialMade(
    Life& life, const std::string& credential, long long epoch, std::int64_t seat)
{
    m_credentials[credential] = { life.uuid, seat, epoch, m_scheduler.now(), 0 };
}

void Observer::credentialAccepted(Life& life, const std::string& credential)
{
    const auto found = m_credentials.find(credential);
    if (found == m_credentials.end() || found->second.domain != life.uuid) {
        report("S5", "a credential was accepted that was never made here: " + nameOf(life));
        return;
    }
    if (++found->second.used > 1)
        report("S5", "a credential was accepted twice: " + nameOf(life));
    if (m_scheduler.now() - found->second.issuedAt > credentialLife)
        report("S5", "a credential was accepted after its life: " + nameOf(life));
    if (found->second.epoch < life.seats[found->second.seat].highestEpoch)
        report("R3", "a credential of an older epoch was accepted: " + nameOf(life));
}

/// Whoever has a desktop of their own finds on it what they have left, and nothing of others.
void Observer::checkDisk(const Life& life, const UserId& user)
{
    if (!life.disk)
        return;
    for (const UserId& other : life.disk->users) {
        if (other != user)
            report("R1",
                user.value() + " is shown the disk that " + other.value()
                    + " has used: " + nameOf(life));
    }
    life.disk->users.insert(user);
    auto& known = m_kept[{ user, life.pool }];
    if (known.disk && known.disk != life.disk)
        report("dedicated",
            user.value() + " has lost what was on the disk of " + known.desktop.value().substr(0, 8)
                + " and is shown " + nameOf(life));
    known = { life.disk, life.desktop };
}

/// Its host never comes back.
void Observer::disowned(const DesktopId& desktop)
{
    std::erase_if(
        m_kept, [&desktop](const auto& entry) { return entry.second.desktop == desktop; });
}

/// By an administrator, who meant this user: whoever else has work on it loses that wrongly.
void Observer::takenAway(const DesktopId& desktop, const UserId& owner)
{
    std::erase_if(m_kept, [&](const auto& entry) {
        return entry.second.desktop == desktop && entry.first.first == owner;
    });
}

void Observer::shown(Life& life, std::int64_t number, const UserId& user)
{
    SeatTruth& seat = life.seats[number];
    m_scheduler.mix(0x200U + static_cast<std::uint64_t>(life.number.value()));
    m_trace.tell("desktop", [&] { return nameOf(life) + " is shown to " + user.value(); });
    if (!seat.servedUser)
        seat.servedUser = user;
    else if (*seat.servedUser != user)
        report("R1",
            user.value() + " is shown the session of " + seat.servedUser->value() + " on "
                + nameOf(life));
    checkDisk(life, user);
    const auto served = m_served.find({ life.desktop, life.number, number });
    if (served == m_served.end()) {
        report("R1", user.value() + " is shown a desktop without a lease: " + nameOf(life));
        return;
    }
    LeaseTruth& lease = m_leases.at(served->second);
    if (lease.user != user)
        report(
            "R1", user.value() + " is shown a desktop that another has leased: " + nameOf(lease));
    lease.wasShown = true;
}

void Observer::cut(Life& life, std::int64_t number)
{
    const SeatTruth& seat = life.seats[number];
    const LeaseTruth* lease = openLeaseOn(life, number);
    const Span idle = lease == nullptr ? Span(0) : Span(m_timers[lease->pool].disconnect);
    if (idle.count() > 0 && seat.idleFor >= idle)
        return; // nobody was there
    if (seat.shownNow > 0 && lease != nullptr && !lease->disconnectAsked)
        report("R7", "a connected user was cut off by the agent: " + nameOf(*lease));
}

void Observer::connectAnswered(const UserId& user, const wire::Connection& connection)
{
    if (!connection.lease)
        return;
    LeaseTruth* lease = find(LeaseId(*connection.lease));
    if (lease == nullptr) {
        report("durable", user.value() + " was told of a lease that was never committed");
        return;
    }
    lease->isAcknowledged = true;
    if (lease->user != user)
        report("R1", user.value() + " was given the desktop of another: " + nameOf(*lease));
    if (!connection.ticket)
        return;
    // Also those that are held in memory while the database is full (R14).
    auto& ticket = m_tickets[SecretHash(sha256Hex(*connection.ticket))];
    if (ticket.lease.isEmpty()) {
        ticket.lease = lease->id;
        ticket.user = user;
        ticket.epoch = connection.epoch.value_or(0);
        ticket.issuedAt = m_scheduler.now();
    }
}

void Observer::redeemAnswered(const std::string& ticket, const wire::OneTimeCredential&)
{
    const auto found = m_tickets.find(SecretHash(sha256Hex(ticket)));
    if (found == m_tickets.end()) {
        report("S1", "a credential was given for a ticket that was never issued");
        return;
    }
    if (++found->second.answered > 1)
        report("S1",
            "two credentials were given for one ticket: "
                + nameOf(m_leases.at(found->second.lease)));
}

void Observer::checkDurability()
{
    for (const auto& [id, lease] : m_leases) {
        if (!lease.isAcknowledged)
            continue;
        const auto row = m_database.findLease(OrganisationId("org"), id);
        if (!row)
            report("durable", "lost: " + nameOf(lease) + ", of which its user was told");
        else if (row->user != lease.user || row->desktop != lease.desktop
            || row->closedAt.has_value() != lease.isClosed)
            report("durable", "the database contradicts what was committed: " + nameOf(lease));
    }
}

}
