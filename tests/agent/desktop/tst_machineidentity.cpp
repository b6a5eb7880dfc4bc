// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/desktop/files.h"
#include "agent/desktop/machinechannel.h"
#include "agent/desktop/machineidentity.h"
#include "protocols/base/encoding.h"
#include "protocols/wire/codec.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QtTest>
#include <atomic>
#include <fcntl.h>
#include <pty.h>
#include <termios.h>
#include <thread>
#include <unistd.h>

using namespace wardesk;
using namespace wardesk::desktop;

/// What the copies of one saved machine must not share.
class MachineIdentityTest : public QObject
{
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_root;
    std::vector<std::string> m_did;

    [[nodiscard]] std::string path(const char* name) const
    {
        return m_root->path().toStdString() + name;
    }
    [[nodiscard]] std::string content(const char* name) const
    {
        return readFile(path(name)).value_or(std::string("(none)"));
    }
    void write(const char* name, const std::string& text)
    {
        const QString file = QString::fromStdString(path(name));
        QDir().mkpath(QFileInfo(file).path());
        QVERIFY(replaceFile(file.toStdString(), text, { 0600, std::nullopt }));
    }
    [[nodiscard]] MachinePlaces places()
    {
        MachinePlaces made;
        made.root = m_root->path().toStdString();
        const auto note = [this](const std::string& what) -> Result<void> {
            m_did.push_back(what);
            return {};
        };
        made.run = [note](const std::vector<std::string>& command) {
            std::string line;
            for (const std::string& word : command)
                line += (line.empty() ? "" : " ") + word;
            return note(line);
        };
        made.setClock = [note](std::int64_t time) { return note("clock " + std::to_string(time)); };
        made.stirRandom = [note](const std::string& bytes) { return note("stir " + bytes); };
        made.setHostName = [note](const std::string& name) { return note("name " + name); };
        return made;
    }
    static wire::MachineBootstrap told()
    {
        return { .bootstrap = toBase64("{\"secret\":1}"),
            .hostname = "ward-03",
            .hardwareAddress = "52:1f:2e:3d:4c:5b",
            .address = "10.213.0.18",
            .prefix = 24,
            .gateway = "10.213.0.1",
            .timeMs = 1'767'225'600'000,
            .seed = toBase64("thirty-two bytes and a few more..") };
    }

private Q_SLOTS:
    void init()
    {
        m_root = std::make_unique<QTemporaryDir>();
        m_did.clear();
        write("/etc/machine-id", "11111111111111111111111111111111\n");
        write("/etc/ssh/ssh_host_rsa_key", "the saved machine's");
        write("/etc/ssh/sshd_config", "stays");
        write("/usr/bin/ssh-keygen", "");
        write("/var/lib/systemd/random-seed", "old");
        write("/run/wardesk/x", "");
        write("/proc/sys/net/ipv4/conf/eth0/arp_notify", "0\n");
        write("/sys/class/net/lo/type", "");
        write("/sys/class/net/eth0/device/id", "");
    }
    void everythingIsMadeAnew()
    {
        QVERIFY(becomeMachine(told(), places()));
        const std::string id = content("/etc/machine-id");
        QCOMPARE(id.size(), 33U);
        QVERIFY(id != "11111111111111111111111111111111\n");
        QVERIFY(content("/var/lib/systemd/random-seed").size() == 512);
        QCOMPARE(content("/etc/hostname"), std::string("ward-03\n"));
        QCOMPARE(content("/etc/ssh/ssh_host_rsa_key"), std::string("(none)"));
        QCOMPARE(content("/etc/ssh/sshd_config"), std::string("stays"));
        QCOMPARE(content("/run/wardesk/bootstrap.json"), std::string("{\"secret\":1}"));
        const auto did = [this](const std::string& what) {
            return std::find(m_did.begin(), m_did.end(), what) != m_did.end();
        };
        QVERIFY(did("name ward-03"));
        QVERIFY(did("ip -batch " + path("/run/wardesk/network")));
        QCOMPARE(content("/run/wardesk/network"),
            std::string("link set dev eth0 down\naddress flush dev eth0\n"
                        "address add 10.213.0.18/24 dev eth0\n"
                        "link set dev eth0 address 52:1f:2e:3d:4c:5b\nlink set dev eth0 up\n"
                        "route replace default via 10.213.0.1\n"));
        QCOMPARE(content("/proc/sys/net/ipv4/conf/eth0/arp_notify"), std::string("1\n"));
        // What is made of random numbers or has a date in it stands on new ones.
        QCOMPARE(m_did.at(0), std::string("clock 1767225600000"));
        QCOMPARE(m_did.at(1), std::string("stir thirty-two bytes and a few more.."));
        const std::string first = id;
        QVERIFY(becomeMachine(told(), places()));
        QVERIFY(content("/etc/machine-id") != first);
    }
    void aSessionThatRunsKeepsItsCookiesUnderTheNewName()
    {
        const std::string entry = std::string("\x01\x00\x00\x05", 4) + "model"
            + std::string("\0\2", 2) + "10" + std::string("\0\x12", 2) + "MIT-MAGIC-COOKIE-1"
            + std::string("\0\4", 2) + "abcd";
        const std::string again = std::string("\xff\xff\0\0", 4) + entry.substr(9);
        write("/home/clinician/.Xauthority", entry + entry);
        write("/home/broken/.Xauthority", entry + "\x01"); // half an entry: nothing can follow it
        write("/home/nobody/else", "");
        QVERIFY(becomeMachine(told(), places()));
        QVERIFY(content("/home/clinician/.Xauthority") == entry + entry + again + again);
        QVERIFY(content("/home/broken/.Xauthority") == entry + "\x01");
    }
    void anImageWithoutSshNeedsNoKeys()
    {
        QVERIFY(QFile::remove(QString::fromStdString(path("/usr/bin/ssh-keygen"))));
        QVERIFY(becomeMachine(told(), places()));
        for (const std::string& what : m_did)
            QVERIFY(!what.starts_with("ssh-keygen"));
    }
    void nonsenseChangesNothing_data()
    {
        QTest::addColumn<int>("field");
        for (int i = 0; i < 6; ++i)
            QTest::newRow(qPrintable(QString::number(i))) << i;
    }
    void nonsenseChangesNothing()
    {
        QFETCH(int, field);
        wire::MachineBootstrap bad = told();
        std::vector<std::string*> fields { &bad.hostname, &bad.hardwareAddress, &bad.address,
            &bad.gateway, &bad.seed, &bad.bootstrap };
        *fields.at(static_cast<std::size_t>(field)) = "; reboot";
        const auto become = becomeMachine(bad, places());
        QVERIFY(!become);
        QCOMPARE(become.error().code, Errc::invalidArgument);
        QVERIFY(m_did.empty());
        QCOMPARE(content("/run/wardesk/bootstrap.json"), std::string("(none)"));
    }

    /// A terminal stands for the virtio-serial port: like it, it can be opened before its other
    /// end.
    void theHostIsAnsweredUntilItIsUnderstood()
    {
        int host = -1;
        int machine = -1;
        std::array<char, 128> name {};
        QCOMPARE(::openpty(&host, &machine, name.data(), nullptr, nullptr), 0);
        termios raw {};
        ::tcgetattr(machine, &raw);
        ::cfmakeraw(&raw);
        ::tcsetattr(machine, TCSANOW, &raw);
        std::atomic<int> asked { 0 };
        std::thread waits([&] {
            const auto done = awaitBootstrap(
                name.data(), [&](const wire::MachineBootstrap& what) -> Result<void> {
                    ++asked;
                    if (what.hostname == "bad")
                        return failure(Errc::internal, "no");
                    return {};
                });
            if (!done)
                qWarning("%s", done.error().detail.c_str());
        });
        std::string heard;
        const auto hears = [&](const char* what) {
            std::array<char, 512> part {};
            const ssize_t got = ::read(host, part.data(), part.size());
            heard.append(part.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
            return heard.find(what) != std::string::npos;
        };
        ::fcntl(host, F_SETFL, O_NONBLOCK);
        QTRY_VERIFY(hears("waiting"));
        const auto say = [&](const std::string& line) {
            QCOMPARE(::write(host, line.data(), line.size()), static_cast<ssize_t>(line.size()));
        };
        say("nonsense\n");
        QTRY_VERIFY(hears("failed"));
        heard.clear();
        wire::MachineBootstrap message = told();
        message.hostname = "bad";
        say(wire::encode(message) + '\n');
        QTRY_VERIFY(hears("failed"));
        const std::string good = wire::encode(told()) + '\n';
        say(good.substr(0, 20)); // comes in parts
        QTRY_VERIFY(hears("waiting"));
        say(good.substr(20));
        QTRY_VERIFY(hears("taken"));
        waits.join();
        QCOMPARE(asked.load(), 2);
        ::close(host);
        ::close(machine);
    }
};

QTEST_GUILESS_MAIN(MachineIdentityTest)
#include "tst_machineidentity.moc"
