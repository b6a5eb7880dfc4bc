// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/connections.h"

#include "broker/domain/lifetimes.h"
#include "broker/domain/seats.h"
#include "broker/service/audit.h"
#include "broker/service/poolaccess.h"
#include "broker/service/sessiontimers.h"
#include "broker/service/tiles.h"
#include "broker/service/unusedlease.h"
#include "protocols/base/encoding.h"
#include "protocols/base/mutation.h"

#include <algorithm>

namespace wardesk::broker {

namespace {

constexpr std::chrono::milliseconds askForFreeAgain { 500 };
constexpr std::chrono::milliseconds askUnreadyAgain { 2000 };
constexpr std::chrono::seconds agentPatience { 5 };
constexpr std::int64_t credentialMs = 60000; // S5
const char* const notReadyWords
    = "Your desktop is not ready yet. If it does not get ready, you are given another one.";
const char* const ownPreparingWords = "Your desktop is being started.";
const char* const staleWords
    = "This ticket is no longer valid: it was used, it is too old, or your session moved on. "
      "Connect again.";

bool isGoodKey(const std::string& key)
{
    return key.size() >= 8 && key.size() <= 128
        && std::all_of(key.begin(), key.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

wire::DesktopAddress addressOf(const Desktop& desktop)
{
    return { .address = desktop.address,
        .port = 3389,
        .certificateSha256 = desktop.incarnation.certificateSha256 };
}

/// R14: the user's open lease, as it is, when the database refuses to write.
Result<Grant> existingLease(Store& store, const LeaseRequest& request, const Error& refusal)
{
    const auto leases = store.listOpenLeasesOf(request.user);
    if (leases) {
        for (const Lease& lease : *leases) {
            if (lease.pool != request.pool)
                continue;
            auto row = store.findDesktop(lease.desktop);
            if (!row || row->desktop.incarnation.number != lease.incarnation)
                continue;
            return Grant { .outcome = GrantOutcome::repeated,
                .lease = lease,
                .desktop = std::move(row->desktop),
                .replaced = {} };
        }
    }
    return failure(
        refusal.code, "No new desktops can be given out now: " + refusal.detail + ". Tell IT.");
}

/// An agent's refusal is its word, too.
void noteNotReady(Store& store, const Lease& lease, WallTime now)
{
    const auto row = store.findDesktop(lease.desktop);
    const Lease* held = row ? leaseOfSeat(*row, lease.seat) : nullptr;
    if (held != nullptr && held->id == lease.id)
        std::ignore = takeReadinessBack(store, *row, now);
}

/// Who may not use a pool learns no more than who asks for one that does not exist.
Error noPoolError()
{
    return refusalOf(Pool {}, Access {}, {});
}

Result<Pool> findPool(Store& store, const OrganisationId& organisation, const std::string& named)
{
    auto pool = store.findPool(organisation, PoolId(named));
    if (pool || pool.error().code != Errc::notFound)
        return pool;
    auto pools = store.listPools(organisation);
    if (!pools)
        return tl::unexpected(pools.error());
    for (Pool& candidate : *pools) {
        if (candidate.name == named)
            return std::move(candidate);
    }
    return tl::unexpected(noPoolError());
}

}

struct Connections::Outcome
{
    Pool pool;
    Grant grant;
    std::string message; ///< when nothing was ready
    std::string ticket;
    NewTicket stored;
    bool held = false; ///< the ticket could not be stored (R14)
    std::chrono::milliseconds askAgain = askForFreeAgain; ///< when nothing was ready
};

struct Connections::Redeemed
{
    RedeemedTicket ticket;
    std::optional<wire::SessionTimers> timers; ///< of its pool
};

Connections::Connections(
    Shell& shell, PoolWatch& pools, AgentLinks& agents, EventHub& events, const HostState& host)
    : m_shell(shell)
    , m_pools(pools)
    , m_agents(agents)
    , m_events(events)
    , m_host(host)
{
}

void Connections::list(const Principal& who, Done<wire::DesktopList> done)
{
    onStore(
        m_shell, Urgency::first,
        [who, host = m_host, now = m_shell.clock.wall()](
            Store& store) -> Result<wire::DesktopList> {
            const auto pools = store.listPools(who.user.organisation);
            if (!pools)
                return tl::unexpected(pools.error());
            const auto own = store.listOpenLeasesOf(who.user.id);
            if (!own)
                return tl::unexpected(own.error());
            const Asker asker { who.user.id, who.terminal };
            wire::DesktopList list;
            for (const Pool& pool : *pools) {
                const auto access = readAccess(store, pool, asker, *own, now);
                if (!access)
                    return tl::unexpected(access.error());
                const bool hasSession = std::any_of(own->begin(), own->end(),
                    [&pool](const Lease& lease) { return lease.pool == pool.id; });
                if (access->outcome == AccessOutcome::notEntitled && !hasSession)
                    continue; // its desktops need not even be read
                const auto seen = readPoolNow(store, pool, host, now);
                const auto limits = store.sessionLimits(pool.organisation, pool.id);
                if (!seen || !limits)
                    return tl::unexpected(seen ? limits.error() : seen.error());
                list.desktops.push_back(tileFor(*seen, asker, *access, *limits, std::ssize(*own)));
            }
            std::sort(list.desktops.begin(), list.desktops.end(),
                [](const auto& a, const auto& b) { return a.name < b.name; });
            return list;
        },
        std::move(done));
}

void Connections::connect(const Principal& who, const wire::Connect& request,
    const std::string& key, Done<wire::Connection> done)
{
    if (!isGoodKey(key)) {
        done(failure(Errc::invalidArgument,
            "the header 'Idempotency-Key' must have 8 to 128 visible characters"));
        return;
    }
    if (const auto refusal = m_adoption->refusalOfAll()) {
        done(tl::unexpected(*refusal));
        return;
    }
    const WallTime now = m_shell.clock.wall();
    onStore(
        m_shell, Urgency::first,
        [who, named = request.pool, resumeOnly = request.resumeOnly.value_or(false), key,
            host = m_host, now, lease = LeaseId(timeOrderedUuid(now)),
            ticket = newTicket(now)](Store& store) -> Result<Outcome> {
            AuditNote note = noteOf(who, "lease.grant", named);
            auto pool = findPool(store, who.user.organisation, named);
            if (!pool)
                return recorded<Outcome>(store, note, tl::unexpected(pool.error()), now);
            note.object = pool->name;
            const auto access = readAccess(store, *pool, { who.user.id, who.terminal }, {}, now);
            if (!access)
                return tl::unexpected(access.error());
            if (access->outcome != AccessOutcome::allowed && !WARDESK_MUTATED(accessIgnored))
                return recorded<Outcome>(
                    store, note, tl::unexpected(refusalOf(*pool, *access, now)), now);
            const LeaseRequest wanted { .organisation = who.user.organisation,
                .pool = pool->id,
                .user = who.user.id,
                .idempotencyKey = key,
                .terminal = who.terminal,
                .newLease = lease,
                .now = now,
                .resumeOnly = resumeOnly };
            // A pool that is switched off gives nothing new but keeps what runs; so does one in
            // maintenance, which the grant itself looks at.
            bool mayHave = pool->enabled;
            if (!mayHave) {
                const auto leases = store.listOpenLeasesOf(who.user.id);
                if (!leases)
                    return tl::unexpected(leases.error());
                mayHave = std::any_of(leases->begin(), leases->end(),
                    [&](const Lease& open) { return open.pool == pool->id; });
            }
            auto grant = mayHave ? store.grant(wanted) : Result<Grant>(Grant {});
            if (!grant
                && (grant.error().code == Errc::storageFull
                    || grant.error().code == Errc::unavailable))
                grant = existingLease(store, wanted, grant.error());
            // Nothing was done, and it is asked again and again: no record for every question.
            if (!grant && grant.error().code == Errc::overloaded)
                return tl::unexpected(grant.error());
            if (!grant)
                return recorded<Outcome>(store, note, tl::unexpected(grant.error()), now);

            Outcome outcome {
                .pool = *pool, .grant = std::move(*grant), .message = {}, .ticket = {}, .stored = {}
            };
            const bool isAtLimit = outcome.grant.outcome == GrantOutcome::poolLimit
                || outcome.grant.outcome == GrantOutcome::userLimit;
            if (isAtLimit) {
                const auto limits = store.sessionLimits(pool->organisation, pool->id);
                const auto own = store.listOpenLeasesOf(who.user.id);
                if (!limits || !own)
                    return tl::unexpected(limits ? own.error() : limits.error());
                return recorded<Outcome>(store, note,
                    tl::unexpected(
                        refusalOf(*pool, outcome.grant.outcome, *limits, std::ssize(*own))),
                    now);
            }
            if (outcome.grant.outcome == GrantOutcome::nothingReady) {
                const auto seen = readPoolNow(store, *pool, host, now);
                if (!seen)
                    return tl::unexpected(seen.error());
                const Shortage shortage = explainShortage(*seen);
                outcome.message = shortage.message;
                if (shortage.mayWait)
                    return outcome; // nothing was done yet: no record for every question
                return recorded<Outcome>(
                    store, note, failure(shortage.code, shortage.message), now);
            }
            if (outcome.grant.outcome == GrantOutcome::ownAway)
                return recorded<Outcome>(store, note,
                    failure(Errc::unavailable, ownAwayWords(outcome.grant.desktop.value())), now);
            if (outcome.grant.outcome == GrantOutcome::ownPreparing) {
                outcome.message = ownPreparingWords;
                return outcome;
            }
            const Lease& given = *outcome.grant.lease;
            const std::optional<Desktop>& desktop = outcome.grant.desktop;
            note.object = pool->name + (desktop ? '/' + desktop->name : std::string());
            note.detail += ", lease " + given.id.value() + ", incarnation "
                + std::to_string(given.incarnation.value())
                + (given.seat > 0 ? ", seat " + std::to_string(given.seat) : std::string())
                + ", epoch " + std::to_string(given.epoch.value());
            if (outcome.grant.outcome != GrantOutcome::granted)
                note.action = outcome.grant.outcome == GrantOutcome::resumed ? "lease.resume"
                                                                             : "lease.repeat";
            if (outcome.grant.replaced)
                note.detail += ", instead of lease " + outcome.grant.replaced->id.value()
                    + ", whose host is dead";
            // A retry of an old request (R9): the lease is over, and its desktop may be no more.
            if (!desktop || given.closedAt)
                return recorded<Outcome>(store, note,
                    failure(Errc::stale, "That session has ended. Connect again."), now);
            if (desktop->quarantinedAt)
                return recorded<Outcome>(store, note,
                    failure(Errc::unavailable,
                        desktop->owner.isEmpty() ? setAsideWords(*desktop, given)
                                                 : ownAwayWords(*desktop)),
                    now);
            // Nobody would be let in. If that goes on, the pool gives it up, and the next question
            // gets another one.
            if (desktop->incarnation.unreadyAt && !given.firstConnectedAt) {
                outcome.grant.outcome = GrantOutcome::nothingReady;
                outcome.message = desktop->owner.isEmpty() ? notReadyWords : ownPreparingWords;
                outcome.askAgain = askUnreadyAgain;
                return outcome;
            }
            outcome.ticket = ticket;
            outcome.stored = { .hash = hashOfTicket(ticket),
                .lease = given.id,
                .epoch = given.epoch,
                .user = who.user.id,
                .expiresAt = now + ticketLife };
            const auto stored = store.insertTicket(outcome.stored);
            if (!stored && stored.error().code == Errc::storageFull)
                outcome.held = true;
            else if (!stored)
                return recorded<Outcome>(store, note, tl::unexpected(stored.error()), now);
            const auto written = writeAudit(store, note, nullptr, now);
            if (!written && written.error().code != Errc::storageFull)
                return tl::unexpected(written.error());
            return outcome;
        },
        [this, who, done](Result<Outcome> outcome) {
            if (outcome)
                answer(who, std::move(*outcome), done);
            else
                done(tl::unexpected(explained(outcome.error())));
        });
}

Error Connections::explained(const Error& error)
{
    if (error.code != Errc::overloaded && error.code != Errc::unavailable)
        return error;
    m_adoption->recheck(); // another broker adopts, or the database has gone back
    const auto refusal
        = error.code == Errc::overloaded ? m_adoption->refusal() : std::optional<Error>();
    return refusal.value_or(error);
}

void Connections::answer(const Principal& who, Outcome outcome, const Done<wire::Connection>& done)
{
    wire::Connection connection;
    if (outcome.grant.lease)
        m_adoption->noteEpoch(outcome.grant.lease->epoch);
    const bool isOwn = outcome.grant.outcome == GrantOutcome::ownPreparing;
    if (isOwn || outcome.grant.outcome == GrantOutcome::nothingReady) {
        if (isOwn)
            m_pools.wake(outcome.pool.id); // no other desktop would be of use
        else
            m_pools.userWaits(outcome.pool.id, who.user.id);
        connection.state = wire::ConnectionState::preparing;
        connection.message = outcome.message;
        connection.retryAfterMs = outcome.askAgain.count();
        done(std::move(connection));
        return;
    }
    const Lease& lease = *outcome.grant.lease;
    if (outcome.held)
        m_heldTickets.add(outcome.stored, m_shell.clock.wall());
    m_pools.userServed(outcome.pool.id, who.user.id);
    if (outcome.grant.outcome == GrantOutcome::granted)
        m_pools.wake(outcome.pool.id);
    if (outcome.grant.replaced) {
        wire::Event ended;
        ended.kind = wire::EventKind::sessionEnded;
        ended.lease = outcome.grant.replaced->id.value();
        ended.message = "The machine that your desktop was on does not answer. You have a new one.";
        m_events.tellUser(who.user.id, ended, who.token);
    }
    if (outcome.grant.outcome == GrantOutcome::resumed) {
        wire::Event moved;
        moved.kind = wire::EventKind::sessionMoved;
        moved.lease = lease.id.value();
        moved.message = who.terminal.empty() ? "Your session was opened at another terminal."
                                             : "Your session was opened at " + who.terminal + '.';
        m_events.tellUser(who.user.id, moved, who.token);
    }
    m_events.desktopsChanged(who.user.organisation);
    connection.state = wire::ConnectionState::ready;
    connection.resumed = lease.firstConnectedAt.has_value();
    connection.message
        = *connection.resumed ? "Your session is running." : "Your desktop is ready.";
    connection.lease = lease.id.value();
    connection.epoch = lease.epoch.value();
    connection.ticket = std::move(outcome.ticket);
    connection.desktop = addressOf(*outcome.grant.desktop);
    connection.policy = wire::ConnectionPolicy { .clipboard = outcome.pool.clipboard };
    done(std::move(connection));
}

void Connections::redeem(
    const Principal& who, const wire::RedeemTicket& request, Done<wire::OneTimeCredential> done)
{
    const SecretHash hash = hashOfTicket(request.ticket);
    const WallTime now = m_shell.clock.wall();
    const auto held = m_heldTickets.take(hash, who.user.id, now);
    onStore(
        m_shell, Urgency::first,
        [who, hash, held, &clock = m_shell.clock](Store& store) -> Result<Redeemed> {
            // Without its row the agent goes on with the timers that it knows.
            const auto withTimers = [&store](RedeemedTicket ticket) {
                const auto pool = store.findPool(ticket.lease.organisation, ticket.lease.pool);
                return Redeemed { std::move(ticket),
                    pool ? std::optional(sessionTimersOf(pool->timers)) : std::nullopt };
            };
            if (!held) {
                // The time of the act, not of the question: it may have waited, or the broker may
                // have been frozen, for longer than a ticket lives (S1).
                return store.redeemTicket(hash, who.user.id, clock.wall()).map(withTimers);
            }
            auto lease = store.findLease(who.user.organisation, held->lease);
            if (!lease)
                return tl::unexpected(lease.error());
            auto row = store.findDesktop(lease->desktop);
            if (!row)
                return tl::unexpected(row.error());
            if (lease->closedAt || lease->epoch != held->epoch
                || row->desktop.incarnation.number != lease->incarnation)
                return failure(Errc::stale, staleWords);
            return withTimers({ .lease = std::move(*lease), .desktop = std::move(row->desktop) });
        },
        [this, who, done](const Result<Redeemed>& redeemed) {
            if (redeemed) {
                prepareAgent(who, *redeemed, done);
                return;
            }
            Error error = redeemed.error();
            if (error.code == Errc::stale)
                error.detail = staleWords;
            onStore(
                m_shell, Urgency::first,
                [who, error, now = m_shell.clock.wall()](Store& store) {
                    return writeAudit(store, noteOf(who, "ticket.redeem", ""), &error, now);
                },
                [error, done](const Result<void>&) { done(tl::unexpected(error)); });
        });
}

void Connections::prepareAgent(
    const Principal& who, const Redeemed& redeemed, const Done<wire::OneTimeCredential>& done)
{
    const Lease& lease = redeemed.ticket.lease;
    const Desktop& given = redeemed.ticket.desktop;
    const AgentOrder order { .desktop = lease.desktop,
        .incarnation = lease.incarnation,
        .kind = wire::AgentCommandKind::prepare,
        .epoch = lease.epoch,
        .lease = lease.id,
        .user = lease.user,
        .seat = lease.seat,
        .timers = redeemed.timers,
        .patience = agentPatience };
    AuditNote note = noteOf(who, "ticket.redeem", given.name);
    note.detail += ", lease " + lease.id.value() + ", epoch " + std::to_string(lease.epoch.value());
    m_agents.command(
        order, [this, note, lease, desktop = given, done](const Result<wire::AgentReport>& report) {
            Result<wire::OneTimeCredential> result;
            if (!report) {
                result = tl::unexpected(report.error());
            } else if (!report->account || !report->credential) {
                result = failure(Errc::unavailable, "The desktop's agent sent no credential.");
            } else {
                result = wire::OneTimeCredential { .account = *report->account,
                    .credential = *report->credential,
                    .expiresInMs = credentialMs,
                    .desktop = addressOf(desktop) };
            }
            const bool unready = !result && result.error().code == Errc::preparing;
            if (unready)
                m_shell.timers.after(
                    neverReadyAfter, [this, pool = desktop.pool] { m_pools.wake(pool); });
            onStore(
                m_shell, Urgency::first,
                [note, lease, unready, error = result ? std::optional<Error>() : result.error(),
                    now = m_shell.clock.wall()](Store& store) {
                    if (unready)
                        noteNotReady(store, lease, now);
                    return writeAudit(store, note, error ? &*error : nullptr, now);
                },
                [result, done](const Result<void>& written) {
                    // A full disk must not keep a clinician from a session that runs (R14).
                    if (result && !written && written.error().code != Errc::storageFull)
                        done(tl::unexpected(written.error()));
                    else
                        done(result);
                });
        });
}

}
