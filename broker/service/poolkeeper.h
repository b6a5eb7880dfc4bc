// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/hypervisor.h"
#include "broker/pool/reconcile.h"
#include "broker/service/adoptionwatch.h"
#include "broker/service/agentlinks.h"
#include "broker/service/audit.h"
#include "broker/service/bootstrapsecrets.h"
#include "broker/service/eventhub.h"
#include "broker/service/hosts.h"
#include "broker/service/poolbasis.h"
#include "broker/service/poolclaims.h"
#include "broker/service/poolwatch.h"
#include "broker/service/relays.h"
#include "broker/service/shell.h"
#include "broker/service/waitinglist.h"

#include <map>
#include <memory>
#include <set>
#include <string>

namespace wardesk::broker {

struct PoolKeeperSettings
{
    Limits limits;
    std::string network = "wardesk";
    int prefix = 24;
    std::string firstAddress;
    std::string lastAddress;
    std::string brokerHost; ///< as seen from the desktops
    std::int64_t brokerPort = 8443;
    std::string brokerKeySha256;
};

/// Free addresses, as exactly as this pool needs to know: of a large site not all are read. In a
/// job of the database.
[[nodiscard]] Result<std::int64_t> addressesLeft(
    Store& store, const Pool& pool, std::int64_t desktops, const PoolKeeperSettings& settings);

/// Acts on the plans of broker/pool: database against virtualisation hosts, pool by pool. Main lane
/// only; the database and the hosts are asked on their own lanes.
///
/// One round of a pool at a time; wishes that come meanwhile lead to one more round. Every step
/// commits its intent before the host is called and its result after (R4), so a round may be cut
/// off anywhere and the next one, also of the next process, goes on from the rows.
///
/// With several brokers it works only on pools that this one has claimed. A round that loses its
/// claim ends at its next step, and what it still writes is refused by the database (the fence).
class PoolKeeper final : public PoolWatch
{
public:
    PoolKeeper(Shell& shell, Hosts& hosts, AgentLinks& agents, EventHub& events,
        const HostState& hostState, PoolKeeperSettings settings);
    /// Before start(). Without claims every pool is this broker's.
    void useClaims(const PoolClaims* claims, PoolRelay* relay)
    {
        m_claims = claims;
        m_relay = relay;
    }
    /// The other brokers a desktop may go to, told to it when it is started.
    void setBrokers(std::vector<wire::BrokerEndpoint> brokers) { m_brokers = std::move(brokers); }
    /// All of them: hosts have changed.
    void lookAgain() { tick(); }
    /// First round now, then on every change of the host and every 30 s (R5).
    void start();
    /// R11: no round is begun, and one that is under way stops at its next step, until release().
    /// What is observed of the host goes on being observed.
    void hold() { m_held = true; }
    void release();
    /// Is told when the rows of a round turn out to be older than what runs; outlives this.
    void useAdoption(AdoptionWatch& adoption) { m_adoption = &adoption; }
    void wake(const PoolId& pool) override;
    void userWaits(const PoolId& pool, const UserId& user) override;
    void userServed(const PoolId& pool, const UserId& user) override;
    // what other brokers tell: nothing of it is told on
    void wakeHere(const PoolId& pool);
    void userWaitsHere(const PoolId& pool, const UserId& user);
    void userServedHere(const PoolId& pool, const UserId& user);
    void noteMessage(const PoolId& pool, const std::string& message);

    /// What is wrong with the pool, in words; empty when all is well.
    [[nodiscard]] std::string messageOf(const PoolId& pool) const;
    /// Why desktops of a pool are not saved to a disk now, of those that this broker works on.
    [[nodiscard]] std::map<PoolId, std::string> suspendProblems() const;
    /// Those of the pools that this broker works on.
    [[nodiscard]] std::map<PoolId, std::string> messages() const;

    [[nodiscard]] const Limits& limits() const { return m_settings.limits; }
    [[nodiscard]] const PoolKeeperSettings& settings() const { return m_settings; }
    [[nodiscard]] const Hosts& hosts() const { return m_hosts; }
    [[nodiscard]] const std::string& hostProblem() const { return m_hostState.problem; }
    /// Why nothing new is given out anywhere now (R11); empty when it is.
    [[nodiscard]] std::string refusal() const;
    /// Calendar, roster or settings have changed: the next round reckons anew.
    void forgetBasis(const PoolId& pool);

private:
    struct Round;
    using RoundPtr = std::shared_ptr<Round>;
    struct PoolState
    {
        bool running = false;
        bool again = false;
        bool timed = false; ///< a later look is scheduled already
        std::string message;
        std::string preparing; ///< what the host does before it can start a desktop of the pool
        ReadBasisPtr basis; ///< of the last round: what was reckoned is used for a while
        int forgotten = 0; ///< how often it was; a round that began before does not bring it back
        SpareMemory memory;
        std::set<HostId> busy; ///< on which a round that is over still does something
        std::int64_t keep = 0; ///< spares that the next round does not take away
        SpareMemory suspendedMemory;
        std::int64_t keepSuspended = 0; ///< the same of those on the disk
        std::string suspendProblem; ///< why saving one to the disk has failed
        MonotonicTime suspendAgainAt {}; ///< not before
        std::optional<LifeTimers> timers; ///< as the agents of its sessions know them
        struct Warning
        {
            UserId user;
            MonotonicTime at {};
        };
        std::map<LeaseId, Warning> warned; ///< whose desktops a forced rollout will take away
    };
    void tick();
    void reportUnknown(const std::vector<Pool>& pools);
    void run(const PoolId& pool);
    void plan(const RoundPtr& round, HostsSeen seen);
    /// What calendar and forecast make of the pool's settings now.
    void aim(const RoundPtr& round);
    void noteSize(const RoundPtr& round, Plan& made);
    void step(const RoundPtr& round);
    /// The next steps of the desktops that were just acted on: the plan is made again from their
    /// rows and from what this round itself did on the host, which need not be listed for that.
    void carryOn(const RoundPtr& round);
    void finish(const RoundPtr& round);
    /// What is to be done on each host becomes a part that goes on by itself: one host that hangs
    /// holds its own part and nothing else (R12).
    static void split(const RoundPtr& round);
    void startParts(const RoundPtr& round);
    void finishPart(const RoundPtr& part);
    void leaveBehind(const RoundPtr& round);
    void wakeLater(const PoolId& pool);
    [[nodiscard]] bool isOurs(const PoolId& pool) const;
    /// The claim is gone: nothing more is done, and nothing comes after it.
    [[nodiscard]] bool isLost(const RoundPtr& round) const;
    void abandon(const RoundPtr& round);

    void act(const RoundPtr& round, const AddDesktop& action);
    void act(const RoundPtr& round, const BeginIncarnation& action);
    void act(const RoundPtr& round, const StartDomain& action);
    // spares that are saved to the disk (poolsleep.cpp)
    void act(const RoundPtr& round, const BeginSuspending& action);
    void act(const RoundPtr& round, const SuspendDomain& action);
    void act(const RoundPtr& round, const BeginResuming& action);
    void act(const RoundPtr& round, const ResumeDomain& action);
    void suspended(const RoundPtr& round, const Desktop& desktop, const Result<void>& saved);
    void resumed(const RoundPtr& round, const Desktop& desktop, const Result<void>& runs);
    /// Nothing is saved in this pool for a while.
    void pauseSuspending(const RoundPtr& round, const std::string& why, std::chrono::minutes pause);
    /// Of one that ends because it was not ready in time after its resume.
    void noteSlowResume(const RoundPtr& round, const BeginEnding& action);
    void act(const RoundPtr& round, const DrainDesktop& action);
    void act(const RoundPtr& round, const BeginEnding& action);
    void act(const RoundPtr& round, const DestroyDomain& action);
    void act(const RoundPtr& round, const RecordEnded& action);
    void act(const RoundPtr& round, const RemoveDesktop& action);
    void act(const RoundPtr& round, const QuarantineDesktop& action);
    [[nodiscard]] static std::string hostsWord(const Round& round, const Desktop& desktop);
    void act(const RoundPtr& round, const CloseLease& action);
    void giveBack(const RoundPtr& round, const CloseLease& action);
    void giveBackUnlessUsed(const RoundPtr& round, const Lease& lease, CloseReason why,
        AuditNote note, wire::SessionState session);
    void act(const RoundPtr& round, const ChangeRollout& action);
    /// Ends the lease because the countdown of a forced rollout is over.
    void forceOut(const RoundPtr& round, const Lease& lease, const std::string& desktop);
    /// After the countdown of a forced rollout or a drain; `closed`: whether it was still due.
    void endedAsAnnounced(
        const RoundPtr& round, const Lease& lease, const Result<bool>& closed, const char* words);
    /// The same because the time for draining its host is over.
    void endForDrain(const RoundPtr& round, const Lease& lease, const Desktop& desktop);
    /// Those who will lose their desktops, again and again; and once those who will not any more.
    void warnUsers(const RoundPtr& round);
    [[nodiscard]] bool isRolloutDueSoon(const RoundPtr& round) const;
    static void leave(const RoundPtr& round, const DesktopId& desktop);
    /// The agents of sessions learn what has been changed; free desktops when they are given out.
    void tellTimers(const RoundPtr& round);
    void act(const RoundPtr& round, const LogOffSession& action);
    void askToLogOff(const Lease& lease, const AuditNote& note);
    void act(const RoundPtr& round, const DestroyStray& action);
    void act(const RoundPtr& round, const ReportUnknown& action);
    void done(const RoundPtr& round, const char* what, const Result<void>& result);
    void startDomain(const RoundPtr& round, const Desktop& desktop, DomainSpec spec);
    void alarmOnce(const ReportUnknown& unknown);
    [[nodiscard]] Secret bootstrapOf(const Pool& pool, const Desktop& desktop, bool keepsDisk,
        Epoch epoch, const Secret& secret) const;

    /// A job of the database for this round: refused there when the claim is another's by now.
    template <typename Job, typename Finish>
    void onPoolStore(const RoundPtr& round, Job job, Finish finish)
    {
        onStore(
            m_shell, Urgency::usual,
            [fence = fenceOf(round), job = std::move(job)](Store& store) {
                const FenceScope scope(store, fence);
                return job(store);
            },
            std::move(finish));
    }
    [[nodiscard]] static std::optional<Fence> fenceOf(const RoundPtr& round);
    /// A call that changes something on the host. Asked again right before it: the lane may have
    /// been busy, or this process may have stood still.
    template <typename Job, typename Finish>
    void onPoolHost(const RoundPtr& round, const HostId& on, Job job, Finish finish)
    {
        m_hosts.act(
            on,
            [claim = claimOf(round), &clock = m_shell.clock, job = std::move(job)](
                Hypervisor& host) mutable -> Result<void> {
                if (claim && !claim->holds(clock.monotonic()))
                    return failure(Errc::stale, "another broker does the work of this pool now");
                return job(host);
            },
            std::move(finish));
    }
    [[nodiscard]] static PoolClaimPtr claimOf(const RoundPtr& round);

    Shell& m_shell;
    Hosts& m_hosts;
    AgentLinks& m_agents;
    EventHub& m_events;
    const HostState& m_hostState;
    PoolKeeperSettings m_settings;
    const PoolClaims* m_claims = nullptr;
    PoolRelay* m_relay = nullptr;
    std::vector<wire::BrokerEndpoint> m_brokers;
    std::map<PoolId, std::string> m_elsewhere; ///< messages of pools that others work on
    WaitingList m_waiting;
    BootstrapSecrets m_secrets;
    std::map<PoolId, PoolState> m_pools;
    /// What machines were told at their resuming, by this process. The agent's readiness is the
    /// answer; a broker that does not know it tells them again.
    std::map<DomainUuid, WallTime> m_resumed;
    std::set<LeaseId> m_loggingOff; ///< whose agents were asked and have not answered
    std::set<DomainUuid> m_reported; ///< unknown domains that were alarmed about already
    Timers::Id m_tickTimer = 0;
    bool m_held = false;
    AdoptionWatch m_noAdoption;
    AdoptionWatch* m_adoption = &m_noAdoption;
    bool m_ticking = false;
    bool m_tickAgain = false;
};

}
