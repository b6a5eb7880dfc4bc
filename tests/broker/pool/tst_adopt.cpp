// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/adopt.h"
#include "tests/broker/pool/poolrows.h"

#include <QFile>
#include <QTest>
#include <map>

using namespace wardesk::broker;
using namespace std::chrono_literals;
using test::at;
using test::described;
using test::row;
using test::ward;

namespace {

const std::map<std::string, AdoptionHost> hosts {
    { "same", AdoptionHost::same },
    { "newer", AdoptionHost::newer },
    { "unknown", AdoptionHost::unknown },
    { "off", AdoptionHost::off },
    { "missing", AdoptionHost::missing },
    { "contradictory", AdoptionHost::contradictory },
    { "foreign", AdoptionHost::foreign },
};
const std::map<std::string, AdoptionRow> databases {
    { "unleased", AdoptionRow::unleased },
    { "open", AdoptionRow::open },
    { "closed", AdoptionRow::closed },
    { "over", AdoptionRow::over },
    { "-", AdoptionRow::unleased },
};
const std::vector<std::pair<std::string, AdoptionWord>> words {
    { "silent", AdoptionWord::silent },
    { "late", AdoptionWord::late },
    { "unused", AdoptionWord::unused },
    { "held", AdoptionWord::held },
    { "used", AdoptionWord::used },
    { "ended", AdoptionWord::ended },
};
const std::map<std::string, AdoptionVerdict> verdicts {
    { "wait", AdoptionVerdict::wait },
    { "keep", AdoptionVerdict::keep },
    { "remake", AdoptionVerdict::remake },
    { "renew", AdoptionVerdict::renew },
    { "end", AdoptionVerdict::end },
    { "close", AdoptionVerdict::close },
    { "lose", AdoptionVerdict::lose },
    { "retire", AdoptionVerdict::retire },
    { "quarantine", AdoptionVerdict::quarantine },
    { "leave", AdoptionVerdict::leave },
};

ObservedDomain laterThan(const DesktopRow& row)
{
    ObservedDomain domain = described(row);
    domain.incarnation = Incarnation(5);
    domain.uuid = DomainUuid("uuid-" + row.desktop.name + "-5");
    return domain;
}

AgentWord wordFor(const ObservedDomain& domain, AdoptionWord word)
{
    AgentWord said { .desktop = domain.desktop,
        .incarnation = domain.incarnation,
        .epoch = Epoch(60),
        .isReady = true,
        .certificateSha256 = "c0ffee",
        .session = SessionSeen::prepared,
        .lease = LeaseId("lease-" + domain.desktop.value()),
        .user = UserId("user-" + domain.desktop.value()) };
    if (word == AdoptionWord::unused) {
        said.lease = {};
        said.user = {};
    }
    if (word == AdoptionWord::used)
        said.session = SessionSeen::connected;
    if (word == AdoptionWord::ended)
        said.session = SessionSeen::ended;
    return said;
}

AdoptionView viewOf(std::vector<DesktopRow> rows, std::vector<ObservedDomain> domains,
    std::vector<AgentWord> said = {})
{
    AdoptionView view;
    view.pools = { ward(1, 9) };
    view.users = { UserId("user-a"), UserId("user-b"), UserId("nurse") };
    view.images = { ImageId("image") };
    view.database = Epoch(70);
    view.desktops = std::move(rows);
    view.domains = std::move(domains);
    view.words = std::move(said);
    return view;
}

DesktopRow databaseRow(AdoptionRow database)
{
    switch (database) {
    case AdoptionRow::unleased:
        return row("a", IncarnationPhase::ready);
    case AdoptionRow::open:
        return row("a", IncarnationPhase::ready, LeasePhase::used);
    case AdoptionRow::closed:
        return row("a", IncarnationPhase::ready, LeasePhase::closed);
    case AdoptionRow::over:
        return row("a", IncarnationPhase::ending, LeasePhase::closed);
    }
    return {};
}

/// The one step that settles the desktop.
AdoptionStep settled(const AdoptionPlan& plan, const std::string& desktop)
{
    AdoptionStep found;
    int count = 0;
    for (const AdoptionStep& step : plan.steps) {
        if (step.desktop == DesktopId(desktop) && step.settles) {
            found = step;
            ++count;
        }
    }
    if (count != 1)
        qFatal("%d settling steps for %s", count, desktop.c_str());
    return found;
}

constexpr auto now = 5000s;

}

/// R11: what runs against a database that has lost something.
class TstAdopt : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyCellOfTheTable_R11_data();
    void everyCellOfTheTable_R11();
    void theTableIsComplete_R11();
    void aLeaseIsMadeAgainAsItWas();
    void aNewerIncarnationTakesThePlaceOfTheOlder();
    void anUnknownDesktopIsEntered();
    void whatMayHaveBeenPromisedIsNotPromisedAgain_R1();
    void aDesktopWithoutDomainIsTakenOutOfTheBooks_R1();
    void whatIsGoneComesFirst();
    void whatHadEndedInTheDatabaseEndsAsUsual();
    void theDatabasesLeaseIsKeptAndRefreshed();
    void aUserWhoLeftFreesTheDesktopForWiping();
    void contradictionsAreSetAside_data();
    void contradictionsAreSetAside();
    void domainsThatCannotBe_data();
    void domainsThatCannotBe();
    void oneUserHasOneDesktop_R2();
    void aUsersOtherDesktopIsWaitedFor();
    void aLeaseOfALostIncarnationDoesNotStandInItsUsersWay();
    void anUnknownImageIsThePools();
    void nothingIsMadeOfADomainWithoutDesktop();
    void whatAnAgentLeavesOutContradictsNothing();
    void anEndedSessionWhoseLeaseCannotBeTold();
    void whatWasSetAsideKeepsItsReason();
    void whoReturnsIsConnectedAndWhoWentIsNot();
    void whatIsSettledIsLeftAlone();
    void evidenceOfLoss();
    void theEpochIsRaisedAboveEverything();

private:
    static std::vector<QStringList> rows();
};

std::vector<QStringList> TstAdopt::rows()
{
    QFile page(QStringLiteral(WARDESK_SOURCE_DIR "/broker/pool/DESIGN.md"));
    if (!page.open(QIODevice::ReadOnly))
        return {};
    std::vector<QStringList> found;
    for (const QString& line : QString::fromUtf8(page.readAll()).split(QLatin1Char('\n'))) {
        QStringList parts = line.split(QLatin1Char('|'));
        for (QString& part : parts)
            part = part.trimmed();
        if (parts.size() == 10 && hosts.contains(parts[1].toStdString()))
            found.push_back(parts.mid(1, 8));
    }
    return found;
}

void TstAdopt::everyCellOfTheTable_R11_data()
{
    QTest::addColumn<QString>("host");
    QTest::addColumn<QString>("database");
    QTest::addColumn<int>("word");
    QTest::addColumn<QString>("verdict");
    for (const QStringList& cells : rows()) {
        for (std::size_t word = 0; word < words.size(); ++word)
            QTest::newRow(qPrintable(
                cells[0] + u' ' + cells[1] + u' ' + QString::fromStdString(words[word].first)))
                << cells[0] << cells[1] << int(word) << cells[2 + int(word)];
    }
}

void TstAdopt::everyCellOfTheTable_R11()
{
    QFETCH(QString, host);
    QFETCH(QString, database);
    QFETCH(int, word);
    QFETCH(QString, verdict);
    const AdoptionHost shown = hosts.at(host.toStdString());
    const AdoptionRow known = databases.at(database.toStdString());
    const AdoptionWord said = words[std::size_t(word)].second;
    const AdoptionVerdict expected = verdicts.at(verdict.toStdString());
    QCOMPARE(int(adoptionVerdictOf(shown, known, said)), int(expected));

    // The same through the whole function.
    const DesktopRow one = databaseRow(known);
    AdoptionView view = viewOf({ one }, { described(one) });
    if (shown == AdoptionHost::newer)
        view.domains = { laterThan(one) };
    if (shown == AdoptionHost::unknown)
        view.desktops.clear();
    if (shown == AdoptionHost::off)
        view.domains.front().state = DomainState::shutOff;
    if (shown == AdoptionHost::contradictory)
        view.domains.front().uuid = DomainUuid("another");
    if (shown == AdoptionHost::foreign) {
        view.desktops.clear();
        view.pools.clear();
    }
    view.late = said == AdoptionWord::late;
    if (said != AdoptionWord::late && said != AdoptionWord::silent)
        view.words = { wordFor(view.domains.front(), said) };
    if (shown == AdoptionHost::missing)
        view.domains.clear();
    const AdoptionPlan plan = adopt(view, at(now));
    QCOMPARE(plan.total, std::int64_t(1));
    if (expected == AdoptionVerdict::wait) {
        QCOMPARE(plan.waiting, std::int64_t(1));
        QVERIFY(plan.steps.empty());
        return;
    }
    QCOMPARE(plan.waiting, std::int64_t(0));
    const AdoptionStep step = settled(plan, "a");
    QCOMPARE(int(step.verdict), int(expected));
    QVERIFY(!step.detail.empty());
}

void TstAdopt::theTableIsComplete_R11()
{
    std::set<std::pair<std::string, std::string>> seen;
    for (const QStringList& cells : rows())
        seen.emplace(cells[0].toStdString(), cells[1].toStdString());
    QCOMPARE(seen.size(), std::size_t(10));
    for (const auto& [name, host] : hosts) {
        const bool split = host == AdoptionHost::same;
        for (const auto& [database, phase] : databases)
            QCOMPARE(seen.contains({ name, database }), split == (database != "-"));
    }
}

void TstAdopt::aLeaseIsMadeAgainAsItWas()
{
    const DesktopRow one = row("a", IncarnationPhase::ready);
    const auto view
        = viewOf({ one }, { described(one) }, { wordFor(described(one), AdoptionWord::used) });
    const AdoptionStep step = settled(adopt(view, at(now)), "a");
    const Lease& lease = *step.row.lease;
    QCOMPARE(lease.id, LeaseId("lease-a"));
    QCOMPARE(lease.user, UserId("user-a"));
    QCOMPARE(lease.epoch, Epoch(60));
    QCOMPARE(lease.incarnation, Incarnation(3));
    QCOMPARE(lease.pool, PoolId("ward"));
    QCOMPARE(lease.organisation, OrganisationId("org"));
    QCOMPARE(lease.connectedAt, std::optional(at(now)));
    QCOMPARE(step.row.desktop.incarnation.certificateSha256, std::string("c0ffee"));
    QVERIFY(!step.row.desktop.incarnation.endingAt);
    // Prepared for somebody who has not come yet: theirs, for the usual time.
    auto held = view;
    held.words.front() = wordFor(described(one), AdoptionWord::held);
    QVERIFY(!settled(adopt(held, at(now)), "a").row.lease->firstConnectedAt);
    auto away = view;
    away.words.front().session = SessionSeen::disconnected;
    away.words.front().isReady = false;
    away.words.front().certificateSha256.clear();
    const AdoptionStep second = settled(adopt(away, at(now)), "a");
    QVERIFY(second.row.lease->firstConnectedAt && !second.row.lease->connectedAt);
    QCOMPARE(second.row.lease->disconnectedAt, std::optional(at(now)));
}

void TstAdopt::aNewerIncarnationTakesThePlaceOfTheOlder()
{
    DesktopRow one = row("a", IncarnationPhase::ready, LeasePhase::used);
    one.desktop.quarantinedAt = at(10s);
    one.desktop.quarantineReason = "an older life";
    const ObservedDomain domain = laterThan(one);
    AgentWord word = wordFor(domain, AdoptionWord::used);
    word.lease = LeaseId("lease-b");
    word.user = UserId("user-b");
    const AdoptionPlan plan = adopt(viewOf({ one }, { domain }, { word }), at(now));
    QCOMPARE(plan.steps.size(), std::size_t(2));
    QVERIFY(!plan.steps[0].settles);
    QCOMPARE(plan.steps[0].row.lease->closeReason, std::optional(CloseReason::desktopLost));
    const AdoptionStep step = settled(plan, "a");
    const IncarnationFacts& facts = step.row.desktop.incarnation;
    QCOMPARE(facts.number, Incarnation(5));
    QCOMPARE(facts.domain, domain.uuid);
    QCOMPARE(facts.bootstrapHash, domain.bootstrapHash);
    QVERIFY(facts.startedAt && facts.readyAt);
    QVERIFY(!step.row.desktop.quarantinedAt);
    QCOMPARE(step.row.lease->user, UserId("user-b"));
}

void TstAdopt::anUnknownDesktopIsEntered()
{
    const DesktopRow one = row("a", IncarnationPhase::ready);
    const ObservedDomain domain = described(one);
    const AdoptionStep step = settled(
        adopt(viewOf({}, { domain }, { wordFor(domain, AdoptionWord::used) }), at(now)), "a");
    QCOMPARE(step.row.desktop.name, domain.hostName);
    QCOMPARE(step.row.desktop.address, domain.address);
    QCOMPARE(step.row.desktop.pool, domain.pool);
    QCOMPARE(step.row.desktop.organisation, domain.organisation);
    QCOMPARE(step.row.desktop.incarnation.image, domain.image);
    QCOMPARE(step.row.lease->user, UserId("user-a"));
}

void TstAdopt::whatMayHaveBeenPromisedIsNotPromisedAgain_R1()
{
    const DesktopRow one = row("a", IncarnationPhase::ready);
    const auto view
        = viewOf({ one }, { described(one) }, { wordFor(described(one), AdoptionWord::unused) });
    const AdoptionStep step = settled(adopt(view, at(now)), "a");
    QCOMPARE(step.row.desktop.incarnation.endReason, std::optional(EndReason::databaseRestored));
    QVERIFY(step.row.desktop.incarnation.endingAt && !step.row.desktop.incarnation.endedAt);
    QVERIFY(!step.row.lease && !step.row.desktop.quarantinedAt);
}

void TstAdopt::aDesktopWithoutDomainIsTakenOutOfTheBooks_R1()
{
    const AdoptionPlan plan
        = adopt(viewOf({ row("a", IncarnationPhase::ready, LeasePhase::used) }, {}), at(now));
    const AdoptionStep step = settled(plan, "a");
    QCOMPARE(step.row.lease->closeReason, std::optional(CloseReason::desktopLost));
    QVERIFY(step.row.desktop.incarnation.endedAt);
    // What had ended before ended then, and for its own reason.
    for (const IncarnationPhase phase : { IncarnationPhase::ready, IncarnationPhase::ended }) {
        const DesktopRow known = row("a", phase, LeasePhase::closed);
        const DesktopRow then = settled(adopt(viewOf({ known }, {}), at(now)), "a").row;
        QCOMPARE(then.lease->closedAt, known.lease->closedAt);
        QCOMPARE(then.lease->closeReason, known.lease->closeReason);
        QVERIFY(then.desktop.incarnation.endedAt);
        if (phase == IncarnationPhase::ended)
            QCOMPARE(then.desktop.incarnation.endingAt, known.desktop.incarnation.endingAt);
    }
}

void TstAdopt::whatIsGoneComesFirst()
{
    // Names, addresses and users are free before somebody else is to have them.
    const DesktopRow lost = row("a", IncarnationPhase::ready, LeasePhase::used);
    const DesktopRow off = row("b", IncarnationPhase::ready, LeasePhase::used);
    const DesktopRow used = row("c", IncarnationPhase::ready);
    const DesktopRow newer = row("d", IncarnationPhase::ready);
    AgentWord older = wordFor(described(used), AdoptionWord::used);
    AgentWord later = wordFor(described(newer), AdoptionWord::used);
    older.user = UserId("user-a");
    later.user = UserId("user-b");
    later.epoch = Epoch(61);
    auto view = viewOf({ used, newer, off, lost },
        { described(used), described(newer), described(off) }, { older, later });
    view.domains.back().state = DomainState::shutOff;
    const AdoptionPlan plan = adopt(view, at(now));
    QCOMPARE(plan.steps.size(), std::size_t(4));
    QCOMPARE(int(plan.steps[0].verdict), int(AdoptionVerdict::retire));
    QCOMPARE(int(plan.steps[1].verdict), int(AdoptionVerdict::lose));
    QCOMPARE(plan.steps[2].desktop, DesktopId("d")); // the newest word
    QCOMPARE(plan.steps[3].desktop, DesktopId("c"));
}

void TstAdopt::whatHadEndedInTheDatabaseEndsAsUsual()
{
    const DesktopRow one = row("a", IncarnationPhase::ended, LeasePhase::closed);
    const AdoptionStep step = settled(adopt(viewOf({ one }, { described(one) }), at(now)), "a");
    QCOMPARE(int(step.verdict), int(AdoptionVerdict::keep));
    QCOMPARE(step.row.desktop.incarnation.endedAt, one.desktop.incarnation.endedAt);
}

void TstAdopt::theDatabasesLeaseIsKeptAndRefreshed()
{
    const DesktopRow one = row("a", IncarnationPhase::ready, LeasePhase::unconnected);
    auto view
        = viewOf({ one }, { described(one) }, { wordFor(described(one), AdoptionWord::used) });
    const AdoptionStep step = settled(adopt(view, at(now)), "a");
    QCOMPARE(step.row.lease->epoch, Epoch(60)); // the agent obeys no lower one
    QCOMPARE(step.row.lease->connectedAt, std::optional(at(now)));
    QCOMPARE(step.row.lease->grantedAt, one.lease->grantedAt);
    view.words = { wordFor(described(one), AdoptionWord::unused) }; // granted, nothing prepared yet
    QVERIFY(settled(adopt(view, at(now)), "a").row.lease->grantedAt == one.lease->grantedAt);
}

void TstAdopt::aUserWhoLeftFreesTheDesktopForWiping()
{
    const DesktopRow known = row("a", IncarnationPhase::ready, LeasePhase::used);
    auto view = viewOf(
        { known }, { described(known) }, { wordFor(described(known), AdoptionWord::ended) });
    QCOMPARE(settled(adopt(view, at(now)), "a").row.lease->closeReason,
        std::optional(CloseReason::loggedOff));
    view.desktops = { row("a", IncarnationPhase::ready) };
    const AdoptionStep told = settled(adopt(view, at(now)), "a");
    QVERIFY(told.row.lease && told.row.lease->closedAt);
    view.words.front().user = UserId("stranger");
    const AdoptionStep untold = settled(adopt(view, at(now)), "a");
    QVERIFY(!untold.row.lease && untold.row.desktop.incarnation.endingAt);
    // Ended before anybody came: nobody logged off.
    view.desktops = { row("a", IncarnationPhase::ready, LeasePhase::unconnected) };
    view.words.front().lease = {};
    view.words.front().user = {};
    QCOMPARE(settled(adopt(view, at(now)), "a").row.lease->closeReason,
        std::optional(CloseReason::desktopLost));
}

void TstAdopt::contradictionsAreSetAside_data()
{
    QTest::addColumn<int>("lease");
    QTest::addColumn<QString>("change");
    QTest::addColumn<QString>("reason");
    const auto add
        = [](const char* name, LeasePhase lease, const char* change, const char* reason) {
              QTest::newRow(name) << int(lease) << QString::fromLatin1(change)
                                  << QString::fromLatin1(reason);
          };
    add("no lease", LeasePhase::none, "no lease", "without having been given it");
    add("no lease, but the database's", LeasePhase::used, "no lease", "without having been given");
    add("no user", LeasePhase::none, "no user", "does not say whose");
    add("unknown user", LeasePhase::none, "stranger", "does not know");
    add("another lease", LeasePhase::used, "another lease", "another lease");
    add("another lease than the closed one", LeasePhase::closed, "another lease", "another lease");
    add("another user", LeasePhase::used, "another user", "another user");
    add("another certificate", LeasePhase::used, "another certificate", "certificate");
    add("an epoch that cannot be", LeasePhase::none, "epoch", "cannot be");
    add("an epoch that cannot be, leased", LeasePhase::used, "epoch", "cannot be");
}

void TstAdopt::contradictionsAreSetAside()
{
    QFETCH(int, lease);
    QFETCH(QString, change);
    QFETCH(QString, reason);
    DesktopRow one = row("a", IncarnationPhase::ready, static_cast<LeasePhase>(lease));
    AgentWord word = wordFor(described(one), AdoptionWord::used);
    if (change == QLatin1String("no lease"))
        word.lease = {};
    else if (change == QLatin1String("no user"))
        word.user = {};
    else if (change == QLatin1String("stranger"))
        word.user = UserId("stranger");
    else if (change == QLatin1String("another lease"))
        word.lease = LeaseId("lease-x");
    else if (change == QLatin1String("epoch"))
        word.epoch = Epoch(epochsAhead + 71);
    else if (change == QLatin1String("another user"))
        word.user = UserId("user-b");
    else
        one.desktop.incarnation.certificateSha256 = "bad";
    const AdoptionStep step
        = settled(adopt(viewOf({ one }, { described(one) }, { word }), at(now)), "a");
    QCOMPARE(int(step.verdict), int(AdoptionVerdict::quarantine));
    QVERIFY2(QString::fromStdString(step.detail).contains(reason), step.detail.c_str());
    QCOMPARE(step.row.desktop.quarantineReason, step.detail);
    // It can only be wiped; the lease that the database had open stays for its user to be told.
    const bool open = step.row.lease && !step.row.lease->closedAt;
    QCOMPARE(open, static_cast<LeasePhase>(lease) == LeasePhase::used);
    QCOMPARE(step.row.desktop.incarnation.endingAt.has_value(), !open);
}

void TstAdopt::domainsThatCannotBe_data()
{
    QTest::addColumn<QString>("change");
    QTest::addColumn<int>("verdict");
    const auto add = [](const char* change, AdoptionVerdict verdict) {
        QTest::newRow(change) << QString::fromLatin1(change) << int(verdict);
    };
    add("another pool", AdoptionVerdict::quarantine);
    add("an earlier incarnation", AdoptionVerdict::quarantine);
    add("the same UUID under a later number", AdoptionVerdict::quarantine);
    add("two running", AdoptionVerdict::quarantine);
    add("one running, one off", AdoptionVerdict::keep);
    add("a later incarnation, off", AdoptionVerdict::lose);
    add("unknown, two running", AdoptionVerdict::leave);
    add("unknown, without a name", AdoptionVerdict::leave);
    add("unknown, without an address", AdoptionVerdict::leave);
    add("unknown, without a hash", AdoptionVerdict::leave);
    add("unknown, of another organisation", AdoptionVerdict::leave);
    add("unknown, without a number", AdoptionVerdict::leave);
    add("unknown, off", AdoptionVerdict::lose);
    // Saved to the disk: nobody's.
    add("unknown, suspended", AdoptionVerdict::lose);
    add("suspended", AdoptionVerdict::lose);
    add("unknown, paused", AdoptionVerdict::quarantine); // it runs, and its agent is silent
}

void TstAdopt::domainsThatCannotBe()
{
    QFETCH(QString, change);
    QFETCH(int, verdict);
    const DesktopRow one = row("a", IncarnationPhase::ready, LeasePhase::used);
    AdoptionView view = viewOf({ one }, { described(one) });
    view.late = true;
    ObservedDomain& domain = view.domains.front();
    if (change.startsWith(QLatin1String("unknown")))
        view.desktops.clear();
    if (change == QLatin1String("another pool"))
        domain.pool = PoolId("theatre");
    if (change == QLatin1String("an earlier incarnation")) {
        domain.incarnation = Incarnation(2);
        domain.uuid = DomainUuid("uuid-a-2");
    }
    if (change == QLatin1String("the same UUID under a later number"))
        domain.incarnation = Incarnation(9);
    if (change.endsWith(QLatin1String("without a name")))
        domain.hostName.clear();
    if (change.endsWith(QLatin1String("without an address")))
        domain.address.clear();
    if (change.endsWith(QLatin1String("without a hash")))
        domain.bootstrapHash = {};
    if (change.endsWith(QLatin1String("organisation")))
        domain.organisation = OrganisationId("other");
    if (change.endsWith(QLatin1String("without a number")))
        domain.incarnation = Incarnation(0);
    if (change == QLatin1String("unknown, off"))
        domain.state = DomainState::crashed;
    if (change.endsWith(QLatin1String("suspended")))
        domain.state = DomainState::suspended;
    if (change.endsWith(QLatin1String("paused")))
        domain.state = DomainState::paused;
    if (change == QLatin1String("a later incarnation, off")) {
        domain = laterThan(one);
        domain.state = DomainState::shutOff;
    }
    if (change.endsWith(QLatin1String("two running")))
        view.domains.push_back(laterThan(one));
    if (change == QLatin1String("one running, one off")) {
        view.domains.push_back(laterThan(one));
        view.domains.back().state = DomainState::shutOff;
    }
    const AdoptionStep step = settled(adopt(view, at(now)), "a");
    QCOMPARE(int(step.verdict), verdict);
    QVERIFY(!step.detail.empty());
}

void TstAdopt::oneUserHasOneDesktop_R2()
{
    const DesktopRow a = row("a", IncarnationPhase::ready);
    const DesktopRow b = row("b", IncarnationPhase::ready);
    AgentWord older = wordFor(described(a), AdoptionWord::used);
    AgentWord newer = wordFor(described(b), AdoptionWord::used);
    older.user = newer.user = UserId("nurse");
    newer.epoch = Epoch(61);
    const auto view = viewOf({ a, b }, { described(a), described(b) }, { older, newer });
    const AdoptionPlan plan = adopt(view, at(now));
    QCOMPARE(int(settled(plan, "b").verdict), int(AdoptionVerdict::remake));
    QCOMPARE(int(settled(plan, "a").verdict), int(AdoptionVerdict::quarantine));
    // One lease on two desktops: somebody lies.
    auto copied = view;
    copied.words[1].user = UserId("user-b");
    copied.words[0].lease = copied.words[1].lease;
    QCOMPARE(int(settled(adopt(copied, at(now)), "a").verdict), int(AdoptionVerdict::quarantine));
}

void TstAdopt::aUsersOtherDesktopIsWaitedFor()
{
    // The database has the nurse on a; in truth a was left and she is on b.
    DesktopRow a = row("a", IncarnationPhase::ready, LeasePhase::used);
    a.lease->user = UserId("nurse");
    const DesktopRow b = row("b", IncarnationPhase::ready);
    AgentWord onB = wordFor(described(b), AdoptionWord::used);
    onB.user = UserId("nurse");
    auto view = viewOf({ a, b }, { described(a), described(b) }, { onB });
    QCOMPARE(adopt(view, at(now)).waiting, std::int64_t(2));
    QVERIFY(adopt(view, at(now)).steps.empty());
    AgentWord onA = wordFor(described(a), AdoptionWord::ended);
    onA.user = UserId("nurse");
    view.words.push_back(onA);
    const AdoptionPlan plan = adopt(view, at(now));
    QCOMPARE(int(settled(plan, "a").verdict), int(AdoptionVerdict::close));
    QCOMPARE(int(settled(plan, "b").verdict), int(AdoptionVerdict::remake));
    view.words.pop_back();
    view.late = true; // not for ever
    QCOMPARE(int(settled(adopt(view, at(now)), "b").verdict), int(AdoptionVerdict::quarantine));
}

void TstAdopt::aLeaseOfALostIncarnationDoesNotStandInItsUsersWay()
{
    // The database has the nurse on a's third incarnation; the fifth runs, and she is on b.
    DesktopRow a = row("a", IncarnationPhase::ready, LeasePhase::used);
    a.lease->user = UserId("nurse");
    const DesktopRow b = row("b", IncarnationPhase::ready);
    AgentWord onB = wordFor(described(b), AdoptionWord::used);
    onB.user = UserId("nurse");
    const AdoptionPlan plan
        = adopt(viewOf({ a, b }, { laterThan(a), described(b) }, { onB }), at(now));
    QCOMPARE(plan.waiting, std::int64_t(1)); // for the agent of a
    QCOMPARE(plan.steps.size(), std::size_t(2));
    QVERIFY(plan.steps[0].desktop == DesktopId("a") && !plan.steps[0].settles);
    QCOMPARE(int(plan.steps[1].verdict), int(AdoptionVerdict::remake));
}

void TstAdopt::anUnknownImageIsThePools()
{
    const DesktopRow one = row("a", IncarnationPhase::ready);
    ObservedDomain domain = described(one);
    domain.image = ImageId("lost");
    const AdoptionStep step = settled(
        adopt(viewOf({}, { domain }, { wordFor(domain, AdoptionWord::used) }), at(now)), "a");
    QCOMPARE(step.row.desktop.incarnation.image, ImageId("image"));
    // Where the pool is lost, too, there is nothing better than the name.
    const DesktopRow two = row("b", IncarnationPhase::ready);
    ObservedDomain later = laterThan(two);
    later.image = ImageId("lost");
    auto view = viewOf({ two }, { later }, { wordFor(later, AdoptionWord::used) });
    view.pools.clear();
    QCOMPARE(settled(adopt(view, at(now)), "b").row.desktop.incarnation.image, ImageId("lost"));
}

void TstAdopt::nothingIsMadeOfADomainWithoutDesktop()
{
    const DesktopRow one = row("a", IncarnationPhase::ready);
    ObservedDomain domain = described(one);
    domain.desktop = {};
    AgentWord stranger = wordFor(described(row("c", IncarnationPhase::ready)), AdoptionWord::used);
    const AdoptionPlan plan = adopt(viewOf({}, { domain }, { stranger }), at(now));
    QCOMPARE(plan.total, std::int64_t(1)); // no desktop comes of a word alone
    QCOMPARE(int(settled(plan, "").verdict), int(AdoptionVerdict::leave));
}

void TstAdopt::whatAnAgentLeavesOutContradictsNothing()
{
    // An agent of an older image does not name its user; one that is not ready has no certificate.
    const DesktopRow one = row("a", IncarnationPhase::ready, LeasePhase::used);
    auto view
        = viewOf({ one }, { described(one) }, { wordFor(described(one), AdoptionWord::used) });
    view.words.front().user = {};
    view.words.front().certificateSha256.clear();
    const AdoptionStep kept = settled(adopt(view, at(now)), "a");
    QCOMPARE(int(kept.verdict), int(AdoptionVerdict::keep));
    QCOMPARE(kept.row.lease->user, one.lease->user);
    // Made again, it stays as unready as the database has it.
    DesktopRow lost = row("b", IncarnationPhase::started);
    auto other
        = viewOf({ lost }, { described(lost) }, { wordFor(described(lost), AdoptionWord::used) });
    other.words.front().certificateSha256.clear();
    const AdoptionStep made = settled(adopt(other, at(now)), "b");
    QCOMPARE(int(made.verdict), int(AdoptionVerdict::remake));
    QVERIFY(!made.row.desktop.incarnation.readyAt);
    QVERIFY(made.row.desktop.incarnation.certificateSha256.empty());
}

void TstAdopt::anEndedSessionWhoseLeaseCannotBeTold()
{
    const DesktopRow a = row("a", IncarnationPhase::ready);
    const DesktopRow b = row("b", IncarnationPhase::ready, LeasePhase::closed);
    auto view = viewOf(
        { a, b }, { described(a), described(b) }, { wordFor(described(a), AdoptionWord::ended) });
    AgentWord& word = view.words.front();
    word.lease = {};
    QVERIFY(!settled(adopt(view, at(now)), "a").row.lease);
    word.lease = b.lease->id; // it is in the books as another desktop's
    const AdoptionStep step = settled(adopt(view, at(now)), "a");
    QCOMPARE(int(step.verdict), int(AdoptionVerdict::end));
    QVERIFY(!step.row.lease && step.row.desktop.incarnation.endingAt);
    // What cannot be believed is set aside, and no lease is made of it.
    word = wordFor(described(a), AdoptionWord::ended);
    word.epoch = Epoch(epochsAhead + 71);
    const AdoptionStep aside = settled(adopt(view, at(now)), "a");
    QCOMPARE(int(aside.verdict), int(AdoptionVerdict::quarantine));
    QVERIFY(!aside.row.lease && aside.row.desktop.incarnation.endingAt);
    // Prepared for somebody by this very agent, who has left again: that was a log-off.
    view.desktops.front() = row("a", IncarnationPhase::ready, LeasePhase::unconnected);
    word = wordFor(described(a), AdoptionWord::ended);
    QCOMPARE(settled(adopt(view, at(now)), "a").row.lease->closeReason,
        std::optional(CloseReason::loggedOff));
}

void TstAdopt::whatWasSetAsideKeepsItsReason()
{
    DesktopRow one = row("a", IncarnationPhase::ready);
    one.desktop.quarantinedAt = at(3s);
    one.desktop.quarantineReason = "odd noises";
    auto view = viewOf({ one }, { described(one) });
    view.domains.front().uuid = DomainUuid("another");
    const AdoptionStep step = settled(adopt(view, at(now)), "a");
    QCOMPARE(step.row.desktop.quarantineReason, std::string("odd noises"));
    QCOMPARE(step.row.desktop.quarantinedAt, std::optional(at(3s)));
    QVERIFY(step.detail != step.row.desktop.quarantineReason);
}

void TstAdopt::whoReturnsIsConnectedAndWhoWentIsNot()
{
    DesktopRow one = row("a", IncarnationPhase::ready, LeasePhase::used);
    one.lease->connectedAt = at(8s);
    one.lease->disconnectedAt.reset();
    auto view
        = viewOf({ one }, { described(one) }, { wordFor(described(one), AdoptionWord::held) });
    const AdoptionStep went = settled(adopt(view, at(now)), "a");
    QVERIFY(!went.row.lease->connectedAt);
    QCOMPARE(went.row.lease->disconnectedAt, std::optional(at(now)));
    // Somebody who was away before is away since then.
    view.desktops.front().lease->connectedAt.reset();
    view.desktops.front().lease->disconnectedAt = at(9s);
    view.words.front().session = SessionSeen::none;
    QCOMPARE(settled(adopt(view, at(now)), "a").row.lease->disconnectedAt, std::optional(at(9s)));
}

void TstAdopt::whatIsSettledIsLeftAlone()
{
    const DesktopRow one = row("a", IncarnationPhase::ready);
    auto view
        = viewOf({ one }, { described(one) }, { wordFor(described(one), AdoptionWord::used) });
    view.settled = { DesktopId("a") };
    const AdoptionPlan plan = adopt(view, at(now));
    QVERIFY(plan.steps.empty());
    QCOMPARE(plan.waiting, std::int64_t(0));
    QCOMPARE(plan.total, std::int64_t(1));
    // A word of an earlier incarnation is nobody's.
    view.settled.clear();
    view.words.front().incarnation = Incarnation(2);
    QCOMPARE(adopt(view, at(now)).waiting, std::int64_t(1));
    // The database's lease of an earlier incarnation was closed when this one was settled.
    const DesktopRow leased = row("a", IncarnationPhase::ready, LeasePhase::used);
    auto newer = viewOf({ leased }, { laterThan(leased) });
    newer.settled = { DesktopId("a") };
    QVERIFY(adopt(newer, at(now)).steps.empty());
    // A settled desktop of the same user is not waited for: it is his, and no other one.
    DesktopRow his = row("a", IncarnationPhase::ready, LeasePhase::used);
    his.lease->user = UserId("nurse");
    const DesktopRow b = row("b", IncarnationPhase::ready);
    AgentWord onB = wordFor(described(b), AdoptionWord::used);
    onB.user = UserId("nurse");
    auto two = viewOf({ his, b }, { described(his), described(b) }, { onB });
    two.settled = { DesktopId("a") };
    QCOMPARE(int(settled(adopt(two, at(now)), "b").verdict), int(AdoptionVerdict::quarantine));
}

void TstAdopt::evidenceOfLoss()
{
    const DesktopRow one = row("a", IncarnationPhase::ready);
    const ObservedDomain domain = described(one); // epoch 50
    QVERIFY(!findLoss(Epoch(50), Epoch(50), { one }, { domain }));
    QVERIFY(!findLoss(Epoch(50), Epoch(0), {}, { domain })); // removed since the host was listed
    QVERIFY(findLoss(Epoch(50), Epoch(51), { one }, { domain }));
    QVERIFY(findLoss(Epoch(49), Epoch(49), { one }, { domain }));
    QVERIFY(findLoss(Epoch(50), Epoch(50), { one }, { laterThan(one) }));
    DesktopRow aside = one; // set aside when that was found out before: not found out for ever
    aside.desktop.quarantinedAt = at(now);
    QVERIFY(!findLoss(Epoch(50), Epoch(50), { aside }, { laterThan(one) }));
}

void TstAdopt::theEpochIsRaisedAboveEverything()
{
    const DesktopRow one = row("a", IncarnationPhase::ready);
    const ObservedDomain domain = described(one); // 50
    const AgentWord word = wordFor(domain, AdoptionWord::used); // 60
    QCOMPARE(safeEpoch(Epoch(70)), Epoch(1'000'070));
    QCOMPARE(namedEpoch(Epoch(1), { domain }, { word }), Epoch(60));
    QCOMPARE(namedEpoch(Epoch(1), { domain }, {}), Epoch(50));
    QCOMPARE(namedEpoch(Epoch(70), {}, {}), Epoch(0));
    AgentWord liar = word;
    liar.epoch = Epoch(9'000'000'000'000'000'000);
    QCOMPARE(namedEpoch(Epoch(1), { domain }, { liar }), Epoch(50));
    ObservedDomain lie = domain;
    lie.epoch = liar.epoch;
    QCOMPARE(namedEpoch(Epoch(1), { lie, domain }, {}), Epoch(50));
    QVERIFY(!findLoss(Epoch(50), Epoch(50), { one }, { lie })); // a liar proves nothing
    ObservedDomain newer = laterThan(one);
    newer.epoch = liar.epoch;
    QVERIFY(findLoss(Epoch(50), Epoch(50), { one }, { newer })); // its life is one all the same
    QVERIFY(findNewerLife({ one }, { newer }) && !findNewerLife({ one }, { lie }));
    lie.epoch = Epoch(50 + epochsAhead);
    QVERIFY(findLoss(Epoch(50), Epoch(50), { one }, { lie }));
}

QTEST_APPLESS_MAIN(TstAdopt)
#include "tst_adopt.moc"
