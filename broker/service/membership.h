// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/service/databaseclock.h"
#include "broker/service/poolclaims.h"
#include "broker/service/shell.h"

#include <map>
#include <set>
#include <vector>

namespace wardesk::broker {

struct MembershipTimes
{
    std::chrono::milliseconds beat { 1000 };
    std::chrono::milliseconds beatInHurry { 250 }; ///< while another broker is thought to be dead
    std::chrono::milliseconds hurry { 6000 };
    std::chrono::milliseconds claimLife { 3000 }; ///< and how long a silent broker counts as alive
    std::chrono::milliseconds pauseWhenReplaced { 5000 };
};

/// This broker among the others on its database: registers, gives a sign of life every second,
/// claims its share of the pools and learns who else is there. Main lane only, but for the
/// database's part, which runs on a lane of its own: a flood of sign-ins must not cost the claims.
class Membership final : public PoolClaims
{
public:
    Membership(Shell& shell, Lane& lane, Store& store, DatabaseClock& clock, BrokerRecord self,
        MembershipTimes times = {});
    ~Membership() override;
    /// Called for a pool whose work is ours from now on.
    std::function<void(const PoolId&)> onTaken;
    std::function<void(const PoolId&)> onLost;
    /// Called when other brokers have come, gone, or changed.
    std::function<void()> onBrokers;

    void start();
    /// Another broker is gone or gave its pools back: look at once, and more often for a while.
    void hurry();
    /// Gives everything back at once, so that a planned end costs the others no waiting.
    void leave(std::function<void()> done);

    [[nodiscard]] PoolClaimPtr find(const PoolId& pool) const override;
    [[nodiscard]] std::vector<PoolId> held() const;
    /// With the epoch of its registration; 0 before the first.
    [[nodiscard]] const BrokerRecord& self() const { return m_self; }
    /// Everyone who was there within a day, this broker among them, by id.
    [[nodiscard]] const std::vector<BrokerRecord>& known() const { return m_known; }
    [[nodiscard]] bool isAlive(const BrokerId& broker) const { return m_alive.contains(broker); }
    /// The record of this very registration, asking the database when it is not known yet.
    void find(const BrokerId& broker, Epoch epoch, Done<BrokerRecord> done);

private:
    struct Beat;
    static Result<Beat> beat(
        Store& store, BrokerRecord self, const MembershipTimes& times, const Clock& clock);
    void look();
    void learn(const Beat& beat);
    void learnClaims(const Beat& beat);
    void loseAll(const char* why);
    void again(std::chrono::milliseconds pause);
    template <typename Job, typename Finish> void onLane(Job job, Finish finish);

    Shell& m_shell;
    Lane& m_lane;
    Store& m_store;
    DatabaseClock& m_clock;
    BrokerRecord m_self;
    MembershipTimes m_times;
    std::map<PoolId, std::shared_ptr<PoolClaim>> m_claims;
    std::vector<BrokerRecord> m_known;
    std::set<BrokerId> m_alive;
    Timers::Id m_timer = 0;
    MonotonicTime m_hurryUntil {};
    std::string m_problem;
    bool m_looking = false;
    bool m_lookAgain = false;
    bool m_leaving = false;
};

}
