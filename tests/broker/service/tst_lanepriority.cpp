// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/broker/service/world.h"

#include <QtTest>
#include <future>

using namespace wardesk;
using namespace wardesk::broker;
using namespace wardesk::broker::test;

namespace {

/// Keeps a lane of one thread busy until it is let go, so that the rest waits in its queue.
class Cork
{
public:
    explicit Cork(ThreadLane& lane)
    {
        std::promise<void> taken;
        std::ignore = lane.post(Urgency::first, [this, &taken] {
            taken.set_value();
            m_pulled.get_future().wait();
        });
        taken.get_future().wait();
    }
    void pull() { m_pulled.set_value(); }

private:
    std::promise<void> m_pulled;
};

}

class tst_LanePriority : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void R13_eachKindHasItsOwnBound();
    void R13_whatIsPaidForGoesFirst();
    void R13_theOthersAreDelayedAndNeverStarved();
    void aLaneThatStopsFinishesWhatItHas();
    void aFullLaneAnswersOverloaded();
};

void tst_LanePriority::R13_eachKindHasItsOwnBound()
{
    ThreadLane lane("test", 1, 3);
    Cork cork(lane);
    for (const Urgency urgency : { Urgency::usual, Urgency::first }) {
        for (int i = 0; i < 3; ++i)
            QVERIFY(lane.post(urgency, [] {}));
        QVERIFY(!lane.post(urgency, [] {}));
    }
    QCOMPARE(lane.waiting(), std::size_t(6));
    cork.pull();
    lane.stop();
    QCOMPARE(lane.waiting(), std::size_t(0));
}

void tst_LanePriority::R13_whatIsPaidForGoesFirst()
{
    ThreadLane lane("test", 1, 100);
    Cork cork(lane);
    std::string order;
    for (int i = 0; i < 3; ++i)
        QVERIFY(lane.post(Urgency::usual, [&order] { order += 'u'; }));
    for (int i = 0; i < 3; ++i)
        QVERIFY(lane.post(Urgency::first, [&order] { order += 'f'; }));
    cork.pull();
    lane.stop();
    QCOMPARE(order, std::string("fffuuu"));
}

void tst_LanePriority::R13_theOthersAreDelayedAndNeverStarved()
{
    ThreadLane lane("test", 1, 1000);
    Cork cork(lane);
    std::string order;
    QVERIFY(lane.post(Urgency::usual, [&order] { order += 'u'; }));
    for (int i = 0; i < 500; ++i)
        QVERIFY(lane.post(Urgency::first, [&order] { order += 'f'; }));
    cork.pull();
    lane.stop();
    QVERIFY2(order.find('u') < 20, order.c_str());
}

void tst_LanePriority::aLaneThatStopsFinishesWhatItHas()
{
    ThreadLane lane("test", 2, 100);
    std::atomic<int> done { 0 };
    for (int i = 0; i < 50; ++i)
        QVERIFY(lane.post(Urgency::usual, [&done] { ++done; }));
    lane.stop();
    QCOMPARE(done.load(), 50);
    QVERIFY(!lane.post(Urgency::first, [] {}));
}

void tst_LanePriority::aFullLaneAnswersOverloaded()
{
    World world;
    const Principal nurse = world.addUser("nurse");
    world.storeLane.refusing = true;
    const auto answer = world.await<wire::DesktopList>(
        [&](Done<wire::DesktopList> done) { world.connections.list(nurse, std::move(done)); });
    QVERIFY(!answer);
    QCOMPARE(answer.error().code, Errc::overloaded);
    world.storeLane.refusing = false;
    QVERIFY(world.await<wire::DesktopList>(
        [&](Done<wire::DesktopList> done) { world.connections.list(nurse, std::move(done)); }));
}

QTEST_GUILESS_MAIN(tst_LanePriority)
#include "tst_lanepriority.moc"
