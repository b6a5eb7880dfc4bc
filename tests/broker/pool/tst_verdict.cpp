// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/domain/seats.h"
#include "tests/broker/pool/poolrows.h"

#include <QFile>
#include <QTest>
#include <map>
#include <set>

using namespace wardesk::broker;
using namespace std::chrono_literals;
using test::at;
using test::domainOf;
using test::row;
using test::ward;

namespace {

const std::map<std::string, IncarnationPhase> incarnationPhases {
    { "intended", IncarnationPhase::intended },
    { "started", IncarnationPhase::started },
    { "ready", IncarnationPhase::ready },
    { "suspending", IncarnationPhase::suspending },
    { "suspended", IncarnationPhase::suspended },
    { "resuming", IncarnationPhase::resuming },
    { "ending", IncarnationPhase::ending },
    { "ended", IncarnationPhase::ended },
};
const std::map<std::string, LeasePhase> leasePhases {
    { "none", LeasePhase::none },
    { "unconnected", LeasePhase::unconnected },
    { "used", LeasePhase::used },
    { "closed", LeasePhase::closed },
};
const std::map<std::string, Verdict> verdicts {
    { "keep", Verdict::keep },
    { "start", Verdict::start },
    { "finishStart", Verdict::finishStart },
    { "awaitReady", Verdict::awaitReady },
    { "suspend", Verdict::suspend },
    { "finishSuspend", Verdict::finishSuspend },
    { "rest", Verdict::rest },
    { "resume", Verdict::resume },
    { "awaitConnection", Verdict::awaitConnection },
    { "endFailed", Verdict::endFailed },
    { "endGone", Verdict::endGone },
    { "endUsed", Verdict::endUsed },
    { "loseLease", Verdict::loseLease },
    { "destroy", Verdict::destroy },
    { "renew", Verdict::renew },
    { "destroyStray", Verdict::destroyStray },
    { "quarantine", Verdict::quarantine },
};

/// What a verdict comes to, in a pool that wants this desktop, before any time is over.
std::vector<Action> actionsOf(Verdict verdict, const DesktopRow& row)
{
    const DesktopId& id = row.desktop.id;
    const Incarnation number = row.desktop.incarnation.number;
    const DomainUuid& uuid = row.desktop.incarnation.domain;
    switch (verdict) {
    case Verdict::start:
    case Verdict::finishStart:
        return { StartDomain { id, number } };
    case Verdict::suspend: // the pool has no other one, so it is wanted
    case Verdict::finishSuspend:
    case Verdict::rest:
        return { BeginResuming { id, number } };
    case Verdict::resume:
        return row.desktop.incarnation.resumingAt
            ? std::vector<Action> { ResumeDomain { id, number } }
            : std::vector<Action> { BeginResuming { id, number } };
    case Verdict::endFailed:
        return { BeginEnding { id, number, EndReason::failedToStart } };
    case Verdict::endGone:
        return { BeginEnding { id, number, EndReason::domainGone } };
    case Verdict::endUsed:
        return { BeginEnding { id, number, EndReason::loggedOff } };
    case Verdict::loseLease:
        return { CloseLease { row.lease->id, CloseReason::desktopLost },
            BeginEnding { id, number, EndReason::domainGone } };
    case Verdict::destroy:
        return { DestroyDomain { id, number, uuid } };
    case Verdict::renew:
        return { BeginIncarnation { id, Incarnation(number.value() + 1) } };
    case Verdict::destroyStray:
        return { DestroyStray { uuid } };
    case Verdict::quarantine:
    case Verdict::keep:
    case Verdict::awaitReady:
    case Verdict::awaitConnection:
    case Verdict::leave:
        return {};
    }
    return {};
}

}

/// R5: the table of DESIGN.md, row by row, against the code.
class TstVerdict : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyRowOfTheTable_R5_data();
    void everyRowOfTheTable_R5();
    void theTableIsComplete_R5();
    void whatStandsForASharedDesktop();
    void factsThatCannotBe_R5();
    void domainsThatCannotBe_R5_R11();
    void straysAndUnknowns_R5();
    void whatIsSetAsideIsLeftAlone();
    void crashedAndPausedDomains();

private:
    /// The table's cells: { incarnation, lease, column, verdict }.
    static std::vector<QStringList> cells();
    /// Lines of tables in the page, by their parts.
    static std::vector<QStringList> lines();
};

std::vector<QStringList> TstVerdict::lines()
{
    QFile page(QStringLiteral(WARDESK_SOURCE_DIR "/broker/pool/DESIGN.md"));
    if (!page.open(QIODevice::ReadOnly))
        return {};
    std::vector<QStringList> found;
    for (const QString& line : QString::fromUtf8(page.readAll()).split(QLatin1Char('\n'))) {
        QStringList parts = line.split(QLatin1Char('|'));
        for (QString& part : parts)
            part = part.trimmed();
        found.push_back(parts);
    }
    return found;
}

std::vector<QStringList> TstVerdict::cells()
{
    std::vector<QStringList> found;
    const QStringList columns { QStringLiteral("running"), QStringLiteral("suspended"),
        QStringLiteral("off"), QStringLiteral("missing") };
    for (const QStringList& parts : lines()) {
        if (parts.size() != 8 || !incarnationPhases.contains(parts[1].toStdString()))
            continue;
        for (int column = 0; column < 4; ++column)
            found.push_back({ parts[1], parts[2], columns[column], parts[3 + column] });
    }
    return found;
}

void TstVerdict::everyRowOfTheTable_R5_data()
{
    QTest::addColumn<QStringList>("cell");
    for (const QStringList& cell : cells())
        QTest::newRow(qPrintable(cell.join(QLatin1Char(' ')))) << cell;
}

void TstVerdict::everyRowOfTheTable_R5()
{
    QFETCH(QStringList, cell);
    const IncarnationPhase phase = incarnationPhases.at(cell[0].toStdString());
    const LeasePhase lease = leasePhases.at(cell[1].toStdString());
    const Verdict expected = verdicts.at(cell[3].toStdString());
    const DesktopRow one = row("d1", phase, lease);
    PoolView view;
    view.pool = ward(1, 1);
    view.kind = ImageKind::qemu;
    view.desktops = { one };
    view.domains.emplace();
    if (cell[2] != QStringLiteral("missing")) {
        view.domains->push_back(domainOf(one,
            cell[2] == QStringLiteral("running")         ? DomainState::running
                : cell[2] == QStringLiteral("suspended") ? DomainState::suspended
                                                         : DomainState::shutOff));
    }
    const Observations observed = observe(view.pool, view.desktops, *view.domains);
    QVERIFY(judge(one, observed.desktops.front()).verdict == expected);

    const Plan plan = reconcile(view, at(5s), {});
    if (expected == Verdict::quarantine) {
        QCOMPARE(plan.actions.size(), std::size_t(1));
        const auto* aside = std::get_if<QuarantineDesktop>(&plan.actions.front());
        QVERIFY(aside != nullptr);
        QVERIFY(!aside->reason.empty());
    } else {
        QVERIFY(plan.actions == actionsOf(expected, one));
    }
    // R7: the same row without the host.
    view.domains.reset();
    const Plan blind = reconcile(view, at(24h), {});
    QVERIFY(blind.actions.empty());
    QVERIFY(!blind.message.empty());
}

void TstVerdict::theTableIsComplete_R5()
{
    std::set<std::tuple<QString, QString, QString>> combinations;
    for (const QStringList& cell : cells())
        combinations.emplace(cell[0], cell[1], cell[2]);
    QCOMPARE(combinations.size(), incarnationPhases.size() * leasePhases.size() * 4);
    QCOMPARE(cells().size(), combinations.size());
}

/// Whatever order they are read in.
void TstVerdict::whatStandsForASharedDesktop()
{
    int rows = 0;
    for (const QStringList& parts : lines()) {
        const QStringList sessions = parts.value(1).split(QStringLiteral(", "));
        if (parts.size() != 6 || sessions.size() != 2
            || !leasePhases.contains(sessions[0].toStdString()))
            continue;
        ++rows;
        for (const bool reversed : { false, true }) {
            DesktopRow one = row("d1", IncarnationPhase::ready);
            for (int i = 0; i < 2; ++i) {
                const QString& phase = sessions[reversed ? 1 - i : i];
                Lease lease
                    = *row("d1", IncarnationPhase::ready, leasePhases.at(phase.toStdString()))
                           .lease;
                lease.seat = i + 1;
                lease.id = LeaseId("lease-" + std::to_string(i));
                addLease(one, lease);
            }
            const LeasePhase stands = leasePhases.at(parts[2].toStdString());
            QVERIFY2(phaseOf(one.lease) == stands, qPrintable(parts.join(QLatin1Char(' '))));
            QVERIFY(judge(one, { DomainSeen::running, {} }).verdict
                == verdicts.at(parts[3].toStdString()));
            QVERIFY(
                judge(one, { DomainSeen::off, {} }).verdict == verdicts.at(parts[4].toStdString()));
        }
    }
    QCOMPARE(rows, 6);
}

void TstVerdict::factsThatCannotBe_R5()
{
    DesktopRow neverStarted = row("d1", IncarnationPhase::ready);
    neverStarted.desktop.incarnation.startedAt.reset();
    DesktopRow neverEnding = row("d2", IncarnationPhase::ended);
    neverEnding.desktop.incarnation.endingAt.reset();
    DesktopRow otherNumber = row("d3", IncarnationPhase::ready, LeasePhase::used);
    otherNumber.lease->incarnation = Incarnation(2);
    DesktopRow otherDesktop = row("d4", IncarnationPhase::ready, LeasePhase::used);
    otherDesktop.lease->desktop = DesktopId("d1");
    DesktopRow readyAsleep = row("d5", IncarnationPhase::suspended);
    readyAsleep.desktop.incarnation.readyAt = at(1s);
    DesktopRow neverSaved = row("d6", IncarnationPhase::ready);
    neverSaved.desktop.incarnation.suspendedAt = at(1s);
    DesktopRow owned = row("d7", IncarnationPhase::suspended);
    owned.desktop.owner = UserId("anna");
    for (const DesktopRow& odd :
        { neverStarted, neverEnding, otherNumber, otherDesktop, readyAsleep, neverSaved, owned }) {
        const Plan plan = reconcile(test::healthy(ward(1, 1), { odd }), at(5s), {});
        QCOMPARE(plan.actions.size(), std::size_t(1));
        QVERIFY(std::holds_alternative<QuarantineDesktop>(plan.actions.front()));
    }
    // Not even a domain that is gone ends a lease whose row contradicts itself.
    otherNumber.desktop.quarantinedAt = at(4s);
    PoolView view = test::healthy(ward(1, 1), { otherNumber });
    view.domains->clear();
    QVERIFY(reconcile(view, at(5s), {}).actions.empty());
}

void TstVerdict::domainsThatCannotBe_R5_R11()
{
    const DesktopRow one = row("d1", IncarnationPhase::ready, LeasePhase::used);
    ObservedDomain newer = domainOf(one);
    newer.incarnation = Incarnation(9);
    newer.uuid = DomainUuid("restored");
    ObservedDomain otherUuid = domainOf(one);
    otherUuid.uuid = DomainUuid("other");
    ObservedDomain otherNumber = domainOf(one);
    otherNumber.incarnation = Incarnation(2);
    for (const ObservedDomain& odd : { newer, otherUuid, otherNumber }) {
        PoolView view = test::healthy(ward(1, 1), { one });
        for (const bool after : { true, false }) {
            view.domains = { domainOf(one) };
            view.domains->insert(after ? view.domains->end() : view.domains->begin(), odd);
            const Plan plan = reconcile(view, at(5s), {});
            QCOMPARE(plan.actions.size(), std::size_t(1));
            const auto* aside = std::get_if<QuarantineDesktop>(&plan.actions.front());
            QVERIFY(aside != nullptr);
            QVERIFY(aside->reason.find(odd.uuid.value()) != std::string::npos);
        }
    }
}

void TstVerdict::straysAndUnknowns_R5()
{
    DesktopRow one = row("d1", IncarnationPhase::ready, LeasePhase::used);
    PoolView view = test::healthy(ward(0, 1), { one });
    ObservedDomain earlier = domainOf(one);
    earlier.incarnation = Incarnation(2);
    earlier.uuid = DomainUuid("earlier");
    ObservedDomain unknown = domainOf(one);
    unknown.desktop = DesktopId("nobody");
    unknown.uuid = DomainUuid("unknown");
    ObservedDomain foreign = domainOf(one);
    foreign.pool = PoolId("another");
    foreign.uuid = DomainUuid("foreign");
    view.domains->push_back(earlier);
    view.domains->push_back(unknown);
    view.domains->push_back(foreign);
    const Plan plan = reconcile(view, at(5s), {});
    QCOMPARE(plan.actions.size(), std::size_t(2));
    QVERIFY(plan.actions[0] == Action(DestroyStray { earlier.uuid }));
    const auto* report = std::get_if<ReportUnknown>(&plan.actions[1]);
    QVERIFY(report != nullptr && report->uuid == unknown.uuid && !report->text.empty());
    QCOMPARE(report->desktop, unknown.desktop);

    const std::vector<Action> reports = reportUnknownPools({ view.pool }, *view.domains);
    QCOMPARE(reports.size(), std::size_t(1));
    QVERIFY(std::get<ReportUnknown>(reports.front()).uuid == foreign.uuid);
    QVERIFY(std::get<ReportUnknown>(reports.front()).desktop.isEmpty()); // no pool of ours

    view.desktops.front().desktop.quarantinedAt = at(4s);
    QCOMPARE(test::allOf<DestroyStray>(reconcile(view, at(5s), {})).size(), std::size_t(0));
}

void TstVerdict::whatIsSetAsideIsLeftAlone()
{
    for (const auto& [phaseName, phase] : incarnationPhases) {
        for (const auto& [leaseName, lease] : leasePhases) {
            DesktopRow one = row("d1", phase, lease);
            one.desktop.quarantinedAt = at(4s);
            PoolView view = test::healthy(ward(1, 1), { one });
            view.domains = { domainOf(one) };
            QVERIFY(reconcile(view, at(24h), {}).actions.empty());
            view.domains->clear();
            const Plan gone = reconcile(view, at(24h), {});
            const bool open = lease == LeasePhase::unconnected || lease == LeasePhase::used;
            const Action close
                = CloseLease { open ? one.lease->id : LeaseId(), CloseReason::desktopLost };
            QVERIFY(
                gone.actions == (open ? std::vector<Action> { close } : std::vector<Action> {}));
        }
    }
}

void TstVerdict::crashedAndPausedDomains()
{
    const DesktopRow one = row("d1", IncarnationPhase::ready, LeasePhase::used);
    PoolView view = test::healthy(ward(0, 1), { one });
    view.domains = { domainOf(one, DomainState::paused) };
    QVERIFY(reconcile(view, at(5s), {}).actions.empty());
    view.domains = { domainOf(one, DomainState::crashed) };
    QCOMPARE(test::allOf<CloseLease>(reconcile(view, at(5s), {})).size(), std::size_t(1));
}

QTEST_GUILESS_MAIN(TstVerdict)
#include "tst_verdict.moc"
