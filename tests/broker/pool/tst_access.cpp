// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/access.h"
#include "broker/pool/calendar.h"
#include "broker/service/zones.h"
#include "tests/broker/pool/berlin.h"

#include <QTest>

using namespace wardesk;
using namespace wardesk::broker;
using test::berlin;
using test::utc;
using namespace std::chrono_literals;

namespace {

/// 2026-11-23 is a Monday, and clocks are at UTC+1 then.
WallTime local(const std::string& day, std::chrono::minutes time)
{
    return toWall(LocalTime(*readDay(day) + time), berlin());
}

Right everywhere()
{
    return {};
}

Right at(const std::string& group, std::vector<std::string> patterns)
{
    Right right;
    right.entitlement.terminals = TerminalGroupId(group);
    right.terminalGroup = group;
    right.patterns = std::move(patterns);
    return right;
}

Right during(const std::string& days, std::chrono::minutes from, std::chrono::minutes to)
{
    CalendarWindow read;
    if (!readDays(days, read))
        qFatal("bad days");
    Right right;
    right.entitlement.hours = WeekHours { .weekdays = read.weekdays, .from = from, .to = to };
    return right;
}

Access ask(const std::vector<Right>& rights, WallTime now, const AccessQuestion& question = {})
{
    return accessOf(rights, question, berlin(), now);
}

const WallTime mondayNoon = local("2026-11-23", 12h);

}

/// Who may open a pool, where and when.
class TstAccess : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void withoutARightThereIsNoAccess_A7()
    {
        QCOMPARE(ask({}, mondayNoon).outcome, AccessOutcome::notEntitled);
        QCOMPARE(ask({}, mondayNoon, { "icu-1", true }).outcome, AccessOutcome::notEntitled);
        QCOMPARE(ask({ everywhere() }, mondayNoon).outcome, AccessOutcome::allowed);
    }

    void oneRightThatHoldsIsEnough()
    {
        const std::vector<Right> rights { at("icu", { "icu-*" }), during("sat", 8h, 12h) };
        QCOMPARE(ask(rights, mondayNoon, { "icu-1" }).outcome, AccessOutcome::allowed);
        QCOMPARE(ask(rights, local("2026-11-28", 9h), { "er-1" }).outcome, AccessOutcome::allowed);
    }

    void allThatARightNamesMustHold()
    {
        Right right = at("icu", { "icu-*" });
        right.entitlement.hours = during("mon-fri", 7h, 19h).entitlement.hours;
        QCOMPARE(ask({ right }, mondayNoon, { "icu-1" }).outcome, AccessOutcome::allowed);
        QCOMPARE(ask({ right }, mondayNoon, { "er-1" }).outcome, AccessOutcome::wrongTerminal);
        QCOMPARE(ask({ right }, local("2026-11-23", 20h), { "icu-1" }).outcome,
            AccessOutcome::outsideHours);
        QCOMPARE(ask({ right }, local("2026-11-23", 20h), { "er-1" }).outcome,
            AccessOutcome::wrongTerminal);
    }

    void whereItMayBeOpenedIsTold()
    {
        const auto access = ask({ at("icu", { "icu-*" }), at("er", { "er-?" }), at("icu", {}) },
            mondayNoon, { "office" });
        QCOMPARE(access.outcome, AccessOutcome::wrongTerminal);
        QVERIFY(access.terminalGroups == (std::vector<std::string> { "er", "icu" }));
        QVERIFY(!access.opensAt);
    }

    void hoursAreThoseOfTheZone()
    {
        const std::vector<Right> rights { during("mon-fri", 7h, 19h) };
        QCOMPARE(ask(rights, utc("2026-11-23", 5h + 59min)).outcome, AccessOutcome::outsideHours);
        QCOMPARE(ask(rights, utc("2026-11-23", 6h)).outcome, AccessOutcome::allowed);
        QCOMPARE(ask(rights, utc("2026-11-23", 17h + 59min)).outcome, AccessOutcome::allowed);
        QCOMPARE(ask(rights, utc("2026-11-23", 18h)).outcome, AccessOutcome::outsideHours);
    }

    void theNextTimeIsTold()
    {
        const std::vector<Right> rights { during("mon-fri", 7h, 19h) };
        QCOMPARE(ask(rights, local("2026-11-23", 6h)).opensAt, local("2026-11-23", 7h));
        QCOMPARE(ask(rights, local("2026-11-23", 19h)).opensAt, local("2026-11-24", 7h));
        QCOMPARE(ask(rights, local("2026-11-27", 20h)).opensAt, local("2026-11-30", 7h));
        // Only one day a week, and it is that day, too late.
        QCOMPARE(ask({ during("mon", 7h, 8h) }, local("2026-11-23", 9h)).opensAt,
            local("2026-11-30", 7h));
        // Of several the first one that comes, in whatever order they stand.
        const std::vector<Right> several { during("wed", 7h, 8h), during("tue", 7h, 8h),
            during("thu", 7h, 8h) };
        QCOMPARE(ask(several, local("2026-11-23", 9h)).opensAt, local("2026-11-24", 7h));
    }

    void aNightBelongsToTheDayOnWhichItBegins()
    {
        const std::vector<Right> rights { during("fri", 22h, 6h) };
        QCOMPARE(ask(rights, local("2026-11-27", 23h)).outcome, AccessOutcome::allowed);
        QCOMPARE(ask(rights, local("2026-11-28", 5h)).outcome, AccessOutcome::allowed);
        QCOMPARE(ask(rights, local("2026-11-28", 6h)).outcome, AccessOutcome::outsideHours);
        QCOMPARE(ask(rights, local("2026-11-27", 5h)).outcome, AccessOutcome::outsideHours);
    }

    void daysBoundARight()
    {
        Right right = everywhere();
        right.entitlement.firstDay = readDay("2026-12-01");
        right.entitlement.lastDay = readDay("2026-12-31");
        const auto before = ask({ right }, mondayNoon);
        QCOMPARE(before.outcome, AccessOutcome::outsideHours);
        QCOMPARE(before.opensAt, local("2026-12-01", 0h));
        QCOMPARE(ask({ right }, local("2026-12-01", 0h)).outcome, AccessOutcome::allowed);
        QCOMPARE(ask({ right }, local("2026-12-31", 23h + 59min)).outcome, AccessOutcome::allowed);
        QCOMPARE(ask({ right }, local("2027-01-01", 0h)).outcome, AccessOutcome::notEntitled);
        // The night that began on the last day ends as it would.
        right.entitlement.hours = during("daily", 22h, 6h).entitlement.hours;
        QCOMPARE(ask({ right }, local("2027-01-01", 5h)).outcome, AccessOutcome::allowed);
        QCOMPARE(ask({ right }, local("2027-01-01", 7h)).outcome, AccessOutcome::notEntitled);
        // What is over does not say where, either.
        right.entitlement.terminals = TerminalGroupId("icu");
        QCOMPARE(ask({ right }, local("2027-01-01", 7h)).outcome, AccessOutcome::notEntitled);
    }

    void workThatIsBegunMayBeFinishedButNotElsewhere()
    {
        Right right = at("icu", { "icu-*" });
        right.entitlement.hours = during("mon-fri", 7h, 19h).entitlement.hours;
        right.entitlement.lastDay = readDay("2026-12-31");
        const WallTime late = local("2026-11-23", 20h);
        QCOMPARE(ask({ right }, late, { "icu-1", true }).outcome, AccessOutcome::allowed);
        QCOMPARE(ask({ right }, late, { "er-1", true }).outcome, AccessOutcome::wrongTerminal);
        QCOMPARE(ask({ right }, late, { "icu-1", false }).outcome, AccessOutcome::outsideHours);
        // Days bound it: who has left the house has left it.
        QCOMPARE(ask({ right }, local("2027-01-01", 20h), { "icu-1", true }).outcome,
            AccessOutcome::notEntitled);
    }

    void clocksThatAreSetChangeNoHours()
    {
        // Put forward at 02:00 on 2026-03-29, a Sunday; put back at 03:00 on 2026-10-25.
        const std::vector<Right> night { during("sat", 22h, 6h) };
        QCOMPARE(ask(night, local("2026-03-29", 5h + 59min)).outcome, AccessOutcome::allowed);
        QCOMPARE(ask(night, local("2026-03-29", 6h)).outcome, AccessOutcome::outsideHours);
        QCOMPARE(ask(night, local("2026-10-25", 5h + 59min)).outcome, AccessOutcome::allowed);
        QCOMPARE(ask(night, local("2026-10-25", 6h)).outcome, AccessOutcome::outsideHours);
        // Hours that never come on that day begin when the clock has been set.
        QCOMPARE(ask({ during("sun", 2h + 30min, 4h) }, local("2026-03-29", 1h)).opensAt,
            utc("2026-03-29", 60min));
    }

    void allDayIsTwoWaysOfWritingIt()
    {
        QCOMPARE(ask({ during("mon", 0h, 24h) }, local("2026-11-23", 23h + 59min)).outcome,
            AccessOutcome::allowed);
        QCOMPARE(ask({ during("mon", 7h, 7h) }, local("2026-11-24", 6h + 59min)).outcome,
            AccessOutcome::allowed);
        QCOMPARE(ask({ during("mon", 7h, 7h) }, local("2026-11-24", 7h)).outcome,
            AccessOutcome::outsideHours);
    }

    void withoutAZoneOnlyWhatHasNoHoursIsSure()
    {
        const Right timed = during("mon", 7h, 8h);
        const auto judge = [](const std::vector<Right>& rights, const AccessQuestion& question) {
            return accessWithoutZone(rights, question).outcome;
        };
        QCOMPARE(judge({}, {}), AccessOutcome::notEntitled);
        QCOMPARE(judge({ timed }, {}), AccessOutcome::hoursUnknown);
        QCOMPARE(judge({ timed }, { "", true }), AccessOutcome::allowed);
        QCOMPARE(judge({ timed, everywhere() }, {}), AccessOutcome::allowed);
        Right there = at("icu", { "icu-*" });
        there.entitlement.hours = timed.entitlement.hours;
        QCOMPARE(judge({ there }, { "er-1", true }), AccessOutcome::wrongTerminal);
        QCOMPARE(judge({ there }, { "icu-1", true }), AccessOutcome::allowed);
    }

    void patterns_data()
    {
        QTest::addColumn<QByteArray>("pattern");
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<bool>("matches");
        const auto row = [](const char* pattern, const char* name, bool matches) {
            QTest::addRow("%s on %s", pattern, name)
                << QByteArray(pattern) << QByteArray(name) << matches;
        };
        row("icu-1", "icu-1", true);
        row("icu-1", "ICU-1", true);
        row("ICU-1", "icu-1", true);
        row("icu-1", "icu-10", false);
        row("icu-10", "icu-1", false);
        row("icu-*", "icu-", true);
        row("icu-*", "icu-12", true);
        row("icu-*", "er-icu-12", false);
        row("*-12", "icu-12", true);
        row("*-12", "icu-12-12", true);
        row("*-12", "icu-123", false);
        row("i*u-*2", "icu-112", true);
        row("?cu", "icu", true);
        row("?cu", "cu", false);
        row("*", "", true);
        row("**", "x", true);
        row("?", "", false);
        row("a*", "", false);
        row("*a*b*", "xaxbx", true);
        row("*a*b*", "xbxax", false);
        row("[a", "Aa", false);
    }

    void patterns()
    {
        QFETCH(QByteArray, pattern);
        QFETCH(QByteArray, name);
        QTEST(matchesPattern(pattern.toStdString(), name.toStdString()), "matches");
    }

    void aTerminalWithoutANameIsNowhere()
    {
        QCOMPARE(
            ask({ at("icu", { "icu-*" }) }, mondayNoon, {}).outcome, AccessOutcome::wrongTerminal);
        QCOMPARE(ask({ at("all", { "*" }) }, mondayNoon, {}).outcome, AccessOutcome::allowed);
    }

    void onlySomeRightsNeedAZone()
    {
        QVERIFY(!dependsOnTime({}));
        QVERIFY(!dependsOnTime({ everywhere(), at("icu", { "*" }) }));
        QVERIFY(dependsOnTime({ everywhere(), during("mon", 7h, 8h) }));
        Right first = everywhere();
        first.entitlement.firstDay = readDay("2026-12-01");
        QVERIFY(dependsOnTime({ first }));
        Right last = everywhere();
        last.entitlement.lastDay = readDay("2026-12-01");
        QVERIFY(dependsOnTime({ last }));
    }

    void timesAreToldInWords()
    {
        Entitlement entitlement = during("mon-fri", 7h, 19h).entitlement;
        QCOMPARE(timesText(entitlement), std::string("mon-fri 07:00-19:00"));
        entitlement.firstDay = readDay("2026-12-01");
        entitlement.lastDay = readDay("2026-12-31");
        QCOMPARE(timesText(entitlement),
            std::string("mon-fri 07:00-19:00, from 2026-12-01, until 2026-12-31"));
        QCOMPARE(timesText({}), std::string("always"));
    }

    void whatCannotBeIsRefused()
    {
        Entitlement entitlement;
        QVERIFY(checkTimes(entitlement));
        entitlement.firstDay = readDay("2026-12-01");
        QVERIFY(checkTimes(entitlement));
        entitlement.lastDay = readDay("2026-12-01");
        QVERIFY(checkTimes(entitlement));
        entitlement.lastDay = readDay("2026-11-30");
        QVERIFY(checkTimes(entitlement).error().detail.find("2026-11-30") != std::string::npos);
        QVERIFY(checkPatterns({}));
        QVERIFY(checkPatterns({ "icu-*", std::string(100, 'x') }));
        for (const std::string& bad : { std::string(), std::string(101, 'x'), std::string("a b"),
                 std::string("a\nb"), std::string("a\x7f") })
            QVERIFY(!checkPatterns({ bad }));
        QVERIFY(checkPatterns(std::vector<std::string>(200, "x")));
        QVERIFY(!checkPatterns(std::vector<std::string>(201, "x")));
    }
};

QTEST_APPLESS_MAIN(TstAccess)

#include "tst_access.moc"
