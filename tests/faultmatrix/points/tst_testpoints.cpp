// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/faultmatrix/points/testpoints.h"

#include <QTemporaryDir>
#include <QTest>
#include <atomic>
#include <fstream>
#include <thread>

using wardesk::broker::TestPoints;

class TestPointsTest : public QObject
{
    Q_OBJECT

    QTemporaryDir m_folder;
    std::filesystem::path path(const char* name) const
    {
        return std::filesystem::path(m_folder.path().toStdString()) / name;
    }

private Q_SLOTS:
    void passesWithoutAFolder() { TestPoints(std::filesystem::path()).pass("before-start", ""); }

    void passesWhatIsNotArmed()
    {
        std::ofstream(path("arm-after-start")) << "desktop-2";
        const TestPoints points(path(""));
        points.pass("before-start", "desktop-2");
        points.pass("after-start", "desktop-1");
        QVERIFY(std::filesystem::exists(path("arm-after-start")));
        std::filesystem::remove(path("arm-after-start"));
    }

    void holdsTheFirstCallUntilItsFileIsGone()
    {
        const TestPoints points(path(""));
        std::ofstream(path("arm-recycle")) << "b";
        std::atomic<bool> passed = false;
        std::thread call([&] {
            points.pass("recycle", "a b");
            passed = true;
        });
        QTRY_VERIFY(std::filesystem::exists(path("words-recycle")));
        points.pass("recycle", "b"); // the second one goes by
        QVERIFY(!passed);
        std::filesystem::remove(path("held-recycle"));
        call.join();
        QVERIFY(passed);
    }
};

QTEST_APPLESS_MAIN(TestPointsTest)
#include "tst_testpoints.moc"
