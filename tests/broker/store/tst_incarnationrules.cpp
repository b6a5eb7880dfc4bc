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
