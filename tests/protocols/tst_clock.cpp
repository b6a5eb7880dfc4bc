// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/base/clock.h"
#include "protocols/base/span.h"

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
    void spansAreReadAndTold()
    {
        QCOMPARE(spanText(0s), std::string("0 s"));
        QCOMPARE(spanText(300s), std::string("5 min"));
        QCOMPARE(spanText(5400s), std::string("1 h 30 min"));
        QCOMPARE(spanText(2 * 86'400s + 5s), std::string("2 days"));
        QCOMPARE(spanText(-5s), std::string("0 s"));
        using Read = std::pair<const char*, std::chrono::seconds>;
        for (const auto& [text, span] :
            { Read("90s", 90s), Read("5min", 300s), Read("16h", 57'600s), Read("2d", 172'800s),
                Read("1h30min", 5'400s), Read("never", 0s), Read("0", 0s) })
            QCOMPARE(readSpan("x", text).value().count(), span.count());
        for (const char* bad :
            { "", "5", "min", "5 min", "-5min", "1e9d", "99999999999999999999s" })
            QVERIFY2(!readSpan("x", bad), bad);
        QVERIFY(
            readSpan("lockAfter", "soon").error().detail.find("'lockAfter' is wrong: 'soon'") == 0);
    }

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
