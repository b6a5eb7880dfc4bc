// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/base/counted.h"

#include <QTest>

#include <limits>

using namespace wardesk;

class CountedTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void oneAloneIsSingular()
    {
        QCOMPARE(counted(1, "session goes", "sessions go"), std::string("1 session goes"));
        QCOMPARE(counted(0, "session goes", "sessions go"), std::string("0 sessions go"));
        QCOMPARE(counted(2, "session goes", "sessions go"), std::string("2 sessions go"));
        QCOMPARE(counted(21, "session goes", "sessions go"), std::string("21 sessions go"));
        QCOMPARE(counted(-1, "session goes", "sessions go"), std::string("-1 sessions go"));
    }

    void manyIsOneAndAnSWhenNotSaid()
    {
        QCOMPARE(counted(1, "free desktop"), std::string("1 free desktop"));
        QCOMPARE(counted(0, "free desktop"), std::string("0 free desktops"));
        QCOMPARE(counted(3, "free desktop"), std::string("3 free desktops"));
    }

    void largeNumbersAreWhole()
    {
        QCOMPARE(counted(std::numeric_limits<std::int64_t>::max(), "desktop"),
            std::string("9223372036854775807 desktops"));
    }
};

QTEST_APPLESS_MAIN(CountedTest)
#include "tst_counted.moc"
