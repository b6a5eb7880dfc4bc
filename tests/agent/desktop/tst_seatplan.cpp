// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/desktop/seatplan.h"

#include <QtTest>

using namespace wardesk;
using namespace wardesk::desktop;
using wire::SessionState;

namespace {

DesktopMemory warm()
{
    DesktopMemory memory;
    memory.session = SessionState::prepared;
    return memory;
}

DesktopMemory given(SessionState session, const std::string& lease, std::int64_t epoch = 7)
{
    DesktopMemory memory;
    memory.session = session;
    memory.lease = lease;
    memory.user = "user-of-" + lease;
    memory.epoch = epoch;
    return memory;
}

constexpr SeatLimits limits { 2, 8 };

}

/// Which account of a shared desktop is made next, and what is told of all.
class SeatPlanTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    /// As two may come at the same moment.
    void twoAreWarm()
    {
        constexpr SeatLimits four { 4, 8 };
        QCOMPARE(nextWarm({}, four), 1);
        QCOMPARE(nextWarm({ { 1, {} } }, four), 0); // it is on its way, and the second waits for it
        QCOMPARE(nextWarm({ { 1, warm() } }, four), 2);
        QCOMPARE(nextWarm({ { 1, warm() }, { 2, {} } }, four), 0);
        QCOMPARE(nextWarm({ { 1, warm() }, { 2, warm() } }, four), 0);
        const DesktopMemory used = given(SessionState::connected, "a");
        QCOMPARE(nextWarm({ { 1, used }, { 2, warm() } }, four), 3);
        QCOMPARE(nextWarm({ { 1, used }, { 2, warm() }, { 3, warm() } }, four), 0);
        QCOMPARE(nextWarm({ { 1, used }, { 2, given(SessionState::prepared, "b") } }, four), 3);
    }

    void notMoreThanSeatsAreFree()
    {
        const DesktopMemory used = given(SessionState::connected, "a");
        QCOMPARE(nextWarm({ { 1, warm() } }, { 1, 8 }), 0);
        QCOMPARE(nextWarm({ { 1, warm() } }, limits), 2);
        QCOMPARE(nextWarm({ { 1, used } }, limits), 2);
        QCOMPARE(nextWarm({ { 1, used }, { 2, warm() } }, limits), 0);
        QCOMPARE(nextWarm({ { 7, used }, { 8, warm() } }, { 4, 8 }), 0); // no account is left
    }

    /// It is tried again until it is there; another would fail as well.
    void oneThatFailsIsNotFollowedByOthers()
    {
        QCOMPARE(nextWarm({ { 1, given(SessionState::connected, "a") }, { 2, warm() }, { 3, {} } },
                     { 8, 64 }),
            0);
    }

    void noneIsWhenAllSeatsAreTaken()
    {
        Seats full { { 1, given(SessionState::connected, "a") },
            { 2, given(SessionState::disconnected, "b") } };
        QCOMPARE(nextWarm(full, limits), 0);
        full[1].session = SessionState::ended;
        QCOMPARE(nextWarm(full, limits), 3);
    }

    void noAccountIsUsedTwice_R1()
    {
        Seats seats;
        for (std::int64_t number = 1; number <= limits.accounts; ++number) {
            QCOMPARE(nextWarm(seats, limits), number);
            seats[number] = given(SessionState::ended, "lease");
        }
        QCOMPARE(nextWarm(seats, limits), 0);
    }

    void whatTheBrokerSkippedStays()
    {
        // It gave out the third before anybody came to the first two.
        const Seats seats { { 1, warm() }, { 3, given(SessionState::connected, "c") } };
        QCOMPARE(nextWarm(seats, limits), 4);
    }

    void onlyWhatWasGivenIsTold()
    {
        const Seats seats { { 1, given(SessionState::ended, "a", 5) },
            { 2, given(SessionState::connected, "b", 9) }, { 3, warm() } };
        const auto told = reportsOf(seats);
        QCOMPARE(told.size(), std::size_t(2));
        QCOMPARE(told[0].seat, 1);
        QVERIFY(!told[0].user); // it is over, and nobody's business any more
        QCOMPARE(told[1].lease, std::string("b"));
        QCOMPARE(told[1].user, std::optional<std::string>("user-of-b"));
        QCOMPARE(highestEpoch(seats, 4), 9);
        QCOMPARE(highestEpoch({}, 4), 4);
    }

    void aCommandNamesItsSeat()
    {
        QVERIFY(checkSeat(1, limits));
        QVERIFY(checkSeat(8, limits));
        QVERIFY(!checkSeat(0, limits));
        QVERIFY(!checkSeat(9, limits));
        QVERIFY(!checkSeat({}, limits)); // of a broker that knows no seats
        QVERIFY(checkSeat({}, {}));
        QVERIFY(!checkSeat(1, {})); // this desktop is one user's
    }

    void accountsHaveNamesOfTheirOwn()
    {
        QCOMPARE(accountOfSeat("clinician", 12), std::string("clinician-12"));
    }
};

QTEST_GUILESS_MAIN(SeatPlanTest)
#include "tst_seatplan.moc"
