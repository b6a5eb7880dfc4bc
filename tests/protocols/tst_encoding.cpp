// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/base/encoding.h"

#include <QRegularExpression>
#include <QTest>

using namespace wardesk;

class TstEncoding : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void uuidsSayWhatTheyAre();
    void timeOrderedUuidsSortByTheirTime();
    void timeOrderedUuidsOfOneMomentDiffer();
};

namespace {

QString uuidPattern(int version)
{
    return QStringLiteral("^[0-9a-f]{8}-[0-9a-f]{4}-%1[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
        .arg(version);
}

}

void TstEncoding::uuidsSayWhatTheyAre()
{
    for (int round = 0; round < 100; ++round) {
        const WallTime time(std::chrono::milliseconds(1'800'000'000'000LL + round * 997));
        QVERIFY(QRegularExpression(uuidPattern(4))
                    .match(QString::fromStdString(randomUuid()))
                    .hasMatch());
        QVERIFY(QRegularExpression(uuidPattern(7))
                    .match(QString::fromStdString(timeOrderedUuid(time)))
                    .hasMatch());
    }
}

void TstEncoding::timeOrderedUuidsSortByTheirTime()
{
    // RFC 9562, appendix A.6: the time of its example.
    const WallTime time(std::chrono::milliseconds(0x017F22E279B0LL));
    QCOMPARE(timeOrderedUuid(time).substr(0, 13), std::string("017f22e2-79b0"));
    std::string last;
    for (int step = 0; step < 20; ++step) {
        const std::string next
            = timeOrderedUuid(time + std::chrono::milliseconds(1LL << (2 * step)));
        QVERIFY(last < next);
        last = next;
    }
}

void TstEncoding::timeOrderedUuidsOfOneMomentDiffer()
{
    QVERIFY(timeOrderedUuid(WallTime()) != timeOrderedUuid(WallTime()));
}

QTEST_GUILESS_MAIN(TstEncoding)
#include "tst_encoding.moc"
