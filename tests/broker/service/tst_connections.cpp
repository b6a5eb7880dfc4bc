// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/base/encoding.h"
#include "tests/broker/service/world.h"

#include <QtTest>

using namespace wardesk;
using namespace wardesk::broker;
using namespace wardesk::broker::test;

class tst_Connections : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void R2_twoUsersGetTwoDesktops();
    void R7_theSameUserGetsTheSameDesktopWithAHigherEpoch();
    void aThirdUserIsToldInPlainWords();
    void R9_aRetryGrantsNothingNew();
    void R9_aRetryAfterTheDesktopIsGoneIsStale();
    void aUserWaitsWhileThePoolGrows();
    void S1_aTicketWorksOnceAndForItsUserOnly();
    void S1_aTicketDiesAfterThirtySeconds();
    void S1_aTicketOfAnOlderEpochIsStale();
    void S1_aHeldTicketIsWorthNoMore();
    void S1_aTicketsSecretIsNowhereButInIt();
    void S5_theCredentialIsWrittenNowhere();
    void redeemingWaitsForAnAgentOnItsWayBack();
    void redeemingTellsThatTheAgentIsAway();
    void R3_anEarlierLifeOfTheDesktopAnswersNothing();
    void R14_aFullDiskKeepsWhatRunsAndGivesNothingNew();
    void anOverloadedStoreIsToldAtOnce();
    void hostAwayStillGivesReadyDesktops();
    void hostAwayIsToldWhenNothingIsReady();
    void switchedOffPoolsKeepRunningSessions();
    void theOtherTerminalIsToldThatTheSessionMoved();
    void A10_oneRecordForEachAct();
    void tilesTellTheTruth();
};

namespace {

const std::string key1 = "key-number-1";
const std::string key2 = "key-number-2";
const std::string key3 = "key-number-3";

}

void tst_Connections::R2_twoUsersGetTwoDesktops()
{
    World world;
    const Pool pool = world.addPool("Ward", 2, 4);
    world.bootDesktops();
    const auto nurse = world.connect(world.addUser("nurse"), pool, key1);
    const auto doctor = world.connect(world.addUser("doctor"), pool, key2);
    QVERIFY(nurse && doctor);
    QCOMPARE(nurse->state, wire::ConnectionState::ready);
    QCOMPARE(doctor->state, wire::ConnectionState::ready);
    QVERIFY(nurse->desktop->address != doctor->desktop->address);
    QVERIFY(nurse->lease != doctor->lease);
    QCOMPARE(nurse->desktop->certificateSha256.size(), std::size_t(64));
    QCOMPARE(*nurse->resumed, false);
}

void tst_Connections::R7_theSameUserGetsTheSameDesktopWithAHigherEpoch()
{
    World world;
    const Pool pool = world.addPool("Ward", 2, 4);
    world.bootDesktops();
    const Principal nurse = world.addUser("nurse");
    const auto first = world.connect(nurse, pool, key1);
    const auto second = world.connect(nurse, pool, key2);
    QVERIFY(first && second);
    QCOMPARE(*second->lease, *first->lease);
    QCOMPARE(second->desktop->address, first->desktop->address);
    QVERIFY(*second->epoch > *first->epoch);
}

void tst_Connections::aThirdUserIsToldInPlainWords()
{
    World world;
    const Pool pool = world.addPool("Ward", 2, 2);
    world.bootDesktops();
    QVERIFY(world.connect(world.addUser("nurse"), pool, key1));
    QVERIFY(world.connect(world.addUser("doctor"), pool, key2));
    const auto third = world.connect(world.addUser("third"), pool, key3);
    QVERIFY(!third);
    QCOMPARE(third.error().code, Errc::poolFull);
    QCOMPARE(QString::fromStdString(third.error().detail),
        QStringLiteral(
            "All 2 desktops of 'Ward' are in use. Try again later, or ask IT for more."));
    QCOMPARE(world.rows().size(), std::size_t(2));
}

void tst_Connections::R9_aRetryGrantsNothingNew()
{
    World world;
    const Pool pool = world.addPool("Ward", 2, 4);
    world.bootDesktops();
    const Principal nurse = world.addUser("nurse");
    const auto first = world.connect(nurse, pool, key1);
    const auto retry = world.connect(nurse, pool, key1);
    QVERIFY(first && retry);
    QCOMPARE(*retry->lease, *first->lease);
    QCOMPARE(*retry->epoch, *first->epoch);
    QCOMPARE(world.store.listOpenLeases(world.organisation)->size(), std::size_t(1));
    const auto bad = world.connect(nurse, pool, "short");
    QVERIFY(!bad);
    QCOMPARE(bad.error().code, Errc::invalidArgument);
}

void tst_Connections::R9_aRetryAfterTheDesktopIsGoneIsStale()
{
    World world;
    Pool pool = world.addPool("Ward", 1, 1);
    world.bootDesktops();
    const Principal nurse = world.addUser("nurse");
    const auto first = world.connect(nurse, pool, key1);
    QVERIFY(first);
    QVERIFY(world.redeem(nurse, *first->ticket));
    pool.spare = 0;
    QVERIFY(world.store.updatePool(pool));
    world.agentOf("ward-01")->session(wire::SessionState::ended);
    world.advance(std::chrono::minutes(1));
    QVERIFY(world.rows().empty()); // the pool has become smaller meanwhile
    const auto retry = world.connect(nurse, pool, key1);
    QVERIFY(!retry);
    QCOMPARE(retry.error().code, Errc::stale);
    // Also in the books there is no desktop to name.
    const AuditRecord record = world.audit().back();
    QCOMPARE(record.action, std::string("lease.repeat"));
    QCOMPARE(record.object, std::string("Ward"));
}

void tst_Connections::aUserWaitsWhileThePoolGrows()
{
    World world;
    const Pool pool = world.addPool("Ward", 0, 2);
    const Principal nurse = world.addUser("nurse");
    const auto first = world.connect(nurse, pool, key1);
    QVERIFY(first);
    QCOMPARE(first->state, wire::ConnectionState::preparing);
    QVERIFY(first->retryAfterMs.value_or(0) > 0);
    QVERIFY(!first->ticket);
    world.bootDesktops();
    const auto second = world.connect(nurse, pool, key1);
    QVERIFY(second);
    QCOMPARE(second->state, wire::ConnectionState::ready);
}

void tst_Connections::S1_aTicketWorksOnceAndForItsUserOnly()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 2);
    world.bootDesktops();
    const Principal nurse = world.addUser("nurse");
    const Principal thief = world.addUser("thief");
    const auto connection = world.connect(nurse, pool, key1);
    QVERIFY(connection);
    const auto stolen = world.redeem(thief, *connection->ticket);
    QVERIFY(!stolen);
    QCOMPARE(stolen.error().code, Errc::stale);
    const auto again = world.connect(nurse, pool, key1);
    const auto first = world.redeem(nurse, *again->ticket);
    QVERIFY(first);
    QCOMPARE(QString::fromStdString(first->account), QStringLiteral("clinician"));
    QVERIFY(!first->credential.empty());
    const auto second = world.redeem(nurse, *again->ticket);
    QVERIFY(!second);
    QCOMPARE(second.error().code, Errc::stale);
}

void tst_Connections::S1_aTicketDiesAfterThirtySeconds()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 2);
    world.bootDesktops();
    const Principal nurse = world.addUser("nurse");
    const auto connection = world.connect(nurse, pool, key1);
    world.advance(std::chrono::seconds(31));
    const auto late = world.redeem(nurse, *connection->ticket);
    QVERIFY(!late);
    QCOMPARE(late.error().code, Errc::stale);
}

void tst_Connections::S1_aHeldTicketIsWorthNoMore()
{
    const WallTime now(std::chrono::hours(1));
    const UserId nurse("nurse");
    const auto ticket = [&](const char* hash, WallTime expiresAt) {
        return NewTicket { .hash = SecretHash(hash),
            .lease = LeaseId("lease"),
            .epoch = Epoch(1),
            .user = nurse,
            .expiresAt = expiresAt };
    };
    HeldTickets held;
    held.add(ticket("once", now + ticketLife), now);
    QVERIFY(held.take(SecretHash("once"), nurse, now));
    QVERIFY(!held.take(SecretHash("once"), nurse, now));
    held.add(ticket("another's", now + ticketLife), now);
    QVERIFY(!held.take(SecretHash("another's"), UserId("doctor"), now));
    QVERIFY(!held.take(SecretHash("another's"), nurse, now)); // it has been tried
    held.add(ticket("late", now + ticketLife), now);
    QVERIFY(!held.take(SecretHash("late"), nurse, now + ticketLife));
    held.add(ticket("forgotten", now), now);
    held.add(ticket("kept", now + ticketLife), now);
    QVERIFY(held.take(SecretHash("kept"), nurse, now));
    QVERIFY(!held.take(SecretHash("forgotten"), nurse, now - ticketLife));
}

void tst_Connections::S1_aTicketsSecretIsNowhereButInIt()
{
    using namespace std::chrono_literals;
    const WallTime now = WallTime() + 30h;
    const std::string ticket = newTicket(now);
    const std::string secret = ticket.substr(ticket.find('.') + 1);
    QCOMPARE(fromBase64Url(secret)->size(), std::size_t(32)); // 256 bits
    const std::string kept = hashOfTicket(ticket).value();
    QVERIFY(kept.find(secret) == std::string::npos);
    QVERIFY(kept.ends_with(sha256Hex(ticket)));
    // In the order of their time, whatever their secrets are.
    QVERIFY(kept < hashOfTicket(newTicket(now + 1ms)).value());
    QVERIFY(newTicket(now) != ticket);
    // What is no ticket of ours is nobody's.
    const std::string bytes = std::string(36, '\0') + '.' + secret;
    const std::string slash = std::string(36, 'a') + '/' + secret;
    for (const std::string& other : { secret, '.' + secret, std::string(), bytes, slash })
        QCOMPARE(hashOfTicket(other).value(), sha256Hex(other));
}

void tst_Connections::S1_aTicketOfAnOlderEpochIsStale()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 2);
    world.bootDesktops();
    const Principal nurse = world.addUser("nurse");
    const auto first = world.connect(nurse, pool, key1);
    const auto second = world.connect(nurse, pool, key2);
    const auto old = world.redeem(nurse, *first->ticket);
    QVERIFY(!old);
    QCOMPARE(old.error().code, Errc::stale);
    QVERIFY(world.redeem(nurse, *second->ticket));
}

void tst_Connections::S5_theCredentialIsWrittenNowhere()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 2);
    world.bootDesktops();
    const Principal nurse = world.addUser("nurse");
    const auto connection = world.connect(nurse, pool, key1);
    const auto credential = world.redeem(nurse, *connection->ticket);
    QVERIFY(credential);
    for (const AuditRecord& record : world.audit()) {
        for (const std::string& text : { record.detail, record.object, record.actor }) {
            QVERIFY(text.find(credential->credential) == std::string::npos);
            QVERIFY(text.find(*connection->ticket) == std::string::npos);
        }
    }
}

void tst_Connections::redeemingWaitsForAnAgentOnItsWayBack()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 1);
    world.bootDesktops();
    const Principal nurse = world.addUser("nurse");
    const auto connection = world.connect(nurse, pool, key1);
    const auto agent = world.agentOf("ward-01");
    world.agents.detach(agent->identity().desktop, agent.get());
    std::optional<Result<wire::OneTimeCredential>> answer;
    world.connections.redeem(nurse, { *connection->ticket },
        [&answer](Result<wire::OneTimeCredential> result) { answer = std::move(result); });
    world.advance(std::chrono::seconds(2));
    QVERIFY(!answer);
    world.agents.attach(agent->identity(), agent);
    world.settle();
    QVERIFY(answer && *answer);
}

void tst_Connections::redeemingTellsThatTheAgentIsAway()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 1);
    world.bootDesktops();
    const Principal nurse = world.addUser("nurse");
    const auto connection = world.connect(nurse, pool, key1);
    world.agentOf("ward-01")->silent = true;
    const auto redeemed = world.redeem(nurse, *connection->ticket);
    QVERIFY(!redeemed);
    QCOMPARE(redeemed.error().code, Errc::unavailable);
    // R7: unreachable is not free.
    QCOMPARE(world.store.listOpenLeases(world.organisation)->size(), std::size_t(1));
}

void tst_Connections::R3_anEarlierLifeOfTheDesktopAnswersNothing()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 1);
    world.bootDesktops();
    const Principal nurse = world.addUser("nurse");
    const auto connection = world.connect(nurse, pool, key1);
    const auto agent = world.agentOf("ward-01");
    agent->silent = true;
    std::optional<Result<wire::OneTimeCredential>> redeemed;
    world.connections.redeem(nurse, { *connection->ticket },
        [&](Result<wire::OneTimeCredential> result) { redeemed = std::move(result); });
    world.settle();
    QCOMPARE(agent->commands.size(), std::size_t(1));
    AgentIdentity earlier = agent->identity();
    earlier.incarnation = Incarnation(earlier.incarnation.value() - 1);
    wire::AgentReport forged;
    forged.kind = wire::AgentReportKind::answer;
    forged.id = agent->commands.front().id;
    forged.account = "clinician";
    forged.credential = "known to somebody else";
    world.reports.receive(earlier, forged, [] {});
    world.settle();
    QVERIFY(!redeemed);
    world.reports.receive(agent->identity(), forged, [] {});
    world.settle();
    QVERIFY(redeemed && *redeemed);
}

void tst_Connections::R14_aFullDiskKeepsWhatRunsAndGivesNothingNew()
{
    World world;
    const Pool pool = world.addPool("Ward", 2, 4);
    world.bootDesktops();
    const Principal nurse = world.addUser("nurse");
    const Principal doctor = world.addUser("doctor");
    const auto first = world.connect(nurse, pool, key1);
    QVERIFY(first);
    world.store.setFull(true);
    const auto again = world.connect(nurse, pool, key2);
    QVERIFY2(again, again ? "" : again.error().detail.c_str());
    QCOMPARE(*again->lease, *first->lease);
    QVERIFY(world.redeem(nurse, *again->ticket));
    QVERIFY(!world.redeem(nurse, *again->ticket)); // once, also without a database
    const auto fresh = world.connect(doctor, pool, key3);
    QVERIFY(!fresh);
    QCOMPARE(fresh.error().code, Errc::storageFull);
    QVERIFY(fresh.error().detail.find("No new desktops") != std::string::npos);
    world.store.setFull(false);
    QVERIFY(world.connect(doctor, pool, key3));
}

void tst_Connections::anOverloadedStoreIsToldAtOnce()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 1);
    world.bootDesktops();
    const Principal nurse = world.addUser("nurse");
    world.storeLane.refusing = true;
    const auto refused = world.connect(nurse, pool, key1);
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, Errc::overloaded);
}

void tst_Connections::hostAwayStillGivesReadyDesktops()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 2);
    world.bootDesktops();
    world.host.disconnect();
    world.advance(std::chrono::seconds(31));
    const auto connection = world.connect(world.addUser("nurse"), pool, key1);
    QVERIFY(connection);
    QCOMPARE(connection->state, wire::ConnectionState::ready);
}

void tst_Connections::hostAwayIsToldWhenNothingIsReady()
{
    World world;
    world.host.disconnect();
    const Pool pool = world.addPool("Ward", 1, 2);
    world.advance(std::chrono::seconds(5));
    const auto refused = world.connect(world.addUser("nurse"), pool, key1);
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, Errc::unavailable);
    QVERIFY(refused.error().detail.find("no virtualisation host answers") != std::string::npos);
    QVERIFY(world.keeper.messageOf(pool.id).find("host answers") != std::string::npos);
    world.host.recover();
    world.advance(std::chrono::seconds(10));
    world.bootDesktops();
    QVERIFY(world.connect(world.addUser("doctor"), pool, key2));
    QVERIFY(world.keeper.messageOf(pool.id).empty());
}

void tst_Connections::switchedOffPoolsKeepRunningSessions()
{
    World world;
    Pool pool = world.addPool("Ward", 1, 2);
    world.bootDesktops();
    const Principal nurse = world.addUser("nurse");
    const auto first = world.connect(nurse, pool, key1);
    pool.enabled = false;
    QVERIFY(world.store.updatePool(pool));
    const auto again = world.connect(nurse, pool, key2);
    QVERIFY(again);
    QCOMPARE(*again->lease, *first->lease);
    const auto other = world.connect(world.addUser("doctor"), pool, key3);
    QVERIFY(!other);
    QCOMPARE(other.error().code, Errc::unavailable);
}

void tst_Connections::theOtherTerminalIsToldThatTheSessionMoved()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 1);
    world.bootDesktops();
    const Principal atFirst = world.addUser("nurse");
    Principal atSecond = atFirst;
    atSecond.token = SecretHash("another");
    atSecond.terminal = "ward-2";
    auto first = std::make_shared<FakeEvents>();
    auto second = std::make_shared<FakeEvents>();
    std::ignore = world.events.attach(atFirst, first);
    std::ignore = world.events.attach(atSecond, second);
    QVERIFY(world.connect(atFirst, pool, key1));
    QCOMPARE(first->count(wire::EventKind::sessionMoved), std::size_t(0));
    QVERIFY(world.connect(atSecond, pool, key2));
    QCOMPARE(first->count(wire::EventKind::sessionMoved), std::size_t(1));
    QCOMPARE(second->count(wire::EventKind::sessionMoved), std::size_t(0));
}

void tst_Connections::A10_oneRecordForEachAct()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 1);
    world.bootDesktops();
    const Principal nurse = world.addUser("nurse");
    const auto before = world.audit().size();
    const auto connection = world.connect(nurse, pool, key1);
    QCOMPARE(world.audit().size(), before + 1);
    QVERIFY(world.redeem(nurse, *connection->ticket));
    QCOMPARE(world.audit().size(), before + 2);
    QVERIFY(!world.redeem(nurse, *connection->ticket));
    QCOMPARE(world.audit().size(), before + 3);
    QCOMPARE(QString::fromStdString(world.audit().back().outcome), QStringLiteral("stale"));
    QVERIFY(!world.connect(world.addUser("doctor"), pool, key2));
    QCOMPARE(world.audit().size(), before + 4);
    QCOMPARE(QString::fromStdString(world.audit().back().outcome), QStringLiteral("poolFull"));
}

void tst_Connections::tilesTellTheTruth()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 1);
    const Principal nurse = world.addUser("nurse");
    const Principal doctor = world.addUser("doctor");
    const auto tile = [&](const Principal& who) {
        const auto list = world.await<wire::DesktopList>(
            [&](Done<wire::DesktopList> done) { world.connections.list(who, std::move(done)); });
        return list && list->desktops.size() == 1 ? list->desktops.front() : wire::DesktopTile {};
    };
    QCOMPARE(tile(nurse).state, wire::TileState::preparing);
    world.bootDesktops();
    QCOMPARE(tile(nurse).state, wire::TileState::available);
    const auto connection = world.connect(nurse, pool, key1);
    QVERIFY(world.redeem(nurse, *connection->ticket));
    world.agentOf("ward-01")->session(wire::SessionState::connected);
    world.settle();
    QCOMPARE(tile(nurse).state, wire::TileState::connected);
    QCOMPARE(tile(doctor).state, wire::TileState::full);
    world.agentOf("ward-01")->session(wire::SessionState::disconnected);
    world.settle();
    QCOMPARE(tile(nurse).state, wire::TileState::running);
    QCOMPARE(*tile(nurse).lease, *connection->lease);
}

QTEST_GUILESS_MAIN(tst_Connections)
#include "tst_connections.moc"
