// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/storefactory.h"
#include "tests/contract/store/storefixture.h"

#include <QCoreApplication>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>
#include <cstdio>
#include <sys/stat.h>
#include <unistd.h>

using namespace wardesk;
using namespace wardesk::broker;
using test::check;
using test::orDie;

namespace {

constexpr int rounds = 5;

/// The child: adds a user and a desktop, grants, and tells each lease only after grant() returned.
int grantForEver(const std::string& path)
{
    const std::unique_ptr<Store> store = orDie(openSqlite(path));
    const test::Hospital hospital;
    for (int number = 0;; ++number) {
        const std::string name = "n" + std::to_string(getpid()) + "-" + std::to_string(number);
        const UserId user = hospital.addUser(*store, name);
        hospital.addReadyDesktop(*store, name);
        const Grant grant = orDie(store->grant(hospital.request(user, "key")));
        std::printf("%s %lld\n", grant.lease->id.value().c_str(), grant.lease->epoch.value());
        std::fflush(stdout);
    }
}

}

class StoreDurability : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void acknowledgedGrantsSurviveKill9();
    void theFileIsPrivate();
};

void StoreDurability::acknowledgedGrantsSurviveKill9()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("broker.db"));
    const test::Hospital hospital;
    hospital.build(*orDie(openSqlite(path.toStdString())));
    long long acknowledged = 0;
    Epoch highest;
    for (int round = 0; round < rounds; ++round) {
        QProcess child;
        child.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        child.start(
            QCoreApplication::applicationFilePath(), { QStringLiteral("--grant-for-ever"), path });
        QVERIFY(child.waitForStarted());
        // Killed after another number of grants in each round, wherever it is then.
        QByteArray told;
        while (told.count('\n') < 7 + 5 * round) {
            QVERIFY2(child.waitForReadyRead(30000), "the child stopped granting");
            told += child.readAllStandardOutput();
        }
        child.kill();
        QVERIFY(child.waitForFinished());
        told += child.readAllStandardOutput();

        const std::unique_ptr<Store> store = orDie(openSqlite(path.toStdString()));
        const QList<QByteArray> lines = told.split('\n');
        for (qsizetype i = 0; i + 1 < lines.size(); ++i) { // the last part has no line end
            const QList<QByteArray> parts = lines[i].split(' ');
            const Result<Lease> lease
                = store->findLease(hospital.organisation, LeaseId(parts.value(0).toStdString()));
            QVERIFY2(lease.has_value(), parts.value(0).constData());
            QCOMPARE(lease->epoch.value(), parts.value(1).toLongLong());
            QVERIFY(lease->epoch > highest);
            highest = lease->epoch;
            ++acknowledged;
        }
        // Epochs go on above all that were told (R3).
        const Epoch next = orDie(store->nextEpoch());
        QVERIFY(next > highest);
        highest = next;
    }
    qInfo("%lld acknowledged grants, all there after %d kills", acknowledged, rounds);
}

void StoreDurability::theFileIsPrivate()
{
    const QTemporaryDir folder;
    const std::string path = folder.filePath(QStringLiteral("broker.db")).toStdString();
    const mode_t former = umask(0);
    const std::unique_ptr<Store> store = orDie(openSqlite(path));
    test::Hospital().build(*store);
    umask(former);
    for (const char* suffix : { "", "-wal", "-shm", "-reserve" }) {
        struct stat facts
        {
        };
        QCOMPARE(stat((path + suffix).c_str(), &facts), 0);
        QCOMPARE(facts.st_mode & 0777, mode_t(0600));
    }
}

int main(int argc, char** argv)
{
    QCoreApplication application(argc, argv);
    if (argc == 3 && std::string(argv[1]) == "--grant-for-ever")
        return grantForEver(argv[2]);
    StoreDurability test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_storedurability.moc"
