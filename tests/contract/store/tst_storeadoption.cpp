// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/store/storefixture.h"
#include "tests/contract/store/storeundertest.h"

#include <QTest>
#include <algorithm>

using namespace wardesk;
using namespace wardesk::broker;
using namespace std::chrono_literals;
using test::at;
using test::check;
using test::orDie;

/// R11: a restored database is set right; each function runs once for each store.
class StoreAdoption : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase_data() { test::addStoreRows(); }
    void init();
    void cleanup() { m_under.reset(); }

    void oneBrokerAtATimeAdopts();
    void aSilentBrokerIsReplaced();
    void theCounterIsRaisedWithTheBeginning();
    void nothingNewMeanwhile();
    void onesOwnLeaseOnlyWhenItsDesktopIsSettled();
    void wordsAreKeptUntilTheDesktopIsSettled();
    void aNewerIncarnationEndsTheOlder();
    void anUnknownDesktopIsEntered();
    void leasesAreMadeAgainAsTheyWere();
    void aRetiredDesktopIsGone();
    void whatIsInTheWayIsAConflict();
    void aDatabaseThatWentBackGivesNoEpoch();
    void whatWasUndoneIsNoEpochSeen();

private:
    Store& store() { return m_under->store(); }
    AdoptionRecord begin(const std::string& broker, AdoptionStart how = AdoptionStart::anew)
    {
        return orDie(tryBegin(broker, how));
    }
    Result<AdoptionRecord> tryBegin(
        const std::string& broker, AdoptionStart how = AdoptionStart::anew)
    {
        AdoptionRecord wanted;
        wanted.broker = BrokerId(broker);
        wanted.reason = "a restored backup";
        return store().beginAdoption(wanted, Epoch(1000), 15s, how);
    }
    AdoptedDesktop adopted(DesktopRow row)
    {
        return { .desktop = row.desktop.id, .row = std::move(row), .now = at(10s) };
    }
    /// The desktop as its fifth incarnation, with a lease of this user.
    DesktopRow later(const Desktop& desktop, const UserId& user);

    std::unique_ptr<test::StoreUnderTest> m_under;
    test::Hospital m_hospital;
    UserId m_anna;
    UserId m_bert;
};

void StoreAdoption::init()
{
    QFETCH_GLOBAL(test::StoreKind, kind);
    m_under = std::make_unique<test::StoreUnderTest>(kind);
    m_hospital = {};
    m_hospital.build(store());
    m_anna = m_hospital.addUser(store(), "anna");
    m_bert = m_hospital.addUser(store(), "bert");
}

DesktopRow StoreAdoption::later(const Desktop& desktop, const UserId& user)
{
    DesktopRow row;
    row.desktop = desktop;
    IncarnationFacts& facts = row.desktop.incarnation;
    facts = {};
    facts.number = Incarnation(5);
    facts.domain = DomainUuid("domain-5-" + desktop.id.value());
    facts.image = m_hospital.image;
    facts.bootstrapHash = SecretHash("hash-5");
    facts.certificateSha256 = "cd34";
    facts.createdAt = at(5s);
    facts.startedAt = at(5s);
    facts.readyAt = at(6s);
    Lease lease;
    lease.id = LeaseId("lease-of-" + user.value());
    lease.organisation = desktop.organisation;
    lease.pool = desktop.pool;
    lease.desktop = desktop.id;
    lease.incarnation = facts.number;
    lease.user = user;
    lease.epoch = Epoch(77);
    lease.grantedAt = at(7s);
    lease.firstConnectedAt = at(7s);
    lease.connectedAt = at(8s);
    row.lease = lease;
    return row;
}

void StoreAdoption::oneBrokerAtATimeAdopts()
{
    QVERIFY(!orDie(store().findAdoption()));
    REFUSED(tryBegin("b1", AdoptionStart::takeOver), Errc::notFound);
    QCOMPARE(begin("b1").broker, BrokerId("b1"));
    QCOMPARE(begin("b1").broker, BrokerId("b1")); // after its restart
    REFUSED(tryBegin("b2"), Errc::conflict);
    REFUSED(store().noteAdoption(BrokerId("b2"), 1, 1), Errc::stale);
    REFUSED(store().endAdoption(BrokerId("b2")), Errc::stale);
    check(store().noteAdoption(BrokerId("b1"), 500, 312));
    const auto running = orDie(store().findAdoption());
    QVERIFY(running);
    QCOMPARE(running->reason, std::string("a restored backup"));
    QCOMPARE(running->total, std::int64_t(500));
    QCOMPARE(running->settled, std::int64_t(312));
    check(store().endAdoption(BrokerId("b1")));
    QVERIFY(!orDie(store().findAdoption()));
    REFUSED(store().endAdoption(BrokerId("b1")), Errc::stale);
}

void StoreAdoption::aSilentBrokerIsReplaced()
{
    const WallTime since = begin("b1").since;
    m_under->pass(8s); // of the fifteen: PostgreSQL's own clock goes on meanwhile
    check(store().noteAdoption(BrokerId("b1"), 3, 1));
    check(store().adoptDesktop({ .desktop = DesktopId("d"), .now = at({}) }));
    m_under->pass(8s);
    REFUSED(tryBegin("b2", AdoptionStart::takeOver), Errc::conflict);
    m_under->pass(8s);
    const AdoptionRecord taken = begin("b2", AdoptionStart::takeOver);
    QCOMPARE(taken.broker, BrokerId("b2"));
    QVERIFY(taken.since == since);
    QCOMPARE(taken.settled, std::int64_t(1));
    QCOMPARE(orDie(store().listSettled()), std::vector<DesktopId> { DesktopId("d") });
    REFUSED(store().noteAdoption(BrokerId("b1"), 3, 2), Errc::stale);
}

void StoreAdoption::theCounterIsRaisedWithTheBeginning()
{
    begin("b1");
    QCOMPARE(orDie(store().currentEpoch()), Epoch(1000));
    QCOMPARE(orDie(store().nextEpoch()), Epoch(1001));
    begin("b1"); // never lowered
    QCOMPARE(orDie(store().nextEpoch()), Epoch(1002));
}

void StoreAdoption::nothingNewMeanwhile()
{
    const Desktop free = m_hospital.addReadyDesktop(store(), "ward-01");
    Desktop ended = m_hospital.addReadyDesktop(store(), "ward-02");
    check(store().beginEnding(ended.id, Incarnation(1), EndReason::loggedOff, at({})));
    check(store().recordEnded(ended.id, Incarnation(1), DiskFate::removed, at({})));
    begin("b1");
    REFUSED(store().grant(m_hospital.request(m_anna, "key-anna-1")), Errc::overloaded);
    REFUSED(store().addDesktop(
                m_hospital.desktop("ward-03"), m_hospital.firstAddress, m_hospital.lastAddress),
        Errc::overloaded);
    REFUSED(store().beginEnding(free.id, Incarnation(1), EndReason::poolShrunk, at({})),
        Errc::overloaded);
    REFUSED(store().removeDesktop(ended.id), Errc::overloaded);
    const NewIncarnation next { .desktop = ended.id,
        .number = Incarnation(2),
        .domain = DomainUuid("next"),
        .image = m_hospital.image,
        .bootstrapHash = SecretHash("next"),
        .now = at({}) };
    REFUSED(store().beginIncarnation(next), Errc::overloaded);
    check(store().endAdoption(BrokerId("b1")));
    QCOMPARE(orDie(store().grant(m_hospital.request(m_anna, "key-anna-2"))).outcome,
        GrantOutcome::granted);
    orDie(store().beginIncarnation(next));
}

void StoreAdoption::onesOwnLeaseOnlyWhenItsDesktopIsSettled()
{
    m_hospital.addReadyDesktop(store(), "ward-01");
    const Grant before = orDie(store().grant(m_hospital.request(m_anna, "key-anna-1")));
    begin("b1");
    REFUSED(store().grant(m_hospital.request(m_anna, "key-anna-1")), Errc::overloaded);
    REFUSED(store().grant(m_hospital.request(m_anna, "key-anna-2")), Errc::overloaded);
    const DesktopRow row = orDie(store().findDesktop(before.desktop->id));
    check(store().adoptDesktop(adopted(row)));
    const Grant again = orDie(store().grant(m_hospital.request(m_anna, "key-anna-3")));
    QCOMPARE(again.outcome, GrantOutcome::resumed);
    QCOMPARE(again.lease->id, before.lease->id);
    QVERIFY(again.lease->epoch > Epoch(1000));
    REFUSED(store().grant(m_hospital.request(m_bert, "key-bert-1")), Errc::overloaded);
}

void StoreAdoption::wordsAreKeptUntilTheDesktopIsSettled()
{
    AgentWord word { .desktop = DesktopId("d"),
        .incarnation = Incarnation(4),
        .epoch = Epoch(9),
        .isReady = true,
        .certificateSha256 = "ab",
        .session = SessionSeen::disconnected,
        .lease = LeaseId("l"),
        .user = UserId("u") };
    QVERIFY(!orDie(store().recordWord(word))); // a report like any other
    begin("b1");
    QVERIFY(orDie(store().recordWord(word)));
    QCOMPARE(orDie(store().listWords()), std::vector<AgentWord> { word });
    for (const SessionSeen session :
        { SessionSeen::none, SessionSeen::prepared, SessionSeen::connected, SessionSeen::ended }) {
        word.session = session;
        word.isReady = !word.isReady;
        QVERIFY(orDie(store().recordWord(word)));
        QCOMPARE(orDie(store().listWords()), std::vector<AgentWord> { word });
    }
    for (int sessions : { 2, 3, 1 }) {
        word.seats.clear();
        for (int seat = sessions; seat > 0; --seat)
            word.seats.push_back({ .seat = seat,
                .epoch = Epoch(9 + seat),
                .session = SessionSeen::disconnected,
                .lease = LeaseId("l" + std::to_string(seat)),
                .user = UserId(seat == 1 ? "" : "u") });
        word.seats.push_back(word.seats.back()); // a lie is kept as it was told
        QVERIFY(orDie(store().recordWord(word)));
        QCOMPARE(orDie(store().listWords()), std::vector<AgentWord> { word });
    }
    // An earlier life of the desktop says nothing any more (R3).
    AgentWord earlier = word;
    earlier.incarnation = Incarnation(word.incarnation.value() - 1);
    earlier.seats.clear();
    QVERIFY(orDie(store().recordWord(earlier)));
    QCOMPARE(orDie(store().listWords()), std::vector<AgentWord> { word });
    check(store().adoptDesktop({ .desktop = word.desktop, .settles = false, .now = at({}) }));
    QVERIFY(orDie(store().recordWord(word)));
    check(store().adoptDesktop({ .desktop = word.desktop, .now = at({}) }));
    check(store().adoptDesktop({ .desktop = word.desktop, .now = at({}) }));
    QVERIFY(!orDie(store().recordWord(word)));
    begin("b1"); // goes on
    QVERIFY(!orDie(store().recordWord(word)));
    begin("b1", AdoptionStart::afresh);
    QVERIFY(orDie(store().recordWord(word)));
    check(store().endAdoption(BrokerId("b1")));
    begin("b1");
    QVERIFY(orDie(store().listWords()).empty() && orDie(store().listSettled()).empty());
}

void StoreAdoption::aNewerIncarnationEndsTheOlder()
{
    const Desktop known = m_hospital.addReadyDesktop(store(), "ward-01");
    const Grant old = orDie(store().grant(m_hospital.request(m_anna, "key-anna-1")));
    check(store().quarantine(known.id, "of an older life", at({})));
    begin("b1");
    const DesktopRow wanted = later(known, m_bert);
    check(store().adoptDesktop(adopted(wanted)));
    const DesktopRow row = orDie(store().findDesktop(known.id));
    QCOMPARE(row.desktop.incarnation.number, Incarnation(5));
    QCOMPARE(row.desktop.incarnation.domain, wanted.desktop.incarnation.domain);
    QCOMPARE(row.desktop.incarnation.bootstrapHash, wanted.desktop.incarnation.bootstrapHash);
    QVERIFY(row.desktop.incarnation.readyAt == wanted.desktop.incarnation.readyAt);
    QVERIFY(!row.desktop.quarantinedAt);
    QCOMPARE(row.lease->id, wanted.lease->id);
    const Lease closed = orDie(store().findLease(m_hospital.organisation, old.lease->id));
    QCOMPARE(closed.closeReason, std::optional(CloseReason::desktopLost));
    orDie(store().findByBootstrap(known.id, Incarnation(5), SecretHash("hash-5")));
    check(store().endAdoption(BrokerId("b1")));
    // R1: numbers go on from what ran
    check(store().closeLease(wanted.lease->id, CloseReason::loggedOff, at(20s)));
    check(store().beginEnding(known.id, Incarnation(5), EndReason::loggedOff, at(20s)));
    check(store().recordEnded(known.id, Incarnation(5), DiskFate::removed, at(20s)));
    const NewIncarnation next { .desktop = known.id,
        .number = Incarnation(6),
        .domain = DomainUuid("six"),
        .image = m_hospital.image,
        .bootstrapHash = SecretHash("six"),
        .now = at(21s) };
    orDie(store().beginIncarnation(next));
}

void StoreAdoption::anUnknownDesktopIsEntered()
{
    begin("b1");
    Desktop lost = m_hospital.desktop("ward-09");
    lost.address = "10.20.0.9";
    const DesktopRow wanted = later(lost, m_anna);
    check(store().adoptDesktop(adopted(wanted)));
    const DesktopRow row = orDie(store().findDesktop(lost.id));
    QCOMPARE(row.desktop.name, lost.name);
    QCOMPARE(row.desktop.address, lost.address);
    QCOMPARE(row.desktop.incarnation.number, Incarnation(5));
    QCOMPARE(row.lease->user, m_anna);
    check(store().endAdoption(BrokerId("b1")));
    const Grant own = orDie(store().grant(m_hospital.request(m_anna, "key-anna-1")));
    QCOMPARE(own.lease->id, wanted.lease->id);
    QVERIFY(m_hospital.addDesktop(store(), "ward-10").address != lost.address);
}

void StoreAdoption::leasesAreMadeAgainAsTheyWere()
{
    const Desktop known = m_hospital.addReadyDesktop(store(), "ward-01");
    begin("b1");
    DesktopRow wanted = orDie(store().findDesktop(known.id));
    wanted.lease = later(known, m_anna).lease;
    wanted.lease->incarnation = Incarnation(1);
    check(store().adoptDesktop(adopted(wanted)));
    wanted.lease->disconnectedAt = at(9s);
    wanted.lease->connectedAt.reset();
    check(store().adoptDesktop(adopted(wanted))); // a second time changes what is new
    const Lease lease = *orDie(store().findDesktop(known.id)).lease;
    QCOMPARE(lease.id, wanted.lease->id);
    QCOMPARE(lease.user, m_anna);
    QCOMPARE(lease.epoch, Epoch(77));
    QVERIFY(lease.grantedAt == at(7s) && lease.firstConnectedAt == at(7s));
    QVERIFY(!lease.connectedAt && lease.disconnectedAt == at(9s));
}

void StoreAdoption::aRetiredDesktopIsGone()
{
    const Desktop known = m_hospital.addReadyDesktop(store(), "ward-01");
    const Grant old = orDie(store().grant(m_hospital.request(m_anna, "key-anna-1")));
    begin("b1");
    DesktopRow row = orDie(store().findDesktop(known.id));
    row.lease->closedAt = at(10s);
    row.lease->closeReason = CloseReason::desktopLost;
    row.desktop.incarnation.endingAt = row.desktop.incarnation.endedAt = at(10s);
    AdoptedDesktop retired = adopted(row);
    retired.removed = true;
    check(store().adoptDesktop(retired));
    REFUSED(store().findDesktop(known.id), Errc::notFound);
    QVERIFY(orDie(store().findLease(m_hospital.organisation, old.lease->id)).closedAt);
    check(store().endAdoption(BrokerId("b1")));
    Desktop other = m_hospital.desktop("ward-01"); // its name and address are free again
    other.id = DesktopId("another");
    QCOMPARE(
        orDie(store().addDesktop(other, m_hospital.firstAddress, m_hospital.lastAddress)).address,
        known.address);
}

void StoreAdoption::whatIsInTheWayIsAConflict()
{
    const Desktop one = m_hospital.addReadyDesktop(store(), "ward-01");
    const Desktop two = m_hospital.addReadyDesktop(store(), "ward-02");
    begin("b1");
    const DesktopRow first = later(one, m_anna);
    check(store().adoptDesktop(adopted(first)));
    const DesktopRow good = later(two, m_bert);
    const auto refused = [&](auto change) {
        DesktopRow row = good;
        row.lease->epoch = Epoch(78);
        change(row);
        return store().adoptDesktop(adopted(row));
    };
    REFUSED(refused([&](DesktopRow& row) { row.lease->epoch = Epoch(77); }), Errc::conflict);
    REFUSED(refused([&](DesktopRow& row) { row.lease->id = first.lease->id; }), Errc::conflict);
    REFUSED(refused([&](DesktopRow& row) { row.lease->user = m_anna; }), Errc::conflict);
    REFUSED(refused([&](DesktopRow& row) { row.lease->user = UserId("nobody"); }), Errc::conflict);
    REFUSED(refused([&](DesktopRow& row) {
        row.desktop.incarnation.number = Incarnation(1);
        row.lease->incarnation = Incarnation(1);
    }),
        Errc::conflict); // the same number, another domain
    REFUSED(refused([&](DesktopRow& row) {
        row.desktop.id = row.lease->desktop = DesktopId("stranger"); // with a name that is taken
    }),
        Errc::conflict);
    // Nothing of what was refused is left.
    QCOMPARE(orDie(store().findDesktop(two.id)).desktop.incarnation.number, Incarnation(1));
    QVERIFY(!orDie(store().findDesktop(two.id)).lease);
    const auto settled = orDie(store().listSettled());
    QCOMPARE(settled, std::vector<DesktopId> { one.id });
    DesktopRow row = first;
    row.desktop.incarnation.number = Incarnation(4);
    row.desktop.incarnation.domain = DomainUuid("four");
    row.lease.reset();
    REFUSED(store().adoptDesktop(adopted(row)), Errc::conflict);
}

void StoreAdoption::aDatabaseThatWentBackGivesNoEpoch()
{
    m_hospital.addReadyDesktop(store(), "ward-01");
    QCOMPARE(orDie(store().nextEpoch()), Epoch(1));
    store().expectEpoch(Epoch(5)); // of another broker, or of the time before the promotion
    REFUSED(store().nextEpoch(), Errc::unavailable);
    REFUSED(store().grant(m_hospital.request(m_anna, "key-anna-1")), Errc::unavailable);
    QVERIFY(store().hasGoneBack());
    for (int tries = 0; tries < 10; ++tries) // a sequence is not undone, and must not walk past it
        REFUSED(store().nextEpoch(), Errc::unavailable);
    QVERIFY(orDie(store().currentEpoch()) < Epoch(5));
    QVERIFY(orDie(store().listOpenLeasesOf(m_anna)).empty());
    begin("b1");
    check(store().endAdoption(BrokerId("b1")));
    QVERIFY(!store().hasGoneBack());
    orDie(store().grant(m_hospital.request(m_anna, "key-anna-2")));
}

void StoreAdoption::whatWasUndoneIsNoEpochSeen()
{
    check(store().beginGroup());
    orDie(store().nextEpoch());
    store().rollbackGroup();
    const Epoch first = orDie(store().nextEpoch()); // the same one again, or the next
    check(store().beginGroup());
    orDie(store().nextEpoch());
    check(store().commitGroup());
    QCOMPARE(orDie(store().nextEpoch()).value(), first.value() + 2);
}

QTEST_GUILESS_MAIN(StoreAdoption)
#include "tst_storeadoption.moc"
