// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/desktop/files.h"
#include "agent/desktop/rdpkeys.h"
#include "agent/desktop/rdpprobe.h"
#include "agent/desktop/rdpwatch.h"
#include "agent/desktop/sessionmanager.h"
#include "tests/agent/support/fakerdp.h"

#include <QTemporaryDir>
#include <QtTest>
#include <grp.h>
#include <memory>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace wardesk;
using namespace wardesk::desktop;
using test::FakeRdp;

namespace {

Result<std::string> probe(std::uint16_t port,
    std::chrono::milliseconds patience = std::chrono::seconds(20),
    const std::string& sessionManager = {})
{
    boost::asio::io_context context;
    Result<std::string> result = failure(Errc::internal, "never called back");
    int calls = 0;
    probeRdp(context, { "127.0.0.1", port, sessionManager }, patience,
        [&](const Result<std::string>& answer) {
            result = answer;
            ++calls;
        });
    context.run();
    return calls == 1 ? result : failure(Errc::internal, "called back more or less than once");
}

/// Takes connections, as the kernel does for a program that listens; its socket's file outlives it.
class Listener
{
public:
    explicit Listener(const std::string& path)
        : m_socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_un address {};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        m_listens = ::bind(m_socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0
            && ::listen(m_socket, 4) == 0;
    }
    ~Listener() { ::close(m_socket); }
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    [[nodiscard]] bool listens() const { return m_listens; }

private:
    const int m_socket;
    bool m_listens = false;
};

}

class RdpProbeTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void seesTheCertificateThatIsShown() // S3
    {
        const FakeRdp server;
        QCOMPARE(probe(server.port()).value_or(""), server.certificateSha256());
    }

    void classicSecurityIsNoAnswer() // S4
    {
        const FakeRdp server(FakeRdp::Manner::classicSecurity);
        const auto result = probe(server.port());
        QVERIFY(!result);
        QCOMPARE(result.error().code, Errc::untrusted);
    }

    void oldTlsIsNoAnswer() // S4
    {
        const FakeRdp server(FakeRdp::Manner::oldTls);
        const auto result = probe(server.port());
        QVERIFY(!result);
        QCOMPARE(result.error().code, Errc::unavailable);
    }

    void anOpenPortIsNoAnswer()
    {
        const FakeRdp server(FakeRdp::Manner::silent);
        const auto result = probe(server.port(), std::chrono::milliseconds(50));
        QVERIFY(!result);
        QCOMPARE(result.error().code, Errc::timeout);
    }

    void aClosedPortIsNoAnswer()
    {
        std::uint16_t port = 0;
        {
            const FakeRdp server;
            port = server.port();
        }
        const auto result = probe(port);
        QVERIFY(!result);
        QCOMPARE(result.error().code, Errc::unavailable);
    }

    void withoutTheSessionManagerNobodyGetsAnyFurther()
    {
        const FakeRdp server;
        const QTemporaryDir folder;
        const std::string path = folder.filePath(QStringLiteral("sesman.socket")).toStdString();
        const auto patience = std::chrono::seconds(20);
        QVERIFY(!probe(server.port(), patience, path)); // not started yet
        {
            const Listener manager(path);
            QVERIFY(manager.listens());
            QCOMPARE(probe(server.port(), patience, path).value_or(""), server.certificateSha256());
        }
        const auto dead = probe(server.port(), patience, path);
        QVERIFY(!dead);
        QCOMPARE(dead.error().code, Errc::unavailable);
        QVERIFY(dead.error().detail.find("session manager") != std::string::npos);
    }

    void theSessionManagerIsAskedWhileSomebodyIsConnected() // who comes next needs it
    {
        const FakeRdp server;
        const QTemporaryDir folder;
        const std::string path = folder.filePath(QStringLiteral("sesman.socket")).toStdString();
        auto manager = std::make_unique<Listener>(path);
        QVERIFY(manager->listens());
        boost::asio::io_context context;
        int answers = 0;
        int silences = 0;
        RdpWatch watch(
            context, { "127.0.0.1", server.port(), path },
            { .eager = std::chrono::milliseconds(5), .calm = std::chrono::milliseconds(20) },
            [&](const std::string&) { ++answers; }, [&] { ++silences; });
        watch.start();
        QTRY_VERIFY(
            (context.restart(), context.run_for(std::chrono::milliseconds(20)), answers > 0));
        watch.setRest(RdpWatch::Rest::rdpServer);
        context.restart();
        context.run_for(std::chrono::milliseconds(100));
        const int before = answers;
        context.restart();
        context.run_for(std::chrono::milliseconds(100));
        QCOMPARE(answers, before); // the RDP server is left alone
        QCOMPARE(silences, 0);
        watch.setRest(RdpWatch::Rest::everything);
        manager.reset();
        context.restart();
        context.run_for(std::chrono::milliseconds(100));
        QCOMPARE(silences, 0);
        watch.setRest(RdpWatch::Rest::rdpServer);
        QTRY_VERIFY(
            (context.restart(), context.run_for(std::chrono::milliseconds(20)), silences == 1));
    }

    void theSessionManagersSocketIsClosedToUsers()
    {
        const QTemporaryDir folder;
        const std::string path = folder.filePath(QStringLiteral("sesman.socket")).toStdString();
        const std::string group = ::getgrgid(::getegid())->gr_name;
        QVERIFY(!closeToUsers(path, group)); // there is none yet
        const Listener manager(path);
        QVERIFY(manager.listens());
        QCOMPARE(::chmod(path.c_str(), 0666), 0);
        QVERIFY(!closeToUsers(path, "no-such-group"));
        for (int again = 0; again < 2; ++again) {
            QVERIFY(closeToUsers(path, group));
            struct stat about
            {
            };
            QCOMPARE(::stat(path.c_str(), &about), 0);
            QCOMPARE(about.st_mode & 07777U, 0660U);
            QCOMPARE(about.st_gid, ::getegid());
        }
        QVERIFY(!closeToUsers(folder.path().toStdString(), group));
        const Account own { "test", 54321, 54321, { 54321 }, "/" };
        QCOMPARE(inGroup(own, "no-such-group").groups, own.groups);
        QCOMPARE(inGroup(own, group).groups, (std::vector<gid_t> { 54321, ::getegid() }));
    }

    void keysAreFreshPrivateAndReplaced()
    {
        const QTemporaryDir folder;
        const std::string path = folder.path().toStdString();
        const auto first
            = writeRdpKeys(path, std::string(100, 'n')); // longer than a common name may be
        const auto second = writeRdpKeys(path, "n");
        QVERIFY(first && second);
        QVERIFY(*first != *second);
        struct stat about
        {
        };
        QCOMPARE(::stat((path + "/rdp-key.pem").c_str(), &about), 0);
        QCOMPARE(about.st_mode & 0777U, 0640U);
        QVERIFY(
            readFile(path + "/rdp-key.pem").value().find("BEGIN PRIVATE KEY") != std::string::npos);
        QCOMPARE(QDir(folder.path()).entryList(QDir::Files).size(), 2); // nothing half-written left
        QVERIFY(!writeRdpKeys(path + "/nowhere", "n"));
    }
};

QTEST_GUILESS_MAIN(RdpProbeTest)
#include "tst_rdpprobe.moc"
