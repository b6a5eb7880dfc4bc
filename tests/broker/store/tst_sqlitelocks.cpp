// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/storefactory.h"
#include "tests/contract/store/storefixture.h"

#include <QTemporaryDir>
#include <QTest>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace wardesk;
using namespace wardesk::broker;
using test::orDie;

namespace {

/// What another process sees: does anybody hold a lock on this file?
bool isLockedForOthers(const std::string& path)
{
    const pid_t child = fork();
    if (child == 0) {
        const int file = open(path.c_str(), O_RDWR | O_CLOEXEC);
        struct flock lock
        {
        };
        lock.l_type = F_WRLCK;
        lock.l_whence = SEEK_SET; // to the end of the file and beyond: SQLite's bytes are there
        const bool locked = fcntl(file, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
        _exit(locked ? 1 : 0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

}

/// While the broker has its database open, no other program may take itself for the last one and
/// delete the log that the broker goes on writing to.
class TstSqliteLocks : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void anotherConnectionDropsNoLocks();
};

void TstSqliteLocks::anotherConnectionDropsNoLocks()
{
    const QTemporaryDir folder;
    const std::string path = folder.filePath(QStringLiteral("broker.db")).toStdString();
    const auto first = orDie(openSqlite(path));
    QVERIFY(first->nextEpoch());
    QVERIFY(isLockedForOthers(path));
    const auto second = orDie(openSqlite(path));
    QVERIFY(second->nextEpoch());
    QVERIFY(isLockedForOthers(path));
}

QTEST_GUILESS_MAIN(TstSqliteLocks)
#include "tst_sqlitelocks.moc"
