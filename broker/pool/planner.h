// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/pool/observe.h"
#include "broker/pool/pacing.h"
#include "broker/pool/reconcile.h"
#include "broker/pool/seating.h"
#include "broker/pool/suspension.h"
#include "broker/pool/verdict.h"

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace wardesk::broker {

/// One desktop that nobody holds and that is not set aside.
struct Spare
{
    const Desktop* desktop;
    Verdict verdict;
    bool ending; ///< it is on its way out (or has got there) and would have to come back
    bool isBack = false; ///< it is being resumed
};

/// Makes the plan of one pool: first what each desktop needs by itself (planner.cpp), then the
/// pool's size (plansize.cpp, plansleep.cpp, planrollout.cpp). For reconcile() alone.
class Planner
{
public:
    Planner(const PoolView& view, WallTime now, const Limits& limits);
    [[nodiscard]] Plan make(const std::vector<ObservedDomain>& domains);

private:
    static const HostView* hostIn(const PoolView& view, const HostId& id);
    /// What a host that does not answer made fail must not hold the others.
    static RowList seenOf(const PoolView& view);
    [[nodiscard]] HostSight sightOf(const Desktop& desktop) const;
    [[nodiscard]] bool mayStay(const Desktop& desktop) const;
    /// Nothing is done about it, and nothing concluded but how many others are wanted: what is
    /// ready there may be given out while its agent speaks (R8). Of a dead host nothing counts, so
    /// that its users find room elsewhere.
    void countUnseen(const DesktopRow& row);
    /// What is due is reckoned with at once: a version that has just failed is begun no more.
    void planRollout();
    [[nodiscard]] bool isStopped() const
    {
        return m_rollout && m_rollout->state == RolloutState::stopped;
    }
    /// To what is known to work desktops go as quickly as they boot.
    [[nodiscard]] bool isLimited() const;
    /// For a desktop that begins now; the pool's own is not named.
    std::optional<ImageId> nextImage();
    template <typename What> void add(What what) { m_plan.actions.emplace_back(std::move(what)); }
    void end(const Desktop& desktop, EndReason reason);
    void spare(const Desktop& desktop, Verdict verdict, bool ending);
    /// Whoever has a desktop of their own finds it ready, however many others there are. On a host
    /// that gives nothing out it is switched off and stays: its disk is there.
    void keepForOwner(const Desktop& desktop, Verdict verdict, bool ending);
    void planRow(const DesktopRow& row, const Judgement& judgement);
    [[nodiscard]] DestroyDomain destroyed(const Desktop& desktop) const;
    /// Somebody is in it, or has been given it. Nothing ends with one of its sessions but that one;
    /// when it was the last, the next plan ends the desktop.
    void planShared(const DesktopRow& row);
    /// Notes that it is, if it is.
    [[nodiscard]] bool isOpenToNew(const DesktopRow& row);
    /// Whoever waits for a desktop comes before a pool's wish to leave a used one alone; in a
    /// shared one that rests there may be room for them.
    [[nodiscard]] bool rests(const DesktopRow& row) const;
    [[nodiscard]] bool isDrainOver(const Desktop& desktop) const;
    [[nodiscard]] bool isOutdated(const Desktop& desktop) const
    {
        return desktop.incarnation.image != m_image;
    }
    /// What is worth keeping comes first.
    using Worth
        = std::tuple<bool, bool, bool, bool, bool, std::int64_t, WallTime, const DesktopId&>;
    [[nodiscard]] Worth worthOf(const Spare& spare) const;
    /// A host that gives nothing out needs no spares: they go at once, since nobody can get them,
    /// and others are made elsewhere.
    void leaveHosts();
    void planSize();
    /// Those that sleep leave the spares: what is wanted of them is resumed and comes back, what
    /// is too much is ended, the rest stays as it is.
    SleepPlan resumeAsWished(std::int64_t want, std::int64_t keep, std::int64_t allowed);
    /// The best of them, as many as may begin at the same time and find memory. One that cannot be
    /// saved goes on running in any case.
    Resumed resumeSome(std::int64_t wanted, bool maySave);
    /// What each that sleeps or wakes needs now. Before the starts: a resume is quicker.
    void planWaking();
    /// What runs beyond the wishes is saved, when nobody waits.
    void planSaving();
    /// So many shared desktops of an old version may be on their way to the new one.
    [[nodiscard]] std::int64_t turnsNow() const;
    /// Room with the version that the pool goes to, as if there were none with another: shared
    /// desktops that somebody is in are not replaced as spares are, and as long as their free seats
    /// were enough, the new version would never begin.
    [[nodiscard]] std::int64_t wantedAnew() const;
    /// Who comes now has the new version to go to; or there is no room for another desktop beside
    /// these, and so the new version comes only when one of them is empty.
    void drainOutdated(bool isFull);
    /// Nobody else can get these.
    [[nodiscard]] std::int64_t taken() const { return m_leased + m_keptForOwners; }
    [[nodiscard]] std::map<HostId, std::int64_t> countsByHost() const;
    /// It runs already, so that keeping it costs no start.
    [[nodiscard]] static bool isUnderWay(const Spare& spare);
    void shrink(const Spare& spare);
    /// Outdated desktops that are of use are replaced a few at a time, and none while the pool is
    /// held: an image that does not boot must not take away the desktops that work.
    void renewImages();
    /// Only these lose their desktops to a rollout, and only after they were warned.
    void forceOut(std::int64_t room);
    void planStarts();
    /// How many more may boot on a host beside what boots there for any pool.
    [[nodiscard]] std::int64_t roomOn(const HostId& host) const;
    [[nodiscard]] std::string sizeMessage(std::int64_t allowed, std::int64_t missing) const;
    /// Of a shared pool that gets no other desktop.
    [[nodiscard]] std::string fullMessage() const;

    const PoolView& m_view;
    const WallTime m_now;
    const Limits& m_limits;
    const RowList m_seen; ///< those on hosts that are
    const Desktop* const m_holder;
    std::map<HostId, const HostView*> m_hosts;
    const PoolTarget m_target;
    std::optional<Rollout> m_rollout; ///< with what is due now
    ImageId m_image; ///< that desktops without a place in a rollout have
    std::int64_t m_room = 0; ///< so many more may have the version that a rollout goes to
    std::int64_t m_allowed = 0; ///< so many in all
    Plan m_plan;
    std::vector<Spare> m_spares;
    std::vector<Spare> m_starting; ///< in the end those of the spares too
    std::vector<Spare> m_asleep; ///< that stay so
    std::vector<OpenDesktop> m_open; ///< shared, in use, and open to more
    std::int64_t m_roomLater = 0; ///< seats of those in use that nobody can have now
    std::int64_t m_draining = 0; ///< shared, in use, and open to nobody else
    std::int64_t m_leased = 0; ///< sessions
    std::int64_t m_keptForOwners = 0; ///< who are not using them now
    std::int64_t m_setAside = 0;
    std::int64_t m_resting = 0; ///< logged off, and left alone for a while
    std::int64_t m_booting = 0;
    std::int64_t m_waking = 0; ///< of those: resumed
    std::int64_t m_unseen = 0; ///< spares on hosts that are not seen
    std::int64_t m_unseenSeats = 0; ///< that are free there in shared desktops in use
    std::int64_t m_unseenAsleep = 0; ///< the same of those on the disk
    bool m_lacksMemory = false; ///< to resume one that is wanted
    std::int64_t m_lacking = 0; ///< more that could be saved to the disk
    std::int64_t m_keepRunning = 0; ///< spares that are not
};

}
