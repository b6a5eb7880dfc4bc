// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/desktop/accountremains.h"
#include "agent/desktop/processlist.h"
#include "agent/desktop/seataccounts.h"

#include <QTemporaryDir>
#include <QtTest>
#include <array>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <tuple>
#include <unistd.h>

using namespace wardesk;
using namespace wardesk::desktop;

/// What is left of an account is removed, and nothing else.
class SeatAccountsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void itsFilesGoAndOthersStay()
    {
        if (::geteuid() != 0)
            QSKIP("only root has files of several users");
        const QTemporaryDir folder;
        const std::filesystem::path root(folder.path().toStdString());
        const auto make = [&](const std::string& name, uid_t owner, bool isFolder = false) {
            if (isFolder)
                std::filesystem::create_directory(root / name);
            else
                std::ofstream(root / name) << "x";
            QCOMPARE(::lchown((root / name).c_str(), owner, owner), 0);
        };
        constexpr uid_t his = 61234;
        constexpr uid_t hers = 61235;
        make("his", his, true);
        make("his/file", his);
        make("his/folder", his, true);
        make("his/folder/deep", his);
        make("hers", hers, true);
        make("hers/hers", hers);
        make("hers/his", his); // a place that others let him write to
        make("mine", 0);
        std::filesystem::create_symlink(root / "mine", root / "his/link");
        QCOMPARE(::lchown((root / "his/link").c_str(), his, his), 0);
        std::filesystem::create_directory_symlink(root / "hers", root / "hislink");
        QCOMPARE(::lchown((root / "hislink").c_str(), his, his), 0);

        const Sweep sweep = removeFilesOf(his, { root.string(), (root / "missing").string() });
        QCOMPARE(sweep.removed, std::size_t(7));
        QCOMPARE(sweep.left, std::size_t(0));
        QVERIFY(sweep.isComplete);
        QVERIFY(!sweep.isClean()); // seen again before it is
        QVERIFY(!std::filesystem::exists(root / "his"));
        QVERIFY(!std::filesystem::exists(std::filesystem::symlink_status(root / "hislink")));
        QVERIFY(!std::filesystem::exists(root / "hers/his"));
        QVERIFY(std::filesystem::exists(root / "hers/hers"));
        QVERIFY(std::filesystem::exists(root / "mine"));
        QVERIFY(removeFilesOf(his, { root.string() }).isClean());
    }

    void aLinkInThePlaceOfAFolderIsNotFollowed()
    {
        const QTemporaryDir folder;
        const std::filesystem::path root(folder.path().toStdString());
        std::filesystem::create_directory(root / "other");
        std::ofstream(root / "other/file") << "x";
        std::filesystem::create_directory_symlink(root / "other", root / "link");
        QVERIFY(removeFilesOf(::geteuid(), { (root / "link").string() }).isClean());
        QVERIFY(std::filesystem::exists(root / "other/file"));
    }

    void whatIsDeepGoesToo()
    {
        if (::geteuid() != 0)
            QSKIP("only root has files of several users");
        constexpr uid_t his = 61234;
        constexpr int depth = 5'000; // more than descriptors, and than a path may be long
        const QTemporaryDir folder(QStringLiteral("/dev/shm/wardesk-XXXXXX")); // a disk takes long
        if (!folder.isValid())
            QSKIP("there is no /dev/shm");
        const int top = ::open(folder.path().toUtf8().constData(), O_RDONLY | O_DIRECTORY);
        int at = ::dup(top);
        for (int i = 0; i < depth; ++i) {
            QCOMPARE(::mkdirat(at, "d", 0700), 0);
            const int below = ::openat(at, "d", O_RDONLY | O_DIRECTORY);
            QVERIFY(below >= 0);
            ::close(at);
            at = below;
            QCOMPARE(::fchown(at, his, his), 0);
        }
        const int file = ::openat(at, "file", O_WRONLY | O_CREAT, 0600);
        QCOMPARE(::fchown(file, his, his), 0);
        ::close(file);
        ::close(at);
        const Sweep sweep = removeFilesOf(his, { folder.path().toStdString() });
        QCOMPARE(sweep.removed, std::size_t(depth + 1));
        QVERIFY(sweep.isComplete);
        QVERIFY(removeFilesOf(his, { folder.path().toStdString() }).isClean());
        QCOMPARE(::faccessat(top, "d", F_OK, 0), -1);
        ::close(top);
    }

    void aFolderThatHoldsAnothersIsNotHisAnyMore()
    {
        if (::geteuid() != 0)
            QSKIP("only root has files of several users");
        constexpr uid_t his = 61234;
        const QTemporaryDir folder;
        const std::filesystem::path root(folder.path().toStdString());
        std::filesystem::create_directory(root / "his");
        std::ofstream(root / "his/hers") << "x";
        QCOMPARE(::lchown((root / "his").c_str(), his, his), 0);
        QCOMPARE(::lchown((root / "his/hers").c_str(), his + 1, his + 1), 0);
        QCOMPARE(removeFilesOf(his, { root.string() }).left, std::size_t(0));
        QVERIFY(removeFilesOf(his, { root.string() }).isClean());
        QVERIFY(std::filesystem::exists(root / "his/hers"));
    }

    void whatHeMadeIsHisWhoeverItWasGivenTo()
    {
        constexpr const char* shared
            = "       key      shmid perms       size  cpid  lpid nattch   uid   gid  cuid  cgid\n"
              "         0          3   600       4096    10    11      1  1001  1001  1001  1001\n"
              "         0          4   666       4096    10    11      1  1002  1002  1001  1001\n"
              "         0          5   666       4096    10    11      1  1001  1001  1002  1002\n"
              "      1001       1001   600       1001  1001  1001   1001  1002  1002  1002  1002\n";
        QCOMPARE(systemObjectsOf(1001, shared, 7, 9), (std::vector<int> { 3, 4, 5 }));
        QVERIFY(systemObjectsOf(1003, shared, 7, 9).empty());
        QVERIFY(systemObjectsOf(1001, "", 7, 9).empty());
    }

    void allOfAUsersProcessesAreEndedAtOnce()
    {
        QVERIFY(!killAllOf(::geteuid())); // not ours
        QVERIFY(!killAllOf(0));
        QVERIFY(!killAllOf(999));
        if (::geteuid() != 0)
            QSKIP("becoming somebody else needs root");
        constexpr uid_t his = 61236;
        const pid_t other = ::fork();
        if (other == 0) {
            ::pause();
            ::_exit(0);
        }
        const pid_t first = ::fork();
        if (first == 0) {
            // Each forks another and goes, as fast as it can; nobody keeps a list of them.
            if (::setgid(his) != 0 || ::setuid(his) != 0)
                ::_exit(1);
            ::signal(SIGCHLD, SIG_IGN);
            for (;;) {
                const pid_t next = ::fork();
                if (next != 0)
                    ::_exit(0);
            }
        }
        ::waitpid(first, nullptr, 0);
        QTRY_VERIFY(killAllOf(his));
        QTest::qWait(50);
        QVERIFY(processesOf(his).empty());
        QCOMPARE(::kill(other, 0), 0);
        ::kill(other, SIGKILL);
        ::waitpid(other, nullptr, 0);
    }

    void aSessionsOwnSharedMemoryIsToldFromTheCommonOne()
    {
        QVERIFY(!hasOwnSharedMemory(::getpid()));
        QVERIFY(!hasOwnSharedMemory(0)); // there is no such process
        if (::geteuid() != 0)
            QSKIP("only root can make a name space of mounts");
        std::array<int, 2> ready {};
        QCOMPARE(::pipe(ready.data()), 0);
        const pid_t child = ::fork();
        if (child == 0) {
            const bool done = ::unshare(CLONE_NEWNS) == 0
                && ::mount("/", "/", nullptr, MS_SLAVE | MS_REC, nullptr) == 0
                && ::mount("tmpfs", "/dev/shm", "tmpfs", 0, nullptr) == 0;
            std::ignore = ::write(ready[1], done ? "y" : "n", 1);
            ::pause();
        }
        char said = 'n';
        QCOMPARE(::read(ready[0], &said, 1), ssize_t(1));
        const bool isOwn = hasOwnSharedMemory(child);
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        ::close(ready[0]);
        ::close(ready[1]);
        if (said != 'y')
            QSKIP("not even root may mount here");
        QVERIFY(isOwn);
    }

    void nobodysAccountIsEmptied()
    {
        QVERIFY(emptyAccount("wardesk-no-such-account")); // it may be run again
        QVERIFY(!emptyAccount("root"));
    }
};

QTEST_GUILESS_MAIN(SeatAccountsTest)
#include "tst_seataccounts.moc"
