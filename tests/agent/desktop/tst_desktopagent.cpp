// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/desktop/desktopagent.h"
#include "agent/desktop/files.h"
#include "agent/desktop/processlist.h"
#include "protocols/wire/codec.h"
#include "tests/agent/support/fakebroker.h"
#include "tests/agent/support/fakerdp.h"
#include "tests/agent/support/hostend.h"

#include <QTemporaryDir>
#include <QtTest>
#include <atomic>
#include <boost/asio/post.hpp>
#include <csignal>
#include <functional>
#include <future>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <thread>
#include <tuple>
#include <unistd.h>

using namespace wardesk;
using namespace wardesk::desktop;
using wire::AgentCommandKind;
using wire::AgentReportKind;
using wire::SessionState;

/// The whole agent against a broker's end, an RDP server's end, and a session and a locker of two
/// lines.
namespace {

class RunningAgent
{
public:
    explicit RunningAgent(const AgentOptions& options)
    {
        std::promise<Result<void>> started;
        auto outcome = started.get_future();
        m_thread = std::thread([this, options, &started] {
            auto agent = DesktopAgent::create(m_context, options);
            if (!agent) {
                started.set_value(tl::unexpected(agent.error()));
                return;
            }
            m_agent = agent->get();
            (*agent)->start();
            started.set_value({});
            m_context.run();
        });
        const auto result = outcome.get();
        if (!result)
            qFatal("no agent: %s", result.error().detail.c_str());
    }
    ~RunningAgent()
    {
        boost::asio::post(m_context, [this] { m_agent->stop(); });
        m_thread.join();
    }
    RunningAgent(const RunningAgent&) = delete;
    RunningAgent& operator=(const RunningAgent&) = delete;

private:
    boost::asio::io_context m_context;
    DesktopAgent* m_agent = nullptr;
    std::thread m_thread;
};

}

class DesktopAgentTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_broker = std::make_unique<test::FakeBroker>();
        m_rdp = std::make_unique<test::FakeRdp>();
        m_options = AgentOptions {};
        m_options.runDirectory = path("");
        m_options.account = ::getpwuid(::geteuid())->pw_name;
        m_options.procNet = path("");
        m_options.proofPlaces = ProofPlaces { .directories = { path("") },
            .machineId = path("machine-id"),
            .bootId = path("boot-id"),
            .rdpCertificate = path("rdp-cert.pem"),
            .hostKeys = path("") };
        m_options.rdp.port = m_rdp->port();
        m_options.rdp.sessionManager.clear();
        m_options.rdpTiming.calm = std::chrono::milliseconds(50);
        m_options.link.wait = { std::chrono::milliseconds(1), std::chrono::milliseconds(20) };
        m_options.version = "9";
        m_options.sessionCommand = { script("session",
            "sleep 60 >/dev/null 2>&1 &\n"
            "echo $! > "
                + path("leader")
                + "\n"
                  "DISPLAY=:10.0 XAUTHORITY=/nowhere WARDESK_SESSION_PID=$! " WARDESK_AGENT_PROGRAM
                  " --run-directory "
                + path("") + " session-started\n") };
        m_options.lockCommand = { script("locker",
            "trap 'rm -f " + path("locked")
                + "; exit 0' TERM\n"
                  "echo $$ > "
                + path("locked")
                + "\n"
                  "while :; do sleep 0.02; done\n") };
        m_options.idleCommand = { "true" };
        showViewers({});

        wire::AgentBootstrap bootstrap;
        bootstrap.brokerHost = "127.0.0.1";
        bootstrap.brokerPort = m_broker->port();
        bootstrap.brokerKeySha256 = m_broker->keySha256();
        bootstrap.desktop = "desktop-1";
        bootstrap.hostname = "host-1";
        bootstrap.incarnation = 3;
        bootstrap.epoch = 4;
        bootstrap.secret = "bootstrap-secret";
        write("bootstrap.json", wire::encode(bootstrap));
    }

    void cleanup()
    {
        if (const pid_t leader = numberIn("leader"); leader > 1 && statOf(leader))
            ::kill(leader, SIGKILL);
        if (const pid_t locker = numberIn("locked"); locker > 1 && statOf(locker))
            ::kill(locker, SIGTERM);
    }

    void aWholeLife()
    {
        const RunningAgent agent(m_options);
        QVERIFY(m_broker->accept());
        QCOMPARE(m_broker->authorization(), std::string("Bootstrap desktop-1.3.bootstrap-secret"));
        const auto hello = m_broker->receive();
        QVERIFY(hello);
        QCOMPARE(hello->kind, AgentReportKind::hello);
        QCOMPARE(hello->epoch, 4);
        QCOMPARE(hello->version, std::optional<std::string>("9"));
        waitUntilReady(*hello);

        const std::string credential = prepare(5, "lease-1");
        QCOMPARE(QByteArray::fromStdString(credential).size(), 22); // 128 bits in base64url
        QVERIFY(!verify(credential + "x"));
        QVERIFY(verify(credential));
        QVERIFY(m_broker->receiveSession(SessionState::connected));
        QVERIFY(!verify(credential)); // S5
        showViewers({ 1 });
        QTRY_VERIFY_WITH_TIMEOUT(isShown() && !isLocked(), 20'000);

        showViewers({}); // S7
        QVERIFY(m_broker->receiveSession(SessionState::disconnected));
        QTRY_VERIFY_WITH_TIMEOUT(isLocked(), 20'000);

        QVERIFY(verify(prepare(6, "lease-1")));
        QVERIFY(m_broker->receiveSession(SessionState::connected));
        QTRY_VERIFY_WITH_TIMEOUT(!isLocked(), 20'000);

        command(AgentCommandKind::logoff, 6, "lease-1");
        QVERIFY(m_broker->receiveSession(SessionState::ended)); // R6
        QVERIFY(!statOf(numberIn("leader")));
        QVERIFY(noSecretOnDisk(credential));
    }

    void theBrokerMayComeAndGo() // R7, R8, R11
    {
        const RunningAgent agent(m_options);
        beReady();
        QVERIFY(verify(prepare(5, "lease-1")));
        QVERIFY(m_broker->receiveSession(SessionState::connected));
        showViewers({ 1 });
        QTRY_VERIFY_WITH_TIMEOUT(isShown(), 20'000);
        m_broker->goAway();
        // Nothing changes for the session, and the desktop goes on deciding by itself.
        QVERIFY(statOf(numberIn("leader")));
        showViewers({});
        QTRY_VERIFY_WITH_TIMEOUT(isLocked(), 20'000);
        m_broker->comeBack();
        QVERIFY(m_broker->accept());
        const auto hello = m_broker->receive();
        QVERIFY(hello);
        QCOMPARE(hello->kind, AgentReportKind::hello);
        QCOMPARE(hello->session, std::optional(SessionState::disconnected));
        QCOMPARE(hello->lease, std::optional<std::string>("lease-1"));
        QCOMPARE(hello->epoch, 5);
        QCOMPARE(hello->isReady, std::optional(true));
        QCOMPARE(hello->certificateSha256, std::optional(m_rdp->certificateSha256()));
    }

    void aSecondStartGoesOnWithTheSession() // R3, R8
    {
        {
            const RunningAgent agent(m_options);
            beReady();
            QVERIFY(verify(prepare(5, "lease-1")));
            QVERIFY(m_broker->receiveSession(SessionState::connected));
        }
        m_broker->drop();
        QVERIFY(!QFile::exists(m_folder->filePath(QStringLiteral("bootstrap.json"))));
        showViewers({ 1 });
        const RunningAgent agent(m_options);
        QVERIFY(m_broker->accept());
        const auto hello = m_broker->receive();
        QVERIFY(hello);
        QCOMPARE(hello->epoch, 5);
        QCOMPARE(hello->session, std::optional(SessionState::connected));
        QCOMPARE(hello->lease, std::optional<std::string>("lease-1"));
        command(AgentCommandKind::prepare, 4, "lease-1");
        const auto refusal = m_broker->receive(AgentReportKind::answer);
        QVERIFY(refusal);
        QCOMPARE(refusal->error, std::optional<std::string>("stale"));
        ::kill(numberIn("leader"), SIGKILL); // still watched
        QVERIFY(m_broker->receiveSession(SessionState::ended));
    }

    void aLockerThatIsKilledComesBack() // S7
    {
        const RunningAgent agent(m_options);
        beReady();
        command(AgentCommandKind::lock, 5, "");
        QTRY_VERIFY_WITH_TIMEOUT(isLocked(), 20'000);
        const pid_t first = numberIn("locked");
        QFile::remove(m_folder->filePath(QStringLiteral("locked")));
        ::kill(first, SIGKILL);
        QTRY_VERIFY_WITH_TIMEOUT(numberIn("locked") > 1 && numberIn("locked") != first, 20'000);
    }

    void anRdpServerThatDiesIsReported()
    {
        const RunningAgent agent(m_options);
        beReady();
        m_rdp.reset();
        auto ready = m_broker->receive(AgentReportKind::ready);
        QVERIFY(ready);
        QCOMPARE(ready->isReady, std::optional(false));
        m_rdp = std::make_unique<test::FakeRdp>(test::FakeRdp::Manner::good, m_options.rdp.port);
        ready = m_broker->receive(AgentReportKind::ready);
        QVERIFY(ready);
        QCOMPARE(ready->isReady, std::optional(true));
        QCOMPARE(ready->certificateSha256, std::optional(m_rdp->certificateSha256())); // S3
    }

    void afterAResumeItIsReadyAnew()
    {
        const test::HostEnd host;
        wakeBy(host);
        const RunningAgent agent(m_options);
        beReady();
        host.say(test::wakeLine(4711));
        QVERIFY(m_broker->accept()); // a new connection: the old one may be dead
        auto report = m_broker->receive();
        QVERIFY(report);
        QCOMPARE(report->kind, AgentReportKind::hello);
        QCOMPARE(report->resumed, std::optional<std::int64_t>(4711));
        while (report->isReady != true) {
            report = m_broker->receive(AgentReportKind::ready);
            QVERIFY(report);
            QCOMPARE(report->resumed, std::optional<std::int64_t>(4711));
        }
        QCOMPARE(m_clocks.load(), 1);
        std::ignore = host.hear();
        host.say(test::wakeLine(4710)); // an older resume's, late
        std::string answer;
        QTRY_VERIFY((answer += host.hear(), answer.find('\n') != std::string::npos));
        QVERIFY2(answer.find("failed") != std::string::npos, answer.c_str());
        QVERIFY(m_broker->isConnected());
        QCOMPARE(m_clocks.load(), 1);
    }

    void anAccountThatCannotBeMadeIsTold()
    {
        beShared({ "false" });
        const RunningAgent agent(m_options);
        QVERIFY(m_broker->accept());
        QVERIFY(m_broker->receive());
        for (const std::int64_t seat : { 1, 2, 1 }) {
            for (const auto kind : { AgentCommandKind::prepare, AgentCommandKind::lock }) {
                commandTo(seat, kind);
                const auto answer = m_broker->receive(AgentReportKind::answer);
                QVERIFY(answer);
                QCOMPARE(answer->id, std::optional(m_lastId));
                QCOMPARE(answer->error, std::optional<std::string>("preparing"));
                QVERIFY(answer->message->find("was not made") != std::string::npos);
            }
        }
        m_broker->drop();
        QVERIFY(m_broker->accept());
        const auto hello = m_broker->receive();
        QVERIFY(hello);
        QCOMPARE(hello->isReady, std::optional(false));
    }

    void notMoreThanSoManyCommandsWaitForAnAccount() // R13
    {
        beShared({ "sh", "-c", "sleep 10" });
        const RunningAgent agent(m_options);
        QVERIFY(m_broker->accept());
        QVERIFY(m_broker->receive());
        for (int i = 0; i < 9; ++i)
            commandTo(1, AgentCommandKind::prepare);
        const auto answer = m_broker->receive(AgentReportKind::answer);
        QVERIFY(answer);
        QCOMPARE(answer->id, std::optional(m_lastId)); // the others wait
        QCOMPARE(answer->error, std::optional<std::string>("overloaded"));
    }

    /// A broker that has lost whom it promised the account to hears it again.
    void whoWaitsForAnAccountIsNamed() // R11
    {
        beShared({ "sh", "-c", "sleep 10" });
        const RunningAgent agent(m_options);
        QVERIFY(m_broker->accept());
        const auto before = m_broker->receive();
        QVERIFY(before && before->sessions);
        QVERIFY(before->sessions->empty());
        for (int i = 0; i < 9; ++i)
            commandTo(1, AgentCommandKind::prepare);
        QVERIFY(m_broker->receive(AgentReportKind::answer)); // the last one: the others wait
        m_broker->drop();
        QVERIFY(m_broker->accept());
        const auto hello = m_broker->receive();
        QVERIFY(hello && hello->sessions);
        QCOMPARE(hello->sessions->size(), std::size_t(1));
        const wire::SeatReport& seat = hello->sessions->front();
        QCOMPARE(seat.seat, std::int64_t(1));
        QCOMPARE(seat.lease, std::string("lease-1"));
        QCOMPARE(seat.epoch, std::int64_t(5));
        QCOMPARE(seat.session, SessionState::none);
    }

    /// The account is there, and its session is on the way.
    void whoWaitsForASessionIsNamed() // R11
    {
        beShared({ "true" });
        m_options.findAccount = [](const std::string& name) {
            auto account = Account::find(::getpwuid(::geteuid())->pw_name);
            account->name = name;
            return account;
        };
        m_options.sessionCommand = { "sleep", "10" };
        m_options.prepareWithin = std::chrono::minutes(1);
        const RunningAgent agent(m_options);
        QVERIFY(m_broker->accept());
        QVERIFY(m_broker->receive());
        commandTo(1, AgentCommandKind::prepare);
        // Answered behind the prepare, which waits.
        commandTo(1, AgentCommandKind::state);
        const auto state = m_broker->receive(AgentReportKind::answer);
        QVERIFY(state);
        QCOMPARE(state->id, std::optional(m_lastId));
        m_broker->drop();
        QVERIFY(m_broker->accept());
        const auto hello = m_broker->receive();
        QVERIFY(hello && hello->sessions);
        QCOMPARE(hello->sessions->size(), std::size_t(1));
        QCOMPARE(hello->sessions->front().seat, std::int64_t(1));
        QCOMPARE(hello->sessions->front().lease, std::string("lease-1"));
        QCOMPARE(hello->sessions->front().session, SessionState::none);
    }

    /// The machine's, not a session's: there may be none yet. And a second start knows it.
    void aSharedDesktopNamesItsResume()
    {
        beShared({ "false" });
        const test::HostEnd host;
        wakeBy(host);
        {
            const RunningAgent agent(m_options);
            QVERIFY(m_broker->accept());
            const auto before = m_broker->receive();
            QVERIFY(before && before->sessions);
            QVERIFY(!before->resumed);
            host.say(test::wakeLine(4711));
            QVERIFY(m_broker->accept());
            const auto hello = m_broker->receive();
            QVERIFY(hello);
            QCOMPARE(hello->kind, AgentReportKind::hello);
            QCOMPARE(hello->isReady, std::optional(false));
            QCOMPARE(hello->resumed, std::optional<std::int64_t>(4711));
        }
        m_broker->drop();
        const RunningAgent second(m_options);
        QVERIFY(m_broker->accept());
        const auto hello = m_broker->receive();
        QVERIFY(hello);
        QCOMPARE(hello->resumed, std::optional<std::int64_t>(4711));
        host.say(test::wakeLine(4711)); // said again: nothing is done
        QTest::qWait(700);
        QVERIFY(m_broker->isConnected());
        QCOMPARE(m_clocks.load(), 1);
    }

    void aSessionCommandThatFailsIsTriedAgain()
    {
        const std::string real = m_options.sessionCommand.front();
        m_options.sessionCommand = { script("flaky",
            "[ -e " + path("tried") + " ] || { touch " + path("tried")
                + "; exit 1; }\n"
                  "exec "
                + real + "\n") };
        const RunningAgent agent(m_options);
        beReady();
    }

    void nonsenseFromTheBrokerChangesNothing()
    {
        const RunningAgent agent(m_options);
        beReady();
        for (const char* text : { "", "{", "[]", "{\"id\":1}", "{\"id\":1,\"kind\":\"explode\"}",
                 "null", R"({"id":"1","kind":"lock","epoch":1,"lease":""})" })
            m_broker->sendText(text);
        prepare(5, "lease-1");
    }

    void strangersSayNothingHere()
    {
        const RunningAgent agent(m_options);
        beReady();
        LocalRequest second;
        second.kind = LocalRequestKind::sessionStarted;
        second.leader = ::getpid();
        second.display = ":11";
        second.authority = "/nowhere";
        const auto answer = askAgent(m_options.runDirectory + "/agent.sock", second);
        QVERIFY(answer && !answer->isAccepted);
        if (::geteuid() != 0)
            QSKIP("becoming somebody else needs root");
        // From an account that is neither root nor the session's.
        const std::string credential = prepare(5, "lease-1");
        ::chmod(m_options.runDirectory.c_str(), 0711);
        bool isRefused = false;
        std::thread([&] {
            // Threads have their own user ids as far as the kernel is concerned; glibc's wrapper
            // would change all.
            if (::syscall(SYS_setresuid, -1, 65534, -1) != 0)
                return;
            LocalRequest request;
            request.account = m_options.account;
            request.credential = credential;
            const auto verified = askAgent(m_options.runDirectory + "/agent.sock", request);
            isRefused = verified && !verified->isAccepted;
        }).join();
        QVERIFY(isRefused);
        QVERIFY(verify(credential)); // and it was not spent
    }

    void whoHangsOnToTheSocketKeepsNobodyOut()
    {
        if (::geteuid() != 0)
            QSKIP("becoming somebody else needs root");
        const RunningAgent agent(m_options);
        beReady();
        const std::string credential = prepare(5, "lease-1");
        ::chmod(m_options.runDirectory.c_str(), 0711);
        std::vector<int> sockets;
        const auto as = [](uid_t user, const std::function<void()>& act) {
            std::thread([&] {
                if (::syscall(SYS_setresuid, -1, user, -1) == 0)
                    act();
            }).join();
        };
        as(65534, [&] {
            sockaddr_un address {};
            address.sun_family = AF_UNIX;
            const std::string name = m_options.runDirectory + "/agent.sock";
            std::copy(name.begin(), name.end(), std::begin(address.sun_path));
            for (int i = 0; i < 40; ++i) {
                sockets.push_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
                QCOMPARE(::connect(sockets.back(), reinterpret_cast<const sockaddr*>(&address),
                             sizeof address),
                    0);
            }
        });
        QCOMPARE(sockets.size(), std::size_t(40));
        // Neither another account's session is kept from being heard, nor PAM.
        bool isHeard = false;
        as(65533, [&] {
            LocalRequest request;
            request.kind = LocalRequestKind::sessionStarted;
            isHeard = askAgent(m_options.runDirectory + "/agent.sock", request).has_value();
        });
        QVERIFY(isHeard);
        QVERIFY(verify(credential));
        for (const int socket : sockets)
            ::close(socket);
    }

private:
    std::string path(const std::string& name) const
    {
        const auto folder = m_folder->path().toStdString();
        return name.empty() ? folder : folder + '/' + name;
    }
    void write(const std::string& name, const std::string& text, mode_t mode = 0600) const
    {
        if (!replaceFile(path(name), text, { mode, std::nullopt }))
            qFatal("cannot write %s", name.c_str());
    }
    std::string script(const std::string& name, const std::string& body) const
    {
        write(name, "#!/bin/sh\n" + body, 0755);
        return path(name);
    }
    pid_t numberIn(const std::string& name) const
    {
        const auto text = readFile(path(name));
        return text ? static_cast<pid_t>(std::atoi(text->c_str())) : 0;
    }
    bool isLocked() const { return QFile::exists(m_folder->filePath(QStringLiteral("locked"))); }
    /// The kernel's lists, as they would be with these clients.
    void showViewers(const Viewers& viewers) const
    {
        std::string unixTable = "Num RefCount Protocol Flags Type St Inode Path\n";
        for (const auto viewer : viewers)
            unixTable += "0: 00000003 00000000 00000000 0001 03 " + std::to_string(viewer)
                + " /run/xrdp/sockdir/" + std::to_string(::geteuid()) + "/xrdp_display_10\n";
        write("unix", unixTable);
        const QString port = QString::number(m_options.rdp.port, 16).toUpper();
        write("tcp",
            viewers.empty() ? "sl\n"
                            : "0: 0100007F:" + port.toStdString()
                    + " 0100007F:C39E 01 00000000:00000000 00:00000000 00000000 0 0 999999999 1\n");
    }
    void command(AgentCommandKind kind, std::int64_t epoch, const std::string& lease)
    {
        m_broker->send({ ++m_lastId, kind, epoch, lease, std::nullopt });
    }
    void commandTo(std::int64_t seat, AgentCommandKind kind)
    {
        wire::AgentCommand command;
        command.id = ++m_lastId;
        command.kind = kind;
        command.epoch = 5;
        command.lease = "lease-1";
        command.seat = seat;
        m_broker->send(command);
    }
    std::string prepare(std::int64_t epoch, const std::string& lease)
    {
        command(AgentCommandKind::prepare, epoch, lease);
        const auto answer = m_broker->receive(AgentReportKind::answer);
        if (!answer || answer->id != m_lastId || !answer->credential)
            qWarning(
                "prepare was refused: %s", answer ? answer->message.value_or("").c_str() : "-");
        return answer ? answer->credential.value_or("") : "";
    }
    bool verify(const std::string& credential) const
    {
        LocalRequest request;
        request.account = m_options.account;
        request.credential = credential;
        const auto answer = askAgent(m_options.runDirectory + "/agent.sock", request);
        return answer && answer->isAccepted;
    }
    void waitUntilReady(wire::AgentReport report)
    {
        while (report.isReady != true) {
            const auto next = m_broker->receive(AgentReportKind::ready);
            QVERIFY(next);
            report = *next;
        }
        QCOMPARE(report.certificateSha256, std::optional(m_rdp->certificateSha256()));
        QCOMPARE(report.session, std::optional(SessionState::prepared));
    }
    void beReady()
    {
        QVERIFY(m_broker->accept());
        const auto hello = m_broker->receive();
        QVERIFY(hello);
        waitUntilReady(*hello);
    }
    /// Several users' desktop, whose accounts are made by this command.
    void beShared(std::vector<std::string> makeAccount)
    {
        auto bootstrap
            = wire::decode<wire::AgentBootstrap>(readFile(path("bootstrap.json")).value());
        bootstrap->seats = 2;
        bootstrap->accounts = 8;
        write("bootstrap.json", wire::encode(*bootstrap));
        m_options.account = "daemon"; // of no session here: what runs as it is left alone
        m_options.separatesAccounts = false;
        m_options.makeAccount = std::move(makeAccount);
    }
    /// A machine whose clock and random numbers are ours.
    void wakeBy(const test::HostEnd& host)
    {
        m_clocks = 0;
        m_options.wakePort = host.path;
        m_options.machine.emplace();
        m_options.machine->setClock = [this](std::int64_t) -> Result<void> {
            ++m_clocks;
            return {};
        };
        m_options.machine->stirRandom = [](const std::string&) -> Result<void> { return {}; };
    }
    bool isShown() const
    {
        const auto state = readFile(path("state.json"));
        return state && state->find("\"isShown\":true") != std::string::npos;
    }
    bool noSecretOnDisk(const std::string& credential) const
    {
        const auto state = readFile(path("state.json"));
        return state && state->find(credential) == std::string::npos;
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<test::FakeBroker> m_broker;
    std::unique_ptr<test::FakeRdp> m_rdp;
    AgentOptions m_options;
    std::int64_t m_lastId = 0;
    std::atomic<int> m_clocks = 0;
};

QTEST_GUILESS_MAIN(DesktopAgentTest)
#include "tst_desktopagent.moc"
