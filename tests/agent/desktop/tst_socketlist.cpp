// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/desktop/processlist.h"
#include "agent/desktop/socketlist.h"

#include <QtTest>
#include <csignal>
#include <rapidcheck.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace wardesk::desktop;

namespace {

// As seen in a desktop with xrdp 0.10.6: the listener, a client, and a client that is closing.
constexpr const char* tcp6
    = "  sl  local_address                         remote_address                        st "
      "tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
      "   0: 00000000000000000000000000000000:0D3D 00000000000000000000000000000000:0000 0A "
      "00000000:00000000 00:00000000 00000000     0        0 81611 1 00000000da00ae23 100 0 0 10 "
      "0\n"
      "   1: 0000000000000000FFFF0000E600D50A:0D3D 0000000000000000FFFF00000100D50A:C39E 01 "
      "00000000:00000000 02:000AFB12 00000000   101        0 83711 2 0000000012c20e8f 20 4 1 154 "
      "-1\n"
      "   2: 0000000000000000FFFF0000E600D50A:0D3D 0000000000000000FFFF00000100D50A:C39F 08 "
      "00000000:00000000 02:000AFB12 00000000   101        0 83712 2 0000000012c20e8f 20 4 1 154 "
      "-1\n"
      "   3: 0000000000000000FFFF0000E600D50A:C001 0000000000000000FFFF00000100D50A:0D3D 01 "
      "00000000:00000000 02:000AFB12 00000000   101        0 83713 2 0000000012c20e8f 20 4 1 154 "
      "-1\n";
constexpr const char* unixTable
    = "Num       RefCount Protocol Flags    Type St Inode Path\n"
      "00000000e6024f2b: 00000002 00000000 00010000 0001 01 72955 /run/xrdp/sockdir/sesman.socket\n"
      "000000003d1fc17a: 00000002 00000000 00010000 0001 01 81917 "
      "/run/xrdp/sockdir/1000/xrdp_display_10\n"
      "000000009df6debd: 00000002 00000000 00000000 0002 01 81918 "
      "/run/xrdp/sockdir/1000/xrdp_disconnect_display_10\n"
      "0000000017acdd8d: 00000003 00000000 00000000 0001 03 84036 "
      "/run/xrdp/sockdir/1000/xrdp_display_10\n"
      "0000000017acdd8e: 00000003 00000000 00000000 0001 03 84037 "
      "/run/xrdp/sockdir/1000/xrdp_display_1\n"
      "0000000017acdd8f: 00000003 00000000 00000000 0001 03 84038 "
      "@/run/xrdp/sockdir/1000/xrdp_display_10\n"
      "0000000017acdd90: 00000003 00000000 00000000 0001 03 84039\n"
      // Another's, for the display of somebody else.
      "0000000017acdd91: 00000003 00000000 00000000 0001 03 84040 "
      "/home/other/run/xrdp/sockdir/1000/xrdp_display_10\n"
      "0000000017acdd92: 00000003 00000000 00000000 0001 03 84041 "
      "/run/xrdp/sockdir/1001/xrdp_display_10\n"
      "0000000017acdd93: 00000003 00000000 00000000 0001 03 84042 "
      "/run/xrdp/sockdir/1000/xrdp_display_10 /xrdp_display_10\n";

}

class SocketListTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void findsClientsOfThePort()
    {
        QCOMPARE(socketsOn(tcp6, 3389, TcpState::established), Inodes { 83711 });
        QCOMPARE(socketsOn(tcp6, 3389, TcpState::listening), Inodes { 81611 });
        QVERIFY(socketsOn(tcp6, 3390, TcpState::established).empty());
    }

    void findsWhoIsShownTheDisplay()
    {
        QCOMPARE(shownOn(unixTable, 1000, 10), Inodes { 84036 });
        QCOMPARE(shownOn(unixTable, 1000, 1), Inodes { 84037 });
        QCOMPARE(shownOn(unixTable, 1001, 10), Inodes { 84041 });
        QVERIFY(shownOn(unixTable, 1000, 0).empty());
        QVERIFY(shownOn(unixTable, 0, 10).empty());
    }

    void aSocketOfTheRightNameIsTheUsersWhenHeHoldsIt()
    {
        if (::geteuid() != 0)
            QSKIP("becoming somebody else needs root");
        const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0); // the child's, too
        struct stat about
        {
        };
        ::fstat(socket, &about);
        const Inodes named { about.st_ino, about.st_ino + 1'000'000 };
        constexpr uid_t other = 54322;
        QCOMPARE(ownedBy(0, named), Inodes { about.st_ino });
        QVERIFY(ownedBy(other, named).empty());
        QVERIFY(ownedBy(0, {}).empty());
        const pid_t child = ::fork();
        if (child == 0) {
            if (::setuid(other) == 0)
                ::execlp("sleep", "sleep", "600", nullptr);
            ::_exit(1);
        }
        QTRY_COMPARE(ownedBy(other, named), Inodes { about.st_ino });
        QCOMPARE(userOf(child), std::optional<uid_t>(other));
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        ::close(socket);
    }

    void nobodyIsShownAnythingWithoutAnRdpConnection() // S7: the X server's socket is in the
                                                       // session's reach
    {
        QCOMPARE(viewersOf("", tcp6, unixTable, 3389, 1000, 10), Viewers { 84036 });
        QCOMPARE(viewersOf(tcp6, "", unixTable, 3389, 1000, 10), Viewers { 84036 });
        QVERIFY(viewersOf("", "", unixTable, 3389, 1000, 10).empty());
        QVERIFY(
            viewersOf("", tcp6, "", 3389, 1000, 10).empty()); // a port scan, the agent's own probe
    }

    void knowsLocalDisplays()
    {
        QCOMPARE(displayNumber(":10.0"), 10);
        QCOMPARE(displayNumber(":0"), 0);
        for (const char* bad :
            { "", "10", ":", ":x", "host:1", ":1.x", ":1.", ":-1", ":99999", ":1 0" })
            QCOMPARE(displayNumber(bad), -1);
    }

    void oddTextIsNoTrouble()
    {
        QVERIFY(rc::check("any text gives some answer", [](const std::string& text) {
            (void)socketsOn(text, 3389, TcpState::established);
            (void)shownOn(text, 1000, 10);
            (void)displayNumber(text);
            (void)parseProcessStat(text);
            (void)parseProcessUser(text);
            (void)parseProcessUser("\nUid:\t" + text);
        }));
        QVERIFY(!parseProcessStat("1 (a) S"));
    }

    void programsMayHaveOddNames()
    {
        const auto stat
            = parseProcessStat("7 (a ) S b) Z 1 7 7 0 -1 4 0 0 0 0 0 0 0 0 20 0 1 0 4711 0 0 0");
        QVERIFY(stat);
        QCOMPARE(stat->state, 'Z');
        QCOMPARE(stat->start, 4711);
    }

    void whoHidesFromDumpsIsStillHis()
    {
        QCOMPARE(parseProcessUser("Name:\tx\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\n"),
            std::optional<uid_t>(2));
        QVERIFY(!parseProcessUser("Name:\tx\nUid:\t1"));
        QVERIFY(!parseProcessUser(""));
        const bool before = ::prctl(PR_GET_DUMPABLE) == 1;
        ::prctl(PR_SET_DUMPABLE, 0);
        QCOMPARE(userOf(::getpid()), std::optional<uid_t>(::geteuid()));
        ::prctl(PR_SET_DUMPABLE, before ? 1 : 0);
    }

    void findsOurselves()
    {
        const auto own = processesOf(::geteuid());
        QVERIFY(std::find(own.begin(), own.end(), ::getpid()) != own.end());
        QVERIFY(statOf(::getpid()));
        QVERIFY(!statOf(0));
        const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct stat about
        {
        };
        ::fstat(socket, &about);
        QCOMPARE(holdersOf({ about.st_ino }, "tst_socketlist"), std::vector<pid_t> { ::getpid() });
        QVERIFY(holdersOf({ about.st_ino }, "xrdp").empty());
        QVERIFY(holdersOf({}, "tst_socketlist").empty());
        ::close(socket);
    }
};

QTEST_APPLESS_MAIN(SocketListTest)
#include "tst_socketlist.moc"
