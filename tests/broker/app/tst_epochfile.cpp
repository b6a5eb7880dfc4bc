// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/app/epochfile.h"

#include <QFile>
#include <QTemporaryDir>
#include <QtTest>
#include <array>
#include <csignal>
#include <sys/resource.h>
#include <unistd.h>

using namespace wardesk::broker;

/// R11: what a broker has seen of its database, beside the database.
class tst_EpochFile : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void whatWasNotedIsReadByTheNextProcess()
    {
        QVERIFY(!EpochFile::open(path())->read());
        {
            auto file = EpochFile::open(path());
            QVERIFY(file);
            file->note(Epoch(41));
            file->note(Epoch(9'000'000'000'000'000'000));
            file->note(Epoch(42)); // the adoption never lowers it; the file does as it is told
        }
        const auto next = EpochFile::open(path());
        QVERIFY(next);
        QCOMPARE(next->read(), std::optional(Epoch(42)));
    }
    void nonsenseProvesNothing_data()
    {
        QTest::addColumn<QByteArray>("content");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("cut off") << QByteArray("wardesk-epoch 0000000000");
        QTest::newRow("no number") << QByteArray("wardesk-epoch 0000000000000000000x\n");
        QTest::newRow("negative") << QByteArray("wardesk-epoch -0000000000000000042\n");
        QTest::newRow("too big") << QByteArray("wardesk-epoch 99999999999999999999\n");
        QTest::newRow("something else") << QByteArray(35, '\0');
        QTest::newRow("no end") << QByteArray("wardesk-epoch 000000000000000000420");
    }
    void nonsenseProvesNothing()
    {
        QFETCH(QByteArray, content);
        QFile file(QString::fromStdString(path()));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(content);
        file.close();
        QVERIFY(!EpochFile::open(path())->read());
    }
    void aPlaceThatCannotBeWrittenIsToldAtOnce()
    {
        QVERIFY(!EpochFile::open("/nonexistent/epoch"));
    }
    void aFullDiskIsToldOnceUntilThereIsRoom()
    {
        auto file = EpochFile::open(path());
        QVERIFY(file);
        std::array<int, 2> log {};
        QCOMPARE(::pipe(log.data()), 0);
        const int stderrBefore = ::dup(STDERR_FILENO);
        ::dup2(log[1], STDERR_FILENO); // a pipe is no file, and may be written to
        setWritable(false);
        file->note(Epoch(1));
        file->note(Epoch(2));
        setWritable(true);
        file->note(Epoch(3));
        setWritable(false);
        file->note(Epoch(4));
        setWritable(true);
        ::dup2(stderrBefore, STDERR_FILENO);
        ::close(stderrBefore);
        ::close(log[1]);
        QFile told;
        QVERIFY(told.open(log[0], QIODevice::ReadOnly, QFile::AutoCloseHandle));
        QCOMPARE(told.readAll().count("watermark.notWritten"), 2);
        QCOMPARE(file->read(), std::optional(Epoch(3)));
    }

private:
    /// Whether this process may write to files at all.
    static void setWritable(bool writable)
    {
        std::signal(SIGXFSZ, SIG_IGN);
        rlimit limit {};
        ::getrlimit(RLIMIT_FSIZE, &limit);
        limit.rlim_cur = writable ? limit.rlim_max : 0;
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    [[nodiscard]] std::string path() const
    {
        return m_folder.filePath(QStringLiteral("epoch")).toStdString();
    }
    QTemporaryDir m_folder;
};

QTEST_GUILESS_MAIN(tst_EpochFile)
#include "tst_epochfile.moc"
