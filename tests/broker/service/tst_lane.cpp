// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/lane.h"

#include <QTest>
#include <future>

using namespace wardesk;
using namespace wardesk::broker;
using namespace std::chrono_literals;

/// How a lane commits jobs in groups. What the threads did is compared when they have stopped.
class TstLane : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void nothingIsAnsweredBeforeTheCommit();
    void aGroupIsBounded();
    void aPlainJobEndsTheGroup();
    void whatCouldNotBeCommittedIsRunAgainOneByOne_R14();
    void whereNobodyKnowsEveryAnswerSaysSo();
    void whereNoGroupCanBeginJobsRunAlone();
    void withoutGroupingJobsRunAlone();
    void aGroupThatTakesTooLongIsCommitted();
    void whenStoppedWhatIsQueuedIsFinished();

private:
    /// Posts all of this while the lane is held, lets it go, and waits until it has stopped.
    void run(const QStringList& jobs);
    Grouping grouping();
    void note(const QString& what) { m_seen += what; }

    std::unique_ptr<ThreadLane> m_lane;
    QStringList m_seen;
    Result<void> m_begin;
    Result<void> m_commit;
};

void TstLane::init()
{
    m_lane = std::make_unique<ThreadLane>("lane", 1, 100);
    m_seen.clear();
    m_begin = {};
    m_commit = {};
}

Grouping TstLane::grouping()
{
    Grouping grouping;
    grouping.begin = [this] {
        note(QStringLiteral("begin"));
        return m_begin;
    };
    grouping.commit = [this] {
        note(QStringLiteral("commit"));
        return m_commit;
    };
    grouping.window = 1h; // no test depends on how fast it runs
    grouping.longest = 1h;
    return grouping;
}

void TstLane::run(const QStringList& jobs)
{
    std::promise<void> go;
    QVERIFY(m_lane->post(Urgency::first, [&go] { go.get_future().wait(); }));
    for (const QString& job : jobs) {
        if (job.startsWith(QLatin1Char('p'))) {
            QVERIFY(m_lane->post(Urgency::usual, [this, job] { note(job); }));
            continue;
        }
        QVERIFY(m_lane->postGrouped(Urgency::usual, [this, job]() -> Lane::Completion {
            note(job);
            return [this, job](const Result<void>& committed) {
                note(job + (committed ? QStringLiteral(" good") : QStringLiteral(" bad")));
            };
        }));
    }
    go.set_value();
    m_lane->stop();
}

void TstLane::nothingIsAnsweredBeforeTheCommit()
{
    m_lane->setGrouping(grouping());
    run({ QStringLiteral("a"), QStringLiteral("b"), QStringLiteral("c") });
    QCOMPARE(m_seen.join(QStringLiteral(", ")),
        QStringLiteral("begin, a, b, c, commit, a good, b good, c good"));
}

void TstLane::aGroupIsBounded()
{
    Grouping two = grouping();
    two.most = 2;
    m_lane->setGrouping(two);
    run({ QStringLiteral("a"), QStringLiteral("b"), QStringLiteral("c") });
    QCOMPARE(m_seen.join(QStringLiteral(", ")),
        QStringLiteral("begin, a, b, commit, a good, b good, begin, c, commit, c good"));
}

void TstLane::aPlainJobEndsTheGroup()
{
    m_lane->setGrouping(grouping());
    run({ QStringLiteral("a"), QStringLiteral("plain"), QStringLiteral("b") });
    QCOMPARE(m_seen.join(QStringLiteral(", ")),
        QStringLiteral("begin, a, commit, a good, plain, begin, b, commit, b good"));
}

void TstLane::whatCouldNotBeCommittedIsRunAgainOneByOne_R14()
{
    m_lane->setGrouping(grouping());
    m_commit = failure(Errc::storageFull, "full");
    run({ QStringLiteral("a"), QStringLiteral("b") });
    QCOMPARE(m_seen.join(QStringLiteral(", ")),
        QStringLiteral("begin, a, b, commit, a, a good, b, b good"));
}

void TstLane::whereNobodyKnowsEveryAnswerSaysSo()
{
    m_lane->setGrouping(grouping());
    m_commit = failure(Errc::unavailable, "the connection was lost");
    run({ QStringLiteral("a"), QStringLiteral("b") });
    QCOMPARE(
        m_seen.join(QStringLiteral(", ")), QStringLiteral("begin, a, b, commit, a bad, b bad"));
}

void TstLane::whereNoGroupCanBeginJobsRunAlone()
{
    m_lane->setGrouping(grouping());
    m_begin = failure(Errc::unavailable, "busy");
    run({ QStringLiteral("a"), QStringLiteral("b") });
    QCOMPARE(
        m_seen.join(QStringLiteral(", ")), QStringLiteral("begin, a, a good, begin, b, b good"));
}

void TstLane::withoutGroupingJobsRunAlone()
{
    run({ QStringLiteral("a"), QStringLiteral("b") });
    QCOMPARE(m_seen.join(QStringLiteral(", ")), QStringLiteral("a, a good, b, b good"));
}

void TstLane::aGroupThatTakesTooLongIsCommitted()
{
    Grouping impatient = grouping();
    impatient.longest = {};
    m_lane->setGrouping(impatient);
    run({ QStringLiteral("a"), QStringLiteral("b") });
    QCOMPARE(m_seen.join(QStringLiteral(", ")),
        QStringLiteral("begin, a, commit, a good, begin, b, commit, b good"));
}

void TstLane::whenStoppedWhatIsQueuedIsFinished()
{
    // The second group would wait for as many as the first had; stopping ends the waiting.
    Grouping three = grouping();
    three.most = 3;
    m_lane->setGrouping(three);
    run({ QStringLiteral("a"), QStringLiteral("b"), QStringLiteral("c"), QStringLiteral("d") });
    QCOMPARE(m_seen.last(), QStringLiteral("d good"));
    QVERIFY(!m_lane->post(Urgency::first, [] {}));
}

QTEST_GUILESS_MAIN(TstLane)
#include "tst_lane.moc"
