// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/reconcile.h"

#include "broker/domain/lifetimes.h"
#include "broker/domain/reasons.h"
#include "broker/pool/observe.h"
#include "broker/pool/pacing.h"
#include "broker/pool/rollout.h"
#include "broker/pool/suspension.h"
#include "broker/pool/verdict.h"

#include <algorithm>
#include <iterator>
#include <tuple>

namespace wardesk::broker {

namespace {

/// One desktop that nobody holds and that is not set aside.
struct Spare
{
    const Desktop* desktop;
    Verdict verdict;
    bool ending; ///< it is on its way out (or has got there) and would have to come back
    bool isBack = false; ///< it is being resumed
};

/// Makes the plan of one pool: first what each desktop needs by itself, then the pool's size.
class Planner
{
public:
    Planner(const PoolView& view, WallTime now, const Limits& limits)
        : m_view(view)
        , m_now(now)
        , m_limits(limits)
        , m_seen(seenOf(view))
        , m_holder(holderOf(m_seen, limits))
        , m_target(view.target.value_or(targetOf(view.pool, {}, 0)))
        , m_rollout(view.rollout)
        , m_image(view.pool.image)
    {
    }

    Plan make(const std::vector<ObservedDomain>& domains)
    {
        Observations observed = observe(m_view.pool, m_view.desktops, domains);
        for (const HostView& one : m_view.hosts)
            m_hosts.emplace(one.host.id, &one);
        planRollout();
        std::move(
            observed.strays.begin(), observed.strays.end(), std::back_inserter(m_plan.actions));
        for (std::size_t i = 0; i < m_view.desktops.size(); ++i) {
            const DesktopRow& row = m_view.desktops[i];
            if (sightOf(row.desktop) == HostSight::seen)
                planRow(row, judge(row, observed.desktops[i]));
            else
                countUnseen(row);
        }
        planSize();
        planWaking();
        planStarts();
        planSaving();
        if (m_holder != nullptr) {
            m_plan.message = "held: " + m_holder->name + " failed to start "
                + std::to_string(m_holder->incarnation.startAttempts)
                + " times in a row; it is tried again after growing pauses";
            if (!m_holder->incarnation.lastError.empty())
                m_plan.message += ". The last error: " + m_holder->incarnation.lastError;
        }
        if (m_plan.message.empty() && m_lacksMemory)
            m_plan.message = "suspended desktops are wanted, but their hosts have no memory left "
                             "to resume them";
        if (m_plan.message.empty() && !m_view.suspendProblem.empty())
            m_plan.message = "desktops that are to be suspended go on running: "
                + m_view.suspendProblem + "; it is tried again after a while";
        if (m_plan.message.empty() && isStopped())
            m_plan.message = "its rollout to a new version is stopped"
                + (m_rollout->reason.empty() ? std::string() : ": " + m_rollout->reason);
        return std::move(m_plan);
    }

private:
    static const HostView* hostIn(const PoolView& view, const HostId& id)
    {
        const auto found = std::find_if(view.hosts.begin(), view.hosts.end(),
            [&id](const HostView& one) { return one.host.id == id; });
        return found == view.hosts.end() ? nullptr : &*found;
    }

    /// What a host that does not answer made fail must not hold the others.
    static RowList seenOf(const PoolView& view)
    {
        RowList seen = listOf(view.desktops);
        if (!view.hosts.empty())
            std::erase_if(seen, [&view](const DesktopRow* row) {
                const HostView* host = hostIn(view, row->desktop.host);
                return host == nullptr || host->sight != HostSight::seen;
            });
        return seen;
    }

    HostSight sightOf(const Desktop& desktop) const
    {
        if (m_view.hosts.empty())
            return HostSight::seen;
        const auto found = m_hosts.find(desktop.host);
        return found == m_hosts.end() ? HostSight::away : found->second->sight;
    }

    bool mayStay(const Desktop& desktop) const
    {
        const auto found = m_hosts.find(desktop.host);
        return found == m_hosts.end() || found->second->host.mode == HostMode::active;
    }

    /// Nothing is done about it, and nothing concluded but how many others are wanted: what is
    /// ready there may be given out while its agent speaks (R8). Of a dead host nothing counts, so
    /// that its users find room elsewhere.
    void countUnseen(const DesktopRow& row)
    {
        const Desktop& desktop = row.desktop;
        const IncarnationFacts& facts = desktop.incarnation;
        const HostSight sight = sightOf(desktop);
        if (sight == HostSight::dead)
            return;
        if (desktop.quarantinedAt) {
            ++m_setAside;
        } else if (row.lease && !row.lease->closedAt) {
            ++m_leased;
        } else if (!desktop.owner.isEmpty()) {
            ++m_keptForOwners;
        } else if (mayStay(desktop)) {
            // A busy host answers in a moment: nothing is begun elsewhere because of that.
            // What is saved to its disk is still there when it is back, and takes its place in
            // `max`.
            const bool isThere = facts.readyAt || isAsleep(facts);
            const bool isFree = isThere && !facts.endingAt && !row.lease;
            if (isFree || sight == HostSight::busy)
                ++(isAsleep(facts) ? m_unseenAsleep : m_unseen);
        }
    }

    /// What is due is reckoned with at once: a version that has just failed is begun no more.
    void planRollout()
    {
        if (!m_rollout)
            return;
        if (const auto step = dueStep(*m_rollout, m_view.desktops, m_now)) {
            add(ChangeRollout { m_rollout->id, m_rollout->state, step->next, step->reason });
            m_rollout->state = step->next;
            m_rollout->reason = step->reason;
            if (step->next == RolloutState::running)
                m_rollout->begunAt = m_now;
        }
        m_image = imageOf(*m_rollout);
        if (!isLimited())
            return;
        const RolloutStanding standing = standingOf(*m_rollout, m_view.desktops);
        const auto newOnes = std::count_if(
            m_view.desktops.begin(), m_view.desktops.end(), [this](const DesktopRow& row) {
                const RolloutPlace place = placeOf(*m_rollout, row);
                return place == RolloutPlace::renewed || place == RolloutPlace::underWay;
            });
        m_room = std::max<std::int64_t>(0, standing.allowed - newOnes);
    }

    bool isStopped() const { return m_rollout && m_rollout->state == RolloutState::stopped; }
    /// To what is known to work desktops go as quickly as they boot.
    bool isLimited() const
    {
        return m_rollout && m_rollout->state == RolloutState::running && !m_rollout->isRollback;
    }

    /// For a desktop that begins now; the pool's own is not named.
    std::optional<ImageId> nextImage()
    {
        const ImageId* image = &m_image;
        if (isLimited() && m_room <= 0)
            image = &m_rollout->from;
        else if (isLimited())
            --m_room;
        return *image == m_view.pool.image ? std::nullopt : std::optional(*image);
    }

    template <typename What> void add(What what) { m_plan.actions.emplace_back(std::move(what)); }

    void end(const Desktop& desktop, EndReason reason)
    {
        add(BeginEnding { desktop.id, desktop.incarnation.number, reason });
    }

    void spare(const Desktop& desktop, Verdict verdict, bool ending)
    {
        if (desktop.owner.isEmpty())
            m_spares.push_back({ &desktop, verdict, ending });
        else
            keepForOwner(desktop, verdict, ending);
    }

    /// Whoever has a desktop of their own finds it ready, however many others there are. On a host
    /// that gives nothing out it is switched off and stays: its disk is there.
    void keepForOwner(const Desktop& desktop, Verdict verdict, bool ending)
    {
        ++m_keptForOwners;
        if (!mayStay(desktop)) {
            if (!ending)
                end(desktop, EndReason::hostDrained);
            return;
        }
        if (verdict == Verdict::renew && m_view.pool.enabled)
            add(BeginIncarnation { desktop.id, Incarnation(desktop.incarnation.number.value() + 1),
                desktop.incarnation.image });
        else if (verdict == Verdict::start || verdict == Verdict::finishStart)
            m_starting.push_back({ &desktop, verdict, ending });
    }

    void planRow(const DesktopRow& row, const Judgement& judgement)
    {
        const Desktop& desktop = row.desktop;
        const IncarnationFacts& facts = desktop.incarnation;
        switch (judgement.verdict) {
        case Verdict::leave:
            ++m_setAside;
            return;
        case Verdict::quarantine:
            ++m_setAside;
            add(QuarantineDesktop { desktop.id, judgement.reason });
            return;
        case Verdict::keep:
            if (row.lease && isDrainOver(desktop)) {
                add(CloseLease { row.lease->id, CloseReason::hostDrained });
                end(desktop, EndReason::hostDrained);
                spare(desktop, judgement.verdict, true);
                return;
            }
            if (!row.lease) {
                spare(desktop, judgement.verdict, false);
                return;
            }
            ++m_leased;
            if (isLogOffDue(*row.lease, m_view.pool.timers, m_now))
                add(LogOffSession { row.lease->id });
            return;
        case Verdict::start:
        case Verdict::finishStart:
            spare(desktop, judgement.verdict, false);
            return;
        case Verdict::awaitReady: {
            const WallTime since = facts.unreadyAt ? *facts.unreadyAt : *facts.startedAt;
            const bool late = isOver(since, m_limits.readyWithin, m_now);
            if (late)
                end(desktop, facts.unreadyAt ? EndReason::becameUnready : EndReason::failedToStart);
            else if (!facts.unreadyAt)
                ++m_booting;
            spare(desktop, judgement.verdict, late);
            return;
        }
        case Verdict::suspend:
        case Verdict::finishSuspend: {
            const bool late = isOver(*facts.suspendingAt, m_limits.readyWithin, m_now);
            if (late)
                end(desktop, EndReason::becameUnready);
            else
                ++m_booting; // it costs its host as much
            spare(desktop, judgement.verdict, late);
            return;
        }
        case Verdict::rest:
            spare(desktop, judgement.verdict, false);
            return;
        case Verdict::resume: {
            const bool late
                = facts.resumingAt && isOver(*facts.resumingAt, m_limits.readyWithin, m_now);
            if (late)
                end(desktop, EndReason::failedToStart);
            m_booting += late ? 0 : 1;
            m_waking += late ? 0 : 1;
            spare(desktop, judgement.verdict, late);
            return;
        }
        case Verdict::awaitConnection: {
            const auto reason = whyToGiveBack(row);
            if (!reason) {
                ++m_leased;
                return;
            }
            add(CloseLease { row.lease->id, *reason });
            end(desktop, endReasonOf(*reason));
            spare(desktop, judgement.verdict, true);
            return;
        }
        case Verdict::endFailed:
            // A desktop that had been ready and is gone did not fail to start.
            end(desktop, facts.unreadyAt ? EndReason::domainGone : EndReason::failedToStart);
            spare(desktop, judgement.verdict, true);
            return;
        case Verdict::endGone:
            end(desktop, EndReason::domainGone);
            spare(desktop, judgement.verdict, true);
            return;
        case Verdict::endUsed:
            if (rests(*row.lease)) {
                ++m_resting;
                return;
            }
            end(desktop, endReasonOf(row.lease->closeReason.value_or(CloseReason::endedByAdmin)));
            spare(desktop, judgement.verdict, true);
            return;
        case Verdict::loseLease:
            add(CloseLease { row.lease->id, CloseReason::desktopLost });
            if (desktop.quarantinedAt) {
                ++m_setAside;
                return;
            }
            end(desktop, EndReason::domainGone);
            spare(desktop, judgement.verdict, true);
            return;
        case Verdict::destroy:
            add(destroyed(desktop));
            spare(desktop, judgement.verdict, true);
            return;
        case Verdict::destroyStray:
            add(DestroyStray { facts.domain, desktop.host });
            spare(desktop, judgement.verdict, true);
            return;
        case Verdict::renew:
            spare(desktop, judgement.verdict, true);
            return;
        }
    }

    DestroyDomain destroyed(const Desktop& desktop) const
    {
        const IncarnationFacts& facts = desktop.incarnation;
        DestroyDomain action { desktop.id, facts.number, facts.domain };
        if (!desktop.owner.isEmpty())
            action.disk = DiskFate::kept;
        else if (m_view.pool.kind == PoolKind::dedicated)
            action.removes = facts.disk.isEmpty() ? facts.domain : facts.disk;
        return action;
    }

    /// Of a lease that nobody has connected under.
    std::optional<CloseReason> whyToGiveBack(const DesktopRow& row) const
    {
        const auto& unreadyAt = row.desktop.incarnation.unreadyAt;
        if (unreadyAt && isOver(*unreadyAt, neverReadyAfter, m_now))
            return CloseReason::neverReady;
        if (isOver(row.lease->grantedAt, m_limits.neverConnectedAfter, m_now))
            return CloseReason::neverConnected;
        return std::nullopt;
    }

    /// Whoever waits for a desktop comes before a pool's wish to leave a used one alone.
    bool rests(const Lease& lease) const
    {
        const auto until = restsUntil(lease, m_view.pool.timers);
        return until && m_view.waiting == 0 && m_now < *until;
    }

    bool isDrainOver(const Desktop& desktop) const
    {
        const auto found = m_hosts.find(desktop.host);
        return !mayStay(desktop) && found->second->host.drainBy
            && m_now >= *found->second->host.drainBy;
    }

    bool isOutdated(const Desktop& desktop) const { return desktop.incarnation.image != m_image; }

    /// What is worth keeping comes first.
    auto worthOf(const Spare& spare) const
    {
        const IncarnationFacts& facts = spare.desktop->incarnation;
        return std::tuple<bool, bool, bool, bool, bool, std::int64_t, WallTime, const DesktopId&>(
            spare.ending, isOutdated(*spare.desktop), !facts.readyAt, !spare.isBack,
            !facts.startedAt, facts.startAttempts, facts.createdAt, spare.desktop->id);
    }

    /// A host that gives nothing out needs no spares: they go at once, since nobody can get them,
    /// and others are made elsewhere.
    void leaveHosts()
    {
        const auto leaves = [this](const Spare& one) {
            if (mayStay(*one.desktop))
                return false;
            if (one.verdict == Verdict::renew)
                add(RemoveDesktop { one.desktop->id });
            else if (!one.ending)
                end(*one.desktop, EndReason::hostDrained);
            return true;
        };
        m_spares.erase(std::remove_if(m_spares.begin(), m_spares.end(), leaves), m_spares.end());
    }

    void planSize()
    {
        leaveHosts();
        const bool enabled = m_view.pool.enabled;
        const std::int64_t allowed = std::max<std::int64_t>(
            0, m_target.max - taken() - m_setAside - m_resting - m_unseenAsleep);
        m_plan.inUse = m_leased;
        m_plan.wished = enabled ? wishedSpares(m_target, taken()) : 0;
        const std::int64_t wanted = enabled ? m_plan.wished + m_view.waiting : 0;
        const std::int64_t want = std::min(wanted, allowed);
        // Between the two nothing is started and nothing taken away.
        const std::int64_t keep = enabled ? std::min(std::max(wanted, m_target.keep), allowed) : 0;

        const SleepPlan sleep = resumeAsWished(want, keep, allowed);
        m_lacking = sleep.lacking;
        m_keepRunning = std::max(want, keep);
        const auto have = static_cast<std::int64_t>(m_spares.size());
        std::sort(m_spares.begin(), m_spares.end(),
            [this](const Spare& a, const Spare& b) { return worthOf(a) < worthOf(b); });
        std::vector<Spare> kept;
        for (std::size_t i = 0; i < m_spares.size(); ++i) {
            // Nothing begins anew that hosts which are not seen have already; what there is stays,
            // because nobody knows whether they still have it.
            const auto rank = static_cast<std::int64_t>(i) + (m_spares[i].ending ? m_unseen : 0);
            if (rank < sleep.wake || (rank < sleep.keepAwake && isUnderWay(m_spares[i])))
                kept.push_back(m_spares[i]);
            else
                shrink(m_spares[i]);
        }
        m_spares = std::move(kept);
        m_spares.insert(m_spares.end(), m_asleep.begin(), m_asleep.end());
        renewImages();
        for (const Spare& spare : m_spares) {
            const Desktop& desktop = *spare.desktop;
            if (spare.verdict == Verdict::renew)
                add(BeginIncarnation {
                    desktop.id, Incarnation(desktop.incarnation.number.value() + 1), nextImage() });
        }

        const std::int64_t missing = std::max<std::int64_t>(0, sleep.wake - have - m_unseen);
        std::string noPlace;
        if (m_holder == nullptr && missing > 0) {
            const std::int64_t added = std::min(missing, m_view.addressesLeft);
            Placement placement(m_view.pool, m_view.kind, m_view.hosts, countsByHost());
            for (std::int64_t i = 0; i < added && noPlace.empty(); ++i) {
                if (const auto host = placement.next())
                    add(AddDesktop { nextImage(), *host });
                else
                    noPlace = placement.why();
            }
        }
        m_plan.message = sizeMessage(allowed, missing);
        if (m_plan.message.empty())
            m_plan.message = noPlace;
    }

    /// Those that sleep leave the spares: what is wanted of them is resumed and comes back, what
    /// is too much is ended, the rest stays as it is.
    SleepPlan resumeAsWished(std::int64_t want, std::int64_t keep, std::int64_t allowed)
    {
        const bool enabled = m_view.pool.enabled && m_view.kind == ImageKind::qemu;
        m_plan.wishedSuspended = enabled ? wishedSuspended(m_target, taken()) : 0;
        SleepWishes wishes;
        wishes.running = want;
        wishes.keepRunning = keep;
        // What is not seen is neither resumed nor replaced.
        wishes.asleep = std::max<std::int64_t>(
            0, std::min(m_plan.wishedSuspended - m_unseenAsleep, allowed - want));
        wishes.keepAsleep = enabled ? std::min(m_target.keepSuspended, allowed - want) : 0;
        wishes.soon = m_unseen;
        std::vector<Spare> awake;
        for (Spare& spare : m_spares) {
            const IncarnationFacts& facts = spare.desktop->incarnation;
            spare.isBack = spare.verdict == Verdict::resume;
            const bool sleeps = !spare.ending && !spare.isBack && isAsleep(facts);
            (sleeps ? m_asleep : awake).push_back(spare);
            wishes.soon += !spare.ending && (spare.isBack || facts.readyAt) ? 1 : 0;
        }
        m_spares = std::move(awake);
        std::sort(m_asleep.begin(), m_asleep.end(),
            [this](const Spare& a, const Spare& b) { return worthOf(a) < worthOf(b); });
        const bool maySave = m_view.suspendProblem.empty();
        const std::int64_t sleeping = std::ssize(m_asleep);
        const Resumed resumed = resumeSome(resumesWished(wishes, sleeping), maySave);
        const SleepPlan plan = sleepPlanOf(wishes, sleeping, resumed, maySave);
        while (std::ssize(m_asleep) > plan.staysAsleep) {
            end(*m_asleep.back().desktop, EndReason::poolShrunk);
            m_asleep.pop_back();
        }
        return plan;
    }

    /// The best of them, as many as may begin at the same time and find memory. One that cannot be
    /// saved goes on running in any case.
    Resumed resumeSome(std::int64_t wanted, bool maySave)
    {
        SleepRoom room(m_view.pool, m_view.hosts);
        Resumed resumed;
        std::vector<Spare> others;
        for (Spare& spare : m_asleep) {
            const HostId& host = spare.desktop->host;
            const bool runs = spare.verdict == Verdict::suspend;
            const bool isWanted = resumed.done + resumed.paced < wanted;
            const bool hasTurn = runs || (m_waking < m_limits.startsAtOnce && roomOn(host) > 0);
            const bool hasMemory = runs || (isWanted && hasTurn && room.take(host));
            m_lacksMemory = m_lacksMemory || (isWanted && hasTurn && !hasMemory);
            if (isWanted && !hasTurn)
                ++resumed.paced;
            if (!(isWanted && hasTurn && hasMemory) && (maySave || !runs)) {
                others.push_back(spare);
                continue;
            }
            ++resumed.done;
            m_booting += runs ? 0 : 1; // that one is on its way is counted already
            ++m_waking;
            spare.isBack = true;
            m_spares.push_back(spare);
        }
        m_asleep = std::move(others);
        return resumed;
    }

    /// What each that sleeps or wakes needs now. Before the starts: a resume is quicker.
    void planWaking()
    {
        for (const Spare& spare : m_spares) {
            const Desktop& desktop = *spare.desktop;
            const Incarnation number = desktop.incarnation.number;
            if (spare.ending)
                continue;
            if (spare.isBack && desktop.incarnation.resumingAt)
                add(ResumeDomain { desktop.id, number });
            else if (spare.isBack)
                add(BeginResuming { desktop.id, number });
            else if (spare.verdict == Verdict::suspend || spare.verdict == Verdict::finishSuspend)
                add(SuspendDomain { desktop.id, number });
        }
    }

    /// What runs beyond the wishes is saved, when nobody waits.
    void planSaving()
    {
        if (m_view.waiting > 0 || m_holder != nullptr || !m_view.suspendProblem.empty())
            return;
        std::int64_t surplus = -m_keepRunning;
        for (const Spare& spare : m_spares)
            surplus += !spare.ending && spare.desktop->incarnation.readyAt ? 1 : 0;
        // The newest: what has been ready for longest is given out first.
        for (auto spare = m_spares.rbegin(); spare != m_spares.rend(); ++spare) {
            const Desktop& desktop = *spare->desktop;
            const bool isDue = surplus > 0 && m_lacking > 0 && m_booting < m_limits.startsAtOnce
                && roomOn(desktop.host) > 0;
            if (!isDue || spare->ending || isOutdated(desktop)
                || !maySleep(desktop.incarnation, m_now, m_limits))
                continue;
            --surplus;
            --m_lacking;
            ++m_booting;
            add(BeginSuspending { desktop.id, desktop.incarnation.number });
        }
    }

    /// Nobody else can get these.
    std::int64_t taken() const { return m_leased + m_keptForOwners; }

    std::map<HostId, std::int64_t> countsByHost() const
    {
        std::map<HostId, std::int64_t> counts;
        for (const DesktopRow& row : m_view.desktops)
            ++counts[row.desktop.host];
        return counts;
    }

    /// It runs already, so that keeping it costs no start.
    static bool isUnderWay(const Spare& spare)
    {
        return !spare.ending && spare.verdict != Verdict::start;
    }

    void shrink(const Spare& spare)
    {
        if (spare.verdict == Verdict::renew)
            add(RemoveDesktop { spare.desktop->id });
        else if (!spare.ending)
            end(*spare.desktop, EndReason::poolShrunk);
    }

    /// Outdated desktops that are of use are replaced a few at a time, and none while the pool is
    /// held: an image that does not boot must not take away the desktops that work.
    void renewImages()
    {
        std::int64_t atOnce = std::max<std::int64_t>(1, m_limits.startsAtOnce);
        for (const Spare& spare : m_spares) {
            const IncarnationFacts& facts = spare.desktop->incarnation;
            const bool sleeps = !spare.isBack && isAsleep(facts);
            if (spare.ending || (!facts.readyAt && !sleeps && !isOutdated(*spare.desktop)))
                --atOnce; // on its way to being a desktop with the present image
        }
        // Those that leave take their places among the new ones first.
        std::int64_t room = m_room
            - std::count_if(
                m_spares.begin(), m_spares.end(), [](const Spare& spare) { return spare.ending; });
        const auto isReplaced = [&](const Spare& spare) {
            if (spare.ending || !isOutdated(*spare.desktop))
                return false;
            if (spare.desktop->incarnation.readyAt) {
                if (m_holder != nullptr || atOnce <= 0 || isStopped())
                    return false;
                if (!isLimited() || room > 0)
                    --atOnce;
            }
            if (isLimited() && --room < 0)
                return false;
            end(*spare.desktop, EndReason::imageChanged);
            return true;
        };
        // What is of no use yet goes first where not all may go.
        if (isLimited())
            std::stable_partition(m_spares.begin(), m_spares.end(),
                [](const Spare& spare) { return !spare.desktop->incarnation.readyAt; });
        m_spares.erase(
            std::remove_if(m_spares.begin(), m_spares.end(), isReplaced), m_spares.end());
        forceOut(room);
    }

    /// Only these lose their desktops to a rollout, and only after they were warned.
    void forceOut(std::int64_t room)
    {
        const auto deadline = m_rollout ? deadlineOf(*m_rollout) : std::nullopt;
        if (!deadline || m_now < *deadline || m_holder != nullptr)
            return;
        for (const DesktopRow& row : m_view.desktops) {
            if (placeOf(*m_rollout, row) == RolloutPlace::oldInUse && --room >= 0)
                add(CloseLease { row.lease->id, CloseReason::forcedRollout });
        }
    }

    void planStarts()
    {
        std::vector<const Desktop*> due;
        m_starting.insert(m_starting.end(), m_spares.begin(), m_spares.end());
        for (const Spare& spare : m_starting) {
            const Desktop& desktop = *spare.desktop;
            if (spare.verdict == Verdict::finishStart) {
                add(StartDomain { desktop.id, desktop.incarnation.number });
                ++m_booting;
            } else if (spare.verdict == Verdict::start && mayStart(desktop, m_now, m_limits)) {
                due.push_back(&desktop);
            }
        }
        // Those that have failed least recently first, so that one bad desktop is not the only one
        // that is ever tried.
        std::stable_sort(due.begin(), due.end(), [](const Desktop* a, const Desktop* b) {
            return a->incarnation.lastFailureAt < b->incarnation.lastFailureAt;
        });
        std::int64_t atOnce = m_limits.startsAtOnce;
        if (m_holder != nullptr)
            atOnce = mayProbe(m_seen, m_now, m_limits) ? 1 : 0;
        std::int64_t free = std::max<std::int64_t>(0, atOnce - m_booting);
        std::int64_t begun = 0;
        std::map<HostId, std::int64_t> freeOn;
        for (const Desktop* desktop : due) {
            const HostId& host = desktop->host;
            const auto [room, isNew] = freeOn.emplace(host, 0);
            if (isNew)
                room->second = roomOn(host);
            if (free <= 0 || room->second <= 0)
                continue;
            --free;
            --room->second;
            ++begun;
            add(StartDomain { desktop->id, desktop->incarnation.number });
        }
        m_booting += begun;
    }

    /// How many more may boot on a host beside what boots there for any pool.
    std::int64_t roomOn(const HostId& host) const
    {
        const auto elsewhere = m_view.bootingElsewhere.find(host);
        return std::max(m_limits.startsPerHost, m_limits.startsAtOnce) - m_booting
            - (elsewhere == m_view.bootingElsewhere.end() ? 0 : elsewhere->second);
    }

    std::string sizeMessage(std::int64_t allowed, std::int64_t missing) const
    {
        if (!m_view.pool.enabled)
            return "disabled: no desktops are prepared";
        if (allowed == 0) {
            if (m_target.max == 0)
                return "at its maximum: no desktops are allowed";
            if (m_setAside + m_resting + m_keptForOwners > 0)
                return "at its maximum: " + std::to_string(m_leased) + " in use, "
                    + (m_keptForOwners > 0
                            ? std::to_string(m_keptForOwners) + " kept for their users, "
                            : "")
                    + (m_setAside > 0 ? std::to_string(m_setAside) + " set aside, " : "")
                    + (m_resting > 0 ? std::to_string(m_resting) + " resting, " : "")
                    + std::to_string(m_target.max) + " allowed";
            if (m_leased == 1)
                return "at its maximum: its one desktop is in use";
            return "at its maximum: all " + std::to_string(m_leased) + " desktops are in use";
        }
        if (missing > m_view.addressesLeft)
            return "no free address is left on its network";
        return {};
    }

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
    Plan m_plan;
    std::vector<Spare> m_spares;
    std::vector<Spare> m_starting; ///< in the end those of the spares too
    std::vector<Spare> m_asleep; ///< that stay so
    std::int64_t m_leased = 0;
    std::int64_t m_keptForOwners = 0; ///< who are not using them now
    std::int64_t m_setAside = 0;
    std::int64_t m_resting = 0; ///< logged off, and left alone for a while
    std::int64_t m_booting = 0;
    std::int64_t m_waking = 0; ///< of those: resumed
    std::int64_t m_unseen = 0; ///< spares on hosts that are not seen
    std::int64_t m_unseenAsleep = 0; ///< the same of those on the disk
    bool m_lacksMemory = false; ///< to resume one that is wanted
    std::int64_t m_lacking = 0; ///< more that could be saved to the disk
    std::int64_t m_keepRunning = 0; ///< spares that are not
};

}

Plan reconcile(const PoolView& view, WallTime now, const Limits& limits)
{
    // R7: unreachable is not free, and nothing can be started either.
    if (!view.domains) {
        return { {},
            "no virtualisation host can be reached; desktops in use go on, new ones must wait" };
    }
    return Planner(view, now, limits).make(*view.domains);
}

}
