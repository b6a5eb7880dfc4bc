// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/domain/seats.h"
#include "broker/pool/seating.h"
#include "tests/broker/pool/poolrows.h"

#include <QTest>
#include <algorithm>
#include <rapidcheck.h>

using namespace wardesk;
using namespace wardesk::broker;
using namespace std::chrono_literals;
using test::at;
using test::domainOf;
using test::ward;

namespace {

/// Its first session becomes one of an account, and others come.
void shareAmongSome(DesktopRow& row, std::int64_t accounts)
{
    if (!row.lease)
        return;
    Lease lease = *std::exchange(row.lease, std::nullopt);
    const int sessions = *rc::gen::inRange(1, static_cast<int>(accounts) + 1);
    for (int seat = 1; seat <= sessions; ++seat) {
        lease.id = LeaseId("lease-" + row.desktop.name + '-' + std::to_string(seat));
        lease.seat = seat;
        addLease(row, lease);
        const auto phase = static_cast<LeasePhase>(*rc::gen::inRange(1, 4));
        lease = *test::row(row.desktop.name, IncarnationPhase::ready, phase).lease;
        lease.incarnation = row.desktop.incarnation.number;
    }
}

/// A pool with any rows, of any phases, and any domains for them.
PoolView anyView()
{
    PoolView view;
    view.pool = ward(*rc::gen::inRange<std::int64_t>(0, 6), *rc::gen::inRange<std::int64_t>(0, 8));
    view.pool.enabled = *rc::gen::weightedElement<bool>({ { 4, true }, { 1, false } });
    view.waiting = *rc::gen::inRange<std::int64_t>(0, 4);
    view.kind = *rc::gen::element(ImageKind::lxc, ImageKind::qemu);
    view.pool.suspended = *rc::gen::inRange<std::int64_t>(0, 4);
    view.addressesLeft = *rc::gen::inRange<std::int64_t>(0, 9);
    if (*rc::gen::inRange(0, 3) == 0) {
        view.pool.kind = PoolKind::shared;
        view.pool.seats = *rc::gen::inRange<std::int64_t>(2, 5);
        view.pool.max *= *rc::gen::inRange<std::int64_t>(1, 5);
    }
    if (*rc::gen::inRange(0, 2) == 0) {
        PoolTarget target = targetOf(view.pool, {}, 0);
        target.sparePercent = *rc::gen::element<std::int64_t>(0, 30, 200);
        target.min = *rc::gen::inRange<std::int64_t>(0, 8);
        target.max = *rc::gen::inRange<std::int64_t>(0, view.pool.max + 1);
        target.forecast = *rc::gen::inRange<std::int64_t>(0, 8);
        target.keep = *rc::gen::inRange<std::int64_t>(0, 8);
        target.suspendedPercent = *rc::gen::element<std::int64_t>(0, 50);
        target.keepSuspended = *rc::gen::inRange<std::int64_t>(0, 4);
        view.target = target;
        view.bootingElsewhere[HostId()] = *rc::gen::inRange<std::int64_t>(0, 12);
    }
    view.domains.emplace();
    const int rows = *rc::gen::inRange(0, 9);
    for (int i = 0; i < rows; ++i) {
        const auto phase = static_cast<IncarnationPhase>(*rc::gen::inRange(0, 8));
        const auto lease = static_cast<LeasePhase>(*rc::gen::inRange(0, 4));
        DesktopRow row = test::row("d" + std::to_string(i), phase, lease,
            at(std::chrono::seconds(*rc::gen::inRange(0, 300))));
        IncarnationFacts& facts = row.desktop.incarnation;
        if (*rc::gen::inRange(0, 5) == 0)
            facts.image = ImageId("old");
        if (*rc::gen::inRange(0, 8) == 0)
            row.desktop.quarantinedAt = at({});
        if (*rc::gen::inRange(0, 4) == 0 && !facts.readyAt) {
            facts.startAttempts = *rc::gen::inRange<std::int64_t>(1, 6);
            facts.lastFailureAt = at(std::chrono::seconds(*rc::gen::inRange(0, 300)));
        }
        if (isShared(view.pool)) {
            shareAmongSome(row, seatsOf(view.pool));
            if (*rc::gen::inRange(0, 4) == 0 && openSeats(row) > 0)
                facts.drainingAt = at({});
        }
        const int seen = *rc::gen::inRange(0, 5);
        if (seen < 2)
            view.domains->push_back(domainOf(row));
        else if (seen == 2)
            view.domains->push_back(domainOf(row, DomainState::shutOff));
        else if (seen == 3)
            view.domains->push_back(domainOf(row, DomainState::suspended));
        view.desktops.push_back(std::move(row));
    }
    return view;
}

/// A host on which everything works, and a store that does as it is told.
class World
{
public:
    World(PoolView view, WallTime now)
        : m_view(std::move(view))
        , m_now(now)
    {
    }

    [[nodiscard]] const PoolView& view() const { return m_view; }
    [[nodiscard]] WallTime now() const { return m_now; }
    void wait(std::chrono::minutes time) { m_now += time; }

    void apply(const Plan& plan)
    {
        for (const Action& action : plan.actions)
            std::visit([this](const auto& one) { act(one); }, action);
    }

    /// Whatever has started becomes ready.
    void settle()
    {
        for (DesktopRow& row : m_view.desktops) {
            IncarnationFacts& facts = row.desktop.incarnation;
            if (facts.startedAt && !facts.readyAt && !facts.endingAt
                && (!facts.suspendingAt || facts.resumingAt)) {
                facts.suspendingAt.reset();
                facts.suspendedAt.reset();
                facts.readyAt = m_now;
                facts.startAttempts = 0;
                facts.lastFailureAt.reset();
            }
        }
    }

private:
    DesktopRow& rowOf(const DesktopId& id)
    {
        const auto found = std::find_if(m_view.desktops.begin(), m_view.desktops.end(),
            [&id](const DesktopRow& row) { return row.desktop.id == id; });
        RC_ASSERT(found != m_view.desktops.end());
        return *found;
    }
    void forget(const DomainUuid& uuid)
    {
        std::erase_if(
            *m_view.domains, [&uuid](const ObservedDomain& domain) { return domain.uuid == uuid; });
    }

    void act(const ChangeRollout&) { } // no view of these has one
    void act(const AddDesktop&)
    {
        RC_ASSERT(m_view.addressesLeft > 0);
        --m_view.addressesLeft;
        m_view.desktops.push_back(test::row(
            "new" + std::to_string(m_next++), IncarnationPhase::intended, LeasePhase::none, m_now));
    }
    void act(const BeginIncarnation& action)
    {
        DesktopRow& row = rowOf(action.desktop);
        const IncarnationFacts last = row.desktop.incarnation;
        RC_ASSERT(last.endedAt.has_value());
        RC_ASSERT(action.number.value() == last.number.value() + 1);
        row.desktop.incarnation = {};
        row.desktop.incarnation.number = action.number;
        row.desktop.incarnation.domain = DomainUuid("next-" + std::to_string(m_next++));
        row.desktop.incarnation.image = m_view.pool.image;
        row.desktop.incarnation.createdAt = m_now;
        row.desktop.incarnation.startAttempts = last.startAttempts;
        row.desktop.incarnation.lastFailureAt = last.lastFailureAt;
        row.lease.reset();
        row.others.clear();
    }
    void act(const StartDomain& action)
    {
        DesktopRow& row = rowOf(action.desktop);
        RC_ASSERT(action.incarnation == row.desktop.incarnation.number);
        RC_ASSERT(!row.lease.has_value());
        row.desktop.incarnation.startedAt = m_now;
        forget(row.desktop.incarnation.domain);
        m_view.domains->push_back(domainOf(row));
    }
    void show(const DesktopRow& row, DomainState state)
    {
        forget(row.desktop.incarnation.domain);
        m_view.domains->push_back(domainOf(row, state));
    }
    void act(const BeginSuspending& action)
    {
        DesktopRow& row = rowOf(action.desktop);
        RC_ASSERT(!row.lease && row.desktop.owner.isEmpty() && !row.desktop.quarantinedAt);
        RC_ASSERT(!row.desktop.incarnation.drainingAt);
        RC_ASSERT(row.desktop.incarnation.readyAt.has_value());
        row.desktop.incarnation.readyAt.reset();
        row.desktop.incarnation.resumingAt.reset();
        row.desktop.incarnation.suspendingAt = m_now;
        act(SuspendDomain { action.desktop, action.incarnation }); // a round goes on with it
    }
    void act(const SuspendDomain& action)
    {
        DesktopRow& row = rowOf(action.desktop);
        RC_ASSERT(row.desktop.incarnation.suspendingAt && !row.desktop.incarnation.resumingAt);
        row.desktop.incarnation.suspendedAt = m_now;
        show(row, DomainState::suspended);
    }
    void act(const BeginResuming& action)
    {
        DesktopRow& row = rowOf(action.desktop);
        RC_ASSERT(row.desktop.incarnation.suspendingAt && !row.desktop.incarnation.resumingAt);
        row.desktop.incarnation.resumingAt = m_now;
    }
    void act(const ResumeDomain& action)
    {
        RC_ASSERT(rowOf(action.desktop).desktop.incarnation.resumingAt.has_value());
        show(rowOf(action.desktop), DomainState::running);
    }
    void act(const DrainDesktop& action)
    {
        const DesktopRow& row = rowOf(action.desktop);
        // The same plan may have given the last lease back.
        RC_ASSERT(isShared(m_view.pool) && row.lease.has_value());
        RC_ASSERT(!row.desktop.incarnation.suspendingAt);
        rowOf(action.desktop).desktop.incarnation.drainingAt = m_now;
    }
    void act(const BeginEnding& action)
    {
        DesktopRow& row = rowOf(action.desktop);
        // R7, and what the store demands: nobody holds it.
        RC_ASSERT(openSeats(row) == 0);
        RC_ASSERT(!row.desktop.incarnation.endingAt.has_value());
        row.desktop.incarnation.endingAt = m_now;
        if (action.reason == EndReason::failedToStart) {
            ++row.desktop.incarnation.startAttempts;
            row.desktop.incarnation.lastFailureAt = m_now;
        }
    }
    void act(const DestroyDomain& action)
    {
        RC_ASSERT(rowOf(action.desktop).desktop.incarnation.endingAt.has_value());
        forget(action.uuid);
        rowOf(action.desktop).desktop.incarnation.endedAt = m_now;
    }
    void act(const RecordEnded& action)
    {
        rowOf(action.desktop).desktop.incarnation.endedAt = m_now;
    }
    void act(const RemoveDesktop& action)
    {
        RC_ASSERT(rowOf(action.desktop).desktop.incarnation.endedAt.has_value());
        std::erase_if(m_view.desktops,
            [&action](const DesktopRow& row) { return row.desktop.id == action.desktop; });
        ++m_view.addressesLeft;
    }
    void act(const QuarantineDesktop& action)
    {
        RC_ASSERT(!action.reason.empty());
        RC_ASSERT(!rowOf(action.desktop).desktop.quarantinedAt.has_value());
        rowOf(action.desktop).desktop.quarantinedAt = m_now;
    }
    void act(const CloseLease& action)
    {
        for (DesktopRow& row : m_view.desktops) {
            std::vector<Lease> leases;
            for (const Lease* lease : leasesOf(row))
                leases.push_back(*lease);
            row.lease.reset();
            row.others.clear();
            for (Lease& lease : leases) {
                if (lease.id == action.lease) {
                    lease.closedAt = m_now;
                    lease.closeReason = action.reason;
                }
                addLease(row, std::move(lease));
            }
        }
    }
    void act(const DestroyStray& action) { forget(action.uuid); }
    void act(const ReportUnknown&) { }
    void act(const LogOffSession&) { } // its agent has the last word

    PoolView m_view;
    WallTime m_now;
    int m_next = 0;
};

std::int64_t count(const PoolView& view, bool (*condition)(const DesktopRow&))
{
    return std::count_if(view.desktops.begin(), view.desktops.end(), condition);
}

bool isOpen(const DesktopRow& row)
{
    return openSeats(row) > 0;
}

const Lease* leaseOf(const DesktopRow& row, const LeaseId& id)
{
    for (const Lease* lease : leasesOf(row)) {
        if (lease->id == id)
            return lease;
    }
    return nullptr;
}

/// Sessions that a desktop has or may come to have.
std::int64_t sizeOf(const Pool& pool, const DesktopRow& row)
{
    return isOpen(row) && !row.desktop.quarantinedAt ? openSeats(row) + roomIn(pool, row)
                                                     : seatsOf(pool);
}

}

/// What holds for any pool on any host.
class TstReconcileProperties : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void leasesEndOnEvidenceOnly_R6_R7();
    void thePoolNeverGrowsAboveMax();
    void itComesToRestAtTheRightSize();
    void theSameViewGivesTheSamePlan();
};

void TstReconcileProperties::leasesEndOnEvidenceOnly_R6_R7()
{
    QVERIFY(rc::check("a lease is closed only when its domain does not run, or nobody came", [] {
        const PoolView view = anyView();
        const WallTime now = at(std::chrono::seconds(*rc::gen::inRange(0, 2000)));
        for (const CloseLease& close : test::allOf<CloseLease>(reconcile(view, now, {}))) {
            const auto row = std::find_if(view.desktops.begin(), view.desktops.end(),
                [&close](const DesktopRow& one) { return leaseOf(one, close.lease) != nullptr; });
            RC_ASSERT(row != view.desktops.end());
            const Lease* lease = leaseOf(*row, close.lease);
            const bool runs = std::any_of(
                view.domains->begin(), view.domains->end(), [&row](const ObservedDomain& domain) {
                    return domain.uuid == row->desktop.incarnation.domain
                        && (domain.state == DomainState::running
                            || domain.state == DomainState::suspended);
                });
            const bool nobodyCame = !lease->firstConnectedAt && now - lease->grantedAt >= 5min;
            RC_ASSERT(!runs || nobodyCame);
        }
    }));
}

void TstReconcileProperties::thePoolNeverGrowsAboveMax()
{
    QVERIFY(rc::check("no plan adds a desktop beyond max", [] {
        const PoolView view = anyView();
        const Plan plan = reconcile(view, at(310s), {});
        const auto added = static_cast<std::int64_t>(test::allOf<AddDesktop>(plan).size());
        std::int64_t have = 0;
        for (const DesktopRow& row : view.desktops)
            have += sizeOf(view.pool, row);
        RC_ASSERT(added == 0 || have + added * seatsOf(view.pool) <= view.pool.max);
        RC_ASSERT(added <= view.addressesLeft);
        // What runs already is only completed; what does not boots a few at a time.
        std::int64_t boots = 0;
        for (const StartDomain& start : test::allOf<StartDomain>(plan)) {
            const bool runs = std::any_of(
                view.domains->begin(), view.domains->end(), [&start](const ObservedDomain& domain) {
                    return domain.desktop == start.desktop && domain.state == DomainState::running;
                });
            boots += runs ? 0 : 1;
        }
        boots += static_cast<std::int64_t>(test::allOf<BeginSuspending>(plan).size());
        RC_ASSERT(boots <= Limits {}.startsAtOnce);
        const auto elsewhere = view.bootingElsewhere.find(HostId());
        if (boots > 0 && elsewhere != view.bootingElsewhere.end())
            RC_ASSERT(boots + elsewhere->second <= Limits {}.startsPerHost);
    }));
}

void TstReconcileProperties::itComesToRestAtTheRightSize()
{
    QVERIFY(rc::check("on a host that works the plan ends up empty, with the wanted spares", [] {
        PoolView view = anyView();
        view.addressesLeft = 100;
        view.bootingElsewhere.clear();
        // Every round later than the longest pause and time-out: nothing waits for time alone.
        World world(view, at(1h));
        Plan plan;
        for (int round = 0; round < 60; ++round) {
            plan = reconcile(world.view(), world.now(), {});
            if (plan.actions.empty())
                break;
            world.apply(plan);
            world.settle();
            world.wait(10min);
        }
        RC_ASSERT(plan.actions.empty());
        const PoolView& rest = world.view();
        const std::int64_t aside = count(
            rest, [](const DesktopRow& row) { return row.desktop.quarantinedAt.has_value(); });
        const std::int64_t entered = count(
            rest, [](const DesktopRow& row) { return !row.desktop.quarantinedAt && isOpen(row); });
        // In all that follows desktops are counted, in a shared pool for so many sessions each.
        const std::int64_t seats = seatsOf(rest.pool);
        std::int64_t leased = 0;
        std::int64_t room = 0; // in those that somebody is in
        std::int64_t newRoom = 0; // and that have the pool's version
        for (const DesktopRow& row : rest.desktops) {
            if (row.desktop.quarantinedAt || !isOpen(row))
                continue;
            leased += openSeats(row);
            room += roomIn(rest.pool, row); // also while it is not ready
            newRoom
                += row.desktop.incarnation.image == rest.pool.image ? freeSeats(rest.pool, row) : 0;
        }
        const std::int64_t ready = count(rest, [](const DesktopRow& row) {
            return !row.desktop.quarantinedAt && !row.lease
                && phaseOf(row.desktop.incarnation) == IncarnationPhase::ready;
        });
        const std::int64_t asleep = count(rest, [](const DesktopRow& row) {
            return !row.desktop.quarantinedAt && !row.lease
                && phaseOf(row.desktop.incarnation) == IncarnationPhase::suspended;
        });
        const PoolTarget target = rest.target.value_or(targetOf(rest.pool, {}, 0));
        const std::int64_t allowed
            = std::max<std::int64_t>(0, target.max - leased - room - aside * seats) / seats;
        const std::int64_t wished = rest.pool.enabled
            ? desktopsFor(wishedSpares(target, leased) + rest.waiting - newRoom, seats)
            : 0;
        const std::int64_t kept
            = rest.pool.enabled ? std::max(wished, desktopsFor(target.keep - newRoom, seats)) : 0;
        RC_ASSERT(ready >= std::min(wished, allowed));
        const bool maySleep = rest.pool.enabled && rest.kind == ImageKind::qemu;
        const std::int64_t sleepers
            = maySleep ? desktopsFor(wishedSuspended(target, leased), seats) : 0;
        // While somebody waits nothing is saved.
        const std::int64_t unsaved = rest.waiting > 0 || kept > wished ? sleepers : 0;
        RC_ASSERT(ready <= std::min(kept + unsaved, allowed));
        const std::int64_t keptAsleep = maySleep
            ? std::max(sleepers, desktopsFor(target.keepSuspended, seats))
            : std::int64_t(0);
        RC_ASSERT(asleep <= keptAsleep);
        RC_ASSERT(asleep + ready >= std::min(wished + sleepers, allowed));
        RC_ASSERT(
            static_cast<std::int64_t>(rest.desktops.size()) == ready + entered + aside + asleep);
        for (const DesktopRow& row : rest.desktops) {
            RC_ASSERT(row.desktop.quarantinedAt || isOpen(row)
                || row.desktop.incarnation.image == rest.pool.image);
        }
    }));
}

void TstReconcileProperties::theSameViewGivesTheSamePlan()
{
    QVERIFY(rc::check("the plan is a function of the view", [] {
        const PoolView view = anyView();
        RC_ASSERT(reconcile(view, at(310s), {}) == reconcile(view, at(310s), {}));
        PoolView blind = view;
        blind.domains.reset();
        RC_ASSERT(reconcile(blind, at(310s), {}).actions.empty());
    }));
}

QTEST_GUILESS_MAIN(TstReconcileProperties)
#include "tst_reconcileproperties.moc"
