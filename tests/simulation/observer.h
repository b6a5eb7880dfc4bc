// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/hypervisor.h"
#include "protocols/wire/agentmessages.h"
#include "protocols/wire/clientmessages.h"
#include "tests/simulation/trace.h"
#include "tests/simulation/truth.h"

#include <functional>
#include <memory>
#include <set>

namespace wardesk::broker::simulation {

struct Violation
{
    std::string rule; ///< of rules.md
    std::string text;
    Span at { 0 };
};

/// Checks the rules against what really happens. It sees all: commits as they take effect, whether
/// or not anybody hears of them, calls of the host, and who is shown which session. It never asks
/// the core.
class Observer
{
public:
    Observer(Scheduler& scheduler, const Trace& trace, Store& database)
        : m_scheduler(scheduler)
        , m_trace(trace)
        , m_database(database)
    {
    }
    [[nodiscard]] const std::optional<Violation>& violation() const { return m_violation; }
    void report(const char* rule, std::string text);

    Life& lifeOf(const DomainUuid& uuid) { return *m_lives.at(uuid); }
    Life& lifeOf(const DomainSpec& spec); ///< makes it
    LeaseTruth* find(const LeaseId& lease);
    [[nodiscard]] const LeaseTruth* openLeaseOn(const Life& life, std::int64_t seat) const;
    [[nodiscard]] std::vector<const LeaseTruth*> openLeasesOf(const UserId& user) const;
    [[nodiscard]] std::size_t leaseCount() const { return m_leases.size(); }

    /// Whether it is no wonder that a broker thinks this host dead; else what speaks against it.
    std::function<std::string(const HostId&)> mayCountAsDead;
    /// Whether its machine never runs again.
    std::function<bool(const HostId&)> isGone;
    std::function<void(const HostId&)> onWrittenOff;
    std::function<bool(const PoolId&, const UserId&)> isEntitled;
    /// Whether it has answered for so long that everybody must have noticed.
    std::function<bool(const HostId&)> isWell;

    void timersAre(const PoolId& pool, const LifeTimers& timers) { m_timers[pool] = timers; }

    // the database: what has been committed
    void maintained(const PoolId& pool, bool on);
    void added(const Desktop& desktop);
    void granted(const LeaseRequest& request, const Grant& grant);
    void reviewed(const Lease& lease);
    void closed(const LeaseId& lease, CloseReason reason);
    void ending(const DesktopId& desktop, Incarnation number, EndReason reason);
    void ended(const DesktopId& desktop, Incarnation number);
    void hostCountsAs(const HostId& host, bool isDead);
    void writtenOff(const HostId& host);
    void rolledOut(const Rollout& rollout);
    void rolloutChanged(const RolloutChange& change);
    void ticketStored(const NewTicket& ticket);
    /// sentAt: when the broker told the database; a slow one does it later, also while the broker
    /// is frozen, and a ticket that was shown in time is good.
    void ticketTaken(const SecretHash& hash, const UserId& user, Span sentAt);
    [[nodiscard]] Span now() const;

    // the host: what is being asked of it
    void startCalled(const DomainSpec& spec);
    void started(Life& life, const HostId& host);
    void destroyCalled(const DomainUuid& uuid);
    void destroyed(Life& life);
    void suspended(Life& life);

    // the desktops
    void ordered(const wire::AgentCommand& command); ///< by a broker, not there yet
    void obeyed(Life& life, const wire::AgentCommand& command);
    void credentialMade(
        Life& life, const std::string& credential, long long epoch, std::int64_t seat);
    void credentialAccepted(Life& life, const std::string& credential);
    void shown(Life& life, std::int64_t seat, const UserId& user);
    void disowned(const DesktopId& desktop);
    void takenAway(const DesktopId& desktop, const UserId& owner);
    void cut(Life& life, std::int64_t seat);

    // the clients: what they are told
    void connectAnswered(const UserId& user, const wire::Connection& connection);
    void redeemAnswered(const std::string& ticket, const wire::OneTimeCredential& credential);

    /// What somebody was told of is in the database (after a crash, and in the end).
    void checkDurability();

private:
    void loggedOffByTimer(const Life& life, const LeaseTruth& lease);
    void checkForced(const LeaseTruth& lease);
    void checkSeats(const LeaseTruth& lease);
    void checkAccess(const LeaseRequest& request, GrantOutcome outcome);
    [[nodiscard]] std::optional<broker::Host> hostOf(const LeaseTruth& lease);
    [[nodiscard]] std::optional<broker::Host> hostNamed(const HostId& id);

    Scheduler& m_scheduler;
    const Trace& m_trace;
    Store& m_database;
    std::optional<Violation> m_violation;
    std::map<PoolId, LifeTimers> m_timers;
    std::map<LeaseId, Span> m_timerOrders; ///< when a log-off because of a timer was sent last
    void checkDisk(const Life& life, const UserId& user);

    struct Kept
    {
        std::shared_ptr<KeptDisk> disk;
        DesktopId desktop;
    };
    std::map<std::pair<UserId, PoolId>, Kept> m_kept; ///< dedicated pools: what they have
    std::set<PoolId> m_maintained;
    std::set<HostId> m_writtenOff;
    std::map<DomainUuid, std::unique_ptr<Life>> m_lives;
    std::map<LeaseId, LeaseTruth> m_leases;
    /// By account: R1 holds for each.
    std::map<std::tuple<DesktopId, Incarnation, std::int64_t>, LeaseId> m_served;
    struct Key
    {
        LeaseId lease;
        Span since { 0 };
    };
    std::map<std::pair<UserId, std::string>, Key> m_keys;
    struct RolloutTruth
    {
        Rollout row;
        Span begunAt { 0 };
    };
    std::map<RolloutId, RolloutTruth> m_rollouts;
    std::map<PoolId, RolloutId> m_newest; ///< the last one that was begun
    std::map<SecretHash, TicketTruth> m_tickets;
    std::map<std::string, CredentialTruth> m_credentials;
};

}
