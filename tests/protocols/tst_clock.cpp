// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/base/clock.h"

#include <QTest>

using namespace wardesk;
using namespace std::chrono_literals;

namespace {

class HandClock final : public Clock
{
public:
    [[nodiscard]] WallTime wall() const override { return m_wall; }
    [[nodiscard]] MonotonicTime monotonic() const override { return m_monotonic; }
    void pass(std::chrono::milliseconds time)
    {
        m_wall += time;
        m_monotonic += time;
    }
    void set(std::chrono::milliseconds by) { m_wall += by; }

private:
    WallTime m_wall { 1'700'000'000'000ms };
    MonotonicTime m_monotonic { 5'000ms };
};

}

class ClockTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void goesWithTheWorld()
    {
        HandClock machine;
        const SteadyWallClock clock(machine);
        for (int turn = 0; turn < 1000; ++turn) {
            machine.pass(7ms);
            QCOMPARE(clock.wall(), machine.wall());
            QCOMPARE(clock.monotonic(), machine.monotonic());
        }
    }

    // R10
    void aClockThatIsSetAheadMakesNothingOver()
    {
        HandClock machine;
        const SteadyWallClock clock(machine);
        const WallTime before = clock.wall();
        machine.set(1h);
        machine.pass(10s);
        QVERIFY(clock.wall() - before >= 10s);
        QVERIFY(clock.wall() - before <= 10010ms);
    }

    void aClockThatIsSetBackGoesOn()
    {
        HandClock machine;
        const SteadyWallClock clock(machine);
        WallTime before = clock.wall();
        machine.set(-2h);
        for (int turn = 0; turn < 100; ++turn) {
            machine.pass(100ms);
            QVERIFY(clock.wall() - before >= 99ms);
            before = clock.wall();
        }
    }

    void followsWhatWasSet()
    {
        HandClock machine;
        const SteadyWallClock clock(machine);
        machine.set(60ms);
        for (int turn = 0; turn < 61 * 100; ++turn) {
            machine.pass(10ms);
            std::ignore = clock.wall();
        }
        QCOMPARE(clock.wall(), machine.wall());
    }
};

QTEST_APPLESS_MAIN(ClockTest)
#include "tst_clock.moc"
