// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/domain/status.h"
#include "broker/pool/adopt.h"
#include "tests/broker/pool/poolrows.h"

#include <QTest>
#include <algorithm>

using namespace wardesk::broker;
using namespace std::chrono_literals;
using test::at;
using test::described;
using test::row;

namespace {

const UserId ana { "user-ana" };
const UserId ben { "user-ben" };

/// A life that the restored database has not heard of, on a disk that is somebody's.
ObservedDomain laterLife(const DesktopRow& row, const UserId& owner)
{
    ObservedDomain domain = described(row);
    domain.incarnation = Incarnation(5);
    domain.uuid = DomainUuid("uuid-" + row.desktop.name + "-5");
    domain.keptDisk = DomainUuid("disk-" + row.desktop.name);
    domain.owner = owner;
    return domain;
}

AgentWord inUseBy(const UserId& user, const ObservedDomain& domain)
{
    return { .desktop = domain.desktop,
        .incarnation = domain.incarnation,
        .epoch = Epoch(60),
        .isReady = true,
        .certificateSha256 = "c0ffee",
        .session = SessionSeen::connected,
        .lease = LeaseId("lease-" + domain.desktop.value()),
        .user = user };
}

DesktopRow ownedBy(const UserId& user, DesktopRow one)
{
    one.desktop.owner = user;
    one.desktop.incarnation.disk = DomainUuid("disk-" + one.desktop.name);
    return one;
}

AdoptionView restored(std::vector<DesktopRow> rows, std::vector<ObservedDomain> domains,
    std::vector<AgentWord> said = {}, PoolKind kind = PoolKind::dedicated)
{
    AdoptionView view;
    view.pools = { test::ward(1, 9) };
    view.pools.front().kind = kind;
    view.users = { ana, ben };
    view.images = { ImageId("image") };
    view.database = Epoch(70);
    view.desktops = std::move(rows);
    view.domains = std::move(domains);
    view.words = std::move(said);
    return view;
}

/// The last step of a desktop: what becomes of it.
AdoptionStep outcomeOf(const AdoptionView& view, const std::string& desktop)
{
    const AdoptionPlan plan = adopt(view, at(0s));
    const auto found = std::find_if(plan.steps.rbegin(), plan.steps.rend(),
        [&](const AdoptionStep& step) { return step.desktop == DesktopId(desktop); });
    return found == plan.steps.rend() ? AdoptionStep {} : *found;
}

}

/// R11 for desktops of a dedicated pool: whose a disk is stands where the disk is, and what nobody
/// can say is not wiped.
class TstAdoptKept : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aSpareThatIsGoneMayBeSomebodys_data();
    void aSpareThatIsGoneMayBeSomebodys();
    void aSpareOfAFloatingPoolIsNobodys();
    void whatWasOverHasLeftNoDisk();
    void anOwnersDesktopIsStartedAgain();
    void aLaterLifeSaysWhoseItIs_data();
    void aLaterLifeSaysWhoseItIs();
    void whoeverIsInItHasIt();
    void nobodyHasTwo();
    void anotherUserInItIsAContradiction();
};

void TstAdoptKept::aSpareThatIsGoneMayBeSomebodys_data()
{
    QTest::addColumn<IncarnationPhase>("phase");
    QTest::addColumn<bool>("isOff");
    QTest::newRow("being made, missing") << IncarnationPhase::intended << false;
    QTest::newRow("started, missing") << IncarnationPhase::started << false;
    QTest::newRow("ready, missing") << IncarnationPhase::ready << false;
    QTest::newRow("ready, off") << IncarnationPhase::ready << true;
}

void TstAdoptKept::aSpareThatIsGoneMayBeSomebodys()
{
    QFETCH(const IncarnationPhase, phase);
    QFETCH(const bool, isOff);
    const DesktopRow spare = row("a", phase);
    AdoptionView view = restored({ spare }, {});
    if (isOff) {
        view.domains = { described(spare) };
        view.domains.front().state = DomainState::shutOff;
    }
    const AdoptionStep step = outcomeOf(view, "a");
    QCOMPARE(step.verdict, AdoptionVerdict::quarantine);
    QVERIFY(step.row.desktop.quarantinedAt);
    QVERIFY(!step.row.desktop.incarnation.endedAt);
    QVERIFY(maySomebodyMiss(step.row.desktop)); // and so it is not released in passing
}

void TstAdoptKept::aSpareOfAFloatingPoolIsNobodys()
{
    const AdoptionStep step = outcomeOf(
        restored({ row("a", IncarnationPhase::ready) }, {}, {}, PoolKind::floating), "a");
    QCOMPARE(step.verdict, AdoptionVerdict::retire);
    QVERIFY(!step.row.desktop.quarantinedAt);
}

void TstAdoptKept::whatWasOverHasLeftNoDisk()
{
    const AdoptionStep step = outcomeOf(restored({ row("a", IncarnationPhase::ending) }, {}), "a");
    QCOMPARE(step.verdict, AdoptionVerdict::retire);
    QVERIFY(!step.row.desktop.quarantinedAt);
}

void TstAdoptKept::anOwnersDesktopIsStartedAgain()
{
    const AdoptionStep step
        = outcomeOf(restored({ ownedBy(ana, row("a", IncarnationPhase::ready)) }, {}), "a");
    QCOMPARE(step.verdict, AdoptionVerdict::lose);
    QCOMPARE(step.row.desktop.owner, ana);
    QCOMPARE(step.row.desktop.incarnation.disk, DomainUuid("disk-a"));
    QVERIFY(!step.row.desktop.quarantinedAt);
}

void TstAdoptKept::aLaterLifeSaysWhoseItIs_data()
{
    QTest::addColumn<bool>("runs");
    QTest::addColumn<QString>("before");
    QTest::addColumn<QString>("since");
    for (const bool runs : { true, false }) {
        const char* const seen = runs ? "runs" : "off";
        QTest::addRow("nobody's became ana's, %s", seen) << runs << ""
                                                         << "user-ana";
        QTest::addRow("ana's became ben's, %s", seen) << runs << "user-ana"
                                                      << "user-ben";
    }
}

void TstAdoptKept::aLaterLifeSaysWhoseItIs()
{
    QFETCH(const bool, runs);
    QFETCH(const QString, before);
    QFETCH(const QString, since);
    DesktopRow known = row("a", IncarnationPhase::ready);
    if (!before.isEmpty())
        known = ownedBy(UserId(before.toStdString()), known);
    ObservedDomain later = laterLife(known, UserId(since.toStdString()));
    if (!runs)
        later.state = DomainState::shutOff;
    AdoptionView view = restored({ known }, { later });
    view.late = true; // no agent will speak
    const AdoptionStep step = outcomeOf(view, "a");
    QCOMPARE(step.row.desktop.owner, UserId(since.toStdString()));
    QCOMPARE(step.row.desktop.incarnation.disk, DomainUuid("disk-a"));
}

void TstAdoptKept::whoeverIsInItHasIt()
{
    const DesktopRow spare = row("a", IncarnationPhase::ready);
    const AdoptionStep step = outcomeOf(
        restored({ spare }, { described(spare) }, { inUseBy(ana, described(spare)) }), "a");
    QCOMPARE(step.verdict, AdoptionVerdict::remake);
    QCOMPARE(step.row.desktop.owner, ana);
    QCOMPARE(step.row.lease->user, ana);
}

void TstAdoptKept::nobodyHasTwo()
{
    const DesktopRow first = ownedBy(ana, row("a", IncarnationPhase::ready));
    const DesktopRow second = row("b", IncarnationPhase::ready);
    const AdoptionStep step = outcomeOf(
        restored({ first, second }, { described(second) }, { inUseBy(ana, described(second)) }),
        "b");
    QCOMPARE(step.verdict, AdoptionVerdict::quarantine);
    QVERIFY(step.row.desktop.owner.isEmpty());
}

void TstAdoptKept::anotherUserInItIsAContradiction()
{
    const DesktopRow known = ownedBy(ana, row("a", IncarnationPhase::ready));
    const AdoptionStep step = outcomeOf(
        restored({ known }, { described(known) }, { inUseBy(ben, described(known)) }), "a");
    QCOMPARE(step.verdict, AdoptionVerdict::quarantine);
    QVERIFY(maySomebodyMiss(step.row.desktop));
}

QTEST_APPLESS_MAIN(TstAdoptKept)
#include "tst_adoptkept.moc"
