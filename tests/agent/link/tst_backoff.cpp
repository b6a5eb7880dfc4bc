// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/link/backoff.h"

#include <QtTest>
#include <rapidcheck.h>

using namespace wardesk::agent;
using std::chrono::milliseconds;

class BackoffTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void staysInItsRange()
    {
        QVERIFY(rc::check("between 0.1 s and 5 s, whatever happens", [] {
            const auto failures = *rc::gen::arbitrary<unsigned>();
            const double random = *rc::gen::inRange(0, 1000) / 1000.0;
            const auto wait = waitAfter(failures, random);
            RC_ASSERT(wait >= milliseconds(100));
            RC_ASSERT(wait <= milliseconds(5'000));
        }));
    }

    void growsWithFailures()
    {
        QCOMPARE(waitAfter(0, 0.999).count(), 199);
        QCOMPARE(waitAfter(1, 0.999).count(), 399);
        QCOMPARE(waitAfter(20, 0.999).count(), 4995);
    }

    void usesTheWholeRange() // agents that lost one broker do not come back in step
    {
        QCOMPARE(waitAfter(20, 0.0).count(), 100);
        QCOMPARE(waitAfter(20, 0.5).count(), 2550);
    }
};

QTEST_APPLESS_MAIN(BackoffTest)
#include "tst_backoff.moc"
