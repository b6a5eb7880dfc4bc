// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/addresses.h"
#include "broker/store/incarnationrules.h"
#include "broker/store/storerules.h"

#include <QTest>

using namespace wardesk;
using namespace wardesk::broker;
using namespace std::chrono_literals;

namespace {

WallTime at(std::chrono::milliseconds sinceStart)
{
    return WallTime(1'000'000s) + sinceStart;
}

DesktopRow started()
{
    DesktopRow row;
    row.desktop.name = "ward-01";
    row.desktop.incarnation.number = Incarnation(2);
    row.desktop.incarnation.startedAt = at({});
    return row;
}

}

class TstIncarnationRules : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aLateStartOfWhatIsBeingEndedIsAFact();
    void failuresCountUntilReady();
    void anEndingIsDecidedOnce();
    void nothingBeginsWhileSetAside();
    void anotherIncarnationIsStale_R3();
    void whatHasEndedIsOver();
    void lateReportsChangeNothing();
    void endingsFollowTheLease();
    void theNextCarriesItsFailures();
    void auditHashesCoverEveryField_A10();
    void ranges();
};

void TstIncarnationRules::aLateStartOfWhatIsBeingEndedIsAFact()
{
    IncarnationFacts facts;
    facts.number = Incarnation(2);
    facts.endingAt = at(1s);
    QVERIFY(rules::start(facts, Incarnation(2), at(2s)).has_value());
    QVERIFY(facts.startedAt == at(2s));
    QVERIFY(!rules::makeReady(facts, Incarnation(2), "ab", at(3s)));
    QVERIFY(!rules::makeUnready(facts, Incarnation(2), at(3s)));
    QVERIFY(!facts.readyAt);
}

void TstIncarnationRules::failuresCountUntilReady()
{
    DesktopRow row = started();
    IncarnationFacts& facts = row.desktop.incarnation;
    QVERIFY(rules::failStart(facts, Incarnation(2), "no host", at(1s)).has_value());
    QVERIFY(rules::failStart(facts, Incarnation(2), "no disk", at(2s)).has_value());
    QCOMPARE(facts.startAttempts, std::int64_t(2));
    QVERIFY(facts.lastFailureAt == at(2s));
    QCOMPARE(facts.lastError, std::string("no disk"));
    QVERIFY(rules::makeReady(facts, Incarnation(2), "ab", at(3s)).has_value());
    QCOMPARE(facts.startAttempts, std::int64_t(0));
    QVERIFY(!facts.lastFailureAt);
}

void TstIncarnationRules::anEndingIsDecidedOnce()
{
    DesktopRow row = started();
    const Incarnation number(2);
    QVERIFY(rules::beginEnding(row, number, EndReason::failedToStart, at(1s)).has_value());
    QVERIFY(rules::beginEnding(row, number, EndReason::failedToStart, at(2s)).has_value());
    QCOMPARE(row.desktop.incarnation.startAttempts, std::int64_t(1));
    QVERIFY(row.desktop.incarnation.endingAt == at(1s));
    row = started();
    row.lease.emplace();
    const Result<void> used = rules::beginEnding(row, number, EndReason::poolShrunk, at(1s));
    QVERIFY(!used);
    QCOMPARE(used.error().code, Errc::conflict);
}

void TstIncarnationRules::nothingBeginsWhileSetAside()
{
    DesktopRow row = started();
    row.desktop.incarnation.endingAt = at(1s);
    row.desktop.incarnation.endedAt = at(2s);
    row.desktop.quarantinedAt = at(3s);
    NewIncarnation next;
    next.number = Incarnation(3);
    const Result<IncarnationFacts> refused = rules::next(row.desktop, next);
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, Errc::conflict);
    row.desktop.quarantinedAt.reset();
    const Result<IncarnationFacts> facts = rules::next(row.desktop, next);
    QVERIFY(facts.has_value());
    QVERIFY(facts->lastError.empty());
}

void TstIncarnationRules::anotherIncarnationIsStale_R3()
{
    DesktopRow row = started();
    IncarnationFacts& facts = row.desktop.incarnation;
    const Incarnation other(1);
    for (const Result<void>& refused :
        { rules::start(facts, other, at(1s)), rules::failStart(facts, other, "x", at(1s)),
            rules::makeReady(facts, other, "ab", at(1s)), rules::makeUnready(facts, other, at(1s)),
            rules::beginEnding(row, other, EndReason::poolShrunk, at(1s)),
            rules::end(row.desktop, other, DiskFate::removed, at(1s)) }) {
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, Errc::stale);
    }
    QVERIFY(!facts.readyAt && !facts.endingAt);
}

void TstIncarnationRules::whatHasEndedIsOver()
{
    DesktopRow row = started();
    IncarnationFacts& facts = row.desktop.incarnation;
    const Incarnation number(2);
    // Nobody has begun to end it.
    QCOMPARE(
        rules::end(row.desktop, number, DiskFate::removed, at(1s)).error().code, Errc::conflict);
    QVERIFY(rules::beginEnding(row, number, EndReason::loggedOff, at(1s)).has_value());
    QCOMPARE(facts.startAttempts, std::int64_t(0)); // a log-off is no failure
    // An error that comes while it is being ended is kept, but is no attempt.
    QVERIFY(rules::failStart(facts, number, "late", at(2s)).has_value());
    QCOMPARE(facts.lastError, std::string("late"));
    QCOMPARE(facts.startAttempts, std::int64_t(0));
    QVERIFY(rules::end(row.desktop, number, DiskFate::removed, at(3s)).has_value());
    QVERIFY(rules::end(row.desktop, number, DiskFate::removed, at(4s)).has_value());
    QVERIFY(facts.endedAt == at(3s));
    QCOMPARE(rules::start(facts, number, at(5s)).error().code, Errc::stale);
    QCOMPARE(rules::failStart(facts, number, "x", at(5s)).error().code, Errc::stale);
    facts.endingAt.reset(); // ended without an ending: the row of a broken database
    QCOMPARE(rules::makeReady(facts, number, "ab", at(5s)).error().code, Errc::stale);
}

void TstIncarnationRules::lateReportsChangeNothing()
{
    IncarnationFacts facts;
    facts.number = Incarnation(2);
    // The agent is quicker than the call that started it; the call comes back later.
    QVERIFY(rules::makeReady(facts, Incarnation(2), "ab", at(1s)).has_value());
    QVERIFY(facts.startedAt == at(1s));
    QVERIFY(rules::start(facts, Incarnation(2), at(2s)).has_value());
    QVERIFY(facts.startedAt == at(1s));
    QVERIFY(rules::makeReady(facts, Incarnation(2), "ab", at(3s)).has_value());
    QVERIFY(facts.readyAt == at(1s));
    QVERIFY(rules::makeUnready(facts, Incarnation(2), at(4s)).has_value());
    QVERIFY(rules::makeUnready(facts, Incarnation(2), at(5s)).has_value());
    QVERIFY(facts.unreadyAt == at(4s));
}

void TstIncarnationRules::endingsFollowTheLease()
{
    DesktopRow row = started();
    row.lease.emplace();
    row.lease->closedAt = at(1s);
    QVERIFY(rules::beginEnding(row, Incarnation(2), EndReason::loggedOff, at(2s)).has_value());
    QVERIFY(row.desktop.incarnation.endReason == EndReason::loggedOff);
}

void TstIncarnationRules::theNextCarriesItsFailures()
{
    DesktopRow row = started();
    IncarnationFacts& facts = row.desktop.incarnation;
    facts.startAttempts = 2;
    facts.lastError = "no disk";
    NewIncarnation next;
    next.number = Incarnation(3);
    QCOMPARE(rules::next(row.desktop, next).error().code, Errc::conflict); // it lives
    facts.endedAt = at(2s);
    next.number = Incarnation(4);
    QCOMPARE(rules::next(row.desktop, next).error().code, Errc::conflict); // one was left out
    next.number = Incarnation(3);
    const Result<IncarnationFacts> made = rules::next(row.desktop, next);
    QVERIFY(made.has_value());
    QCOMPARE(made->startAttempts, std::int64_t(2));
    QCOMPARE(made->lastError, std::string("no disk"));
}

void TstIncarnationRules::auditHashesCoverEveryField_A10()
{
    AuditRecord record;
    record.number = 1;
    record.actor = "ab";
    record.action = "c";
    const std::string hash = rules::auditHash("", record);
    const auto differs
        = [&hash](const AuditRecord& other) { return rules::auditHash("", other) != hash; };
    AuditRecord other = record;
    other.number = 2;
    QVERIFY(differs(other));
    other = record;
    other.at = at({});
    QVERIFY(differs(other));
    for (std::string AuditRecord::*field : { &AuditRecord::actor, &AuditRecord::action,
             &AuditRecord::object, &AuditRecord::outcome, &AuditRecord::detail }) {
        other = record;
        other.*field += 'x';
        QVERIFY(differs(other));
    }
    other = record;
    other.organisation = OrganisationId("o");
    QVERIFY(differs(other));
    other = record; // the same letters, another border between two fields
    other.actor = "a";
    other.action = "bc";
    QVERIFY(differs(other));
    QVERIFY(rules::auditHash("previous", record) != hash);
}

void TstIncarnationRules::ranges()
{
    const std::set<std::string> taken { "10.0.0.255", "10.0.1.0" };
    QCOMPARE(lowestFreeAddress("10.0.0.255", "10.0.1.9", taken).value(), std::string("10.0.1.1"));
    QCOMPARE(lowestFreeAddress("255.255.255.255", "255.255.255.255", {}).value(),
        std::string("255.255.255.255"));
    QCOMPARE(lowestFreeAddress("10.0.0.2", "10.0.0.1", {}).error().code, Errc::poolFull);
    QCOMPARE(lowestFreeAddress("::1", "10.0.0.1", {}).error().code, Errc::invalidArgument);
    QCOMPARE(lowestFreeAddress("10.0.0.1", "ten", {}).error().code, Errc::invalidArgument);
}

QTEST_GUILESS_MAIN(TstIncarnationRules)
#include "tst_incarnationrules.moc"
