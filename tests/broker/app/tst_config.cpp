// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/app/config.h"

#include <QtTest>

using namespace wardesk;
using namespace wardesk::broker;

class tst_Config : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void defaultsAreGood();
    void theExampleIsGood();
    void values();
    void wrongIsToldWithLineAndExpectation_data();
    void wrongIsToldWithLineAndExpectation();
};

void tst_Config::defaultsAreGood()
{
    const auto config = parseConfig("", "broker.toml");
    QVERIFY(config);
    QCOMPARE(config->listen.front(), std::string("127.0.0.1:8443"));
}

void tst_Config::theExampleIsGood()
{
    const auto config = readConfig(WARDESK_EXAMPLE);
    QVERIFY2(config, config ? "" : config.error().detail.c_str());
    QCOMPARE(config->listen.size(), std::size_t(2));
}

void tst_Config::values()
{
    const auto config = parseConfig(R"([broker]
listen = ["[::1]:9"]
site = "east"
[limits]
connections = 77
ready_within_seconds = 30
)",
        "broker.toml");
    QVERIFY(config);
    QCOMPARE(config->site, std::string("east"));
    QCOMPARE(config->front.connections, std::size_t(77));
    QCOMPARE(config->pools.readyWithin, std::chrono::milliseconds(30000));
}

void tst_Config::wrongIsToldWithLineAndExpectation_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("said");
    QTest::newRow("key") << "[broker]\n\nstat = \"/x\"\n"
                         << "broker.toml:3: [broker] has no key 'stat'";
    QTest::newRow("cluster without database")
        << "[cluster]\npeer_address = \"10.0.0.1:1\"\n"
        << "[cluster] needs [store] 'database'";
    QTest::newRow("cluster without address")
        << "[store]\ndatabase = \"postgresql:///w\"\n[cluster]\n"
        << "[cluster] needs 'peer_address'";
    QTest::newRow("broker's name") << "[cluster]\nname = \"a.b\"\n"
                                   << "broker.toml:2: 'name' is wrong: a name of letters";
    QTest::newRow("peer's address") << "[cluster]\npeer_address = \"here\"\n"
                                    << "broker.toml:2: 'peer_address' is wrong: HOST:PORT";
    QTest::newRow("secret's path") << "[cluster]\nsecret_file = \"secret\"\n"
                                   << "broker.toml:2: 'secret_file' is wrong: an absolute path";
    QTest::newRow("section") << "\n[brokr]\n"
                             << "broker.toml:2: there is no section [brokr]";
    QTest::newRow("number") << "[limits]\nconnections = \"many\"\n"
                            << "broker.toml:2: 'connections' is wrong: a whole number from 16";
    QTest::newRow("range") << "[hypervisor]\nprefix = 31\n"
                           << "broker.toml:2: 'prefix' is wrong: a whole number from 8 to 30";
    QTest::newRow("address") << "[hypervisor]\nfirst_address = \"10.0.0\"\n"
                             << "broker.toml:2: 'first_address' is wrong: an IPv4 address";
    QTest::newRow("order") << "[hypervisor]\nfirst_address = \"10.213.0.251\"\n"
                           << "an address not below 'first_address' is expected";
    QTest::newRow("port") << "[hypervisor]\nagent_address = \"broker\"\n"
                          << "broker.toml:2: 'agent_address' is wrong: HOST:PORT";
    QTest::newRow("list") << "[broker]\nlisten = \"127.0.0.1:1\"\n"
                          << "broker.toml:2: 'listen' is wrong: a list";
    QTest::newRow("listen name") << "[broker]\nlisten = [\"127.0.0.1:1\", \"localhost:8443\"]\n"
                                 << "broker.toml:2: 'listen' is wrong: ADDRESS:PORT like";
    QTest::newRow("listen port") << "[broker]\nlisten = [\"127.0.0.1:99999\"]\n"
                                 << "instead of \"127.0.0.1:99999\" is expected";
    QTest::newRow("no section") << "listen = 3\n"
                                << "broker.toml:1: there is no section [listen]";
    QTest::newRow("syntax") << "[broker\n"
                            << "broker.toml:1:";
    QTest::newRow("database") << "[store]\ndatabase = \"oracle\"\n"
                              << "broker.toml:2: 'database' is wrong: \"sqlite\", \"postgresql://";
    QTest::newRow("password") << "[store]\ndatabase = \"postgresql://wardesk:hunter2@db/wardesk\"\n"
                              << "'database' is wrong: a text without a password";
    QTest::newRow("password file") << "[store]\npassword_file = \"secret\"\n"
                                   << "'password_file' is wrong: an absolute path";
    QTest::newRow("threads") << "[store]\nthreads = 0\n"
                             << "'threads' is wrong: a whole number from 1 to 64";
    QTest::newRow("path") << "[broker]\nstate = \"here\"\n"
                          << "an absolute path is expected";
}

void tst_Config::wrongIsToldWithLineAndExpectation()
{
    QFETCH(QString, text);
    QFETCH(QString, said);
    const auto config = parseConfig(text.toStdString(), "broker.toml");
    QVERIFY(!config);
    QVERIFY2(QString::fromStdString(config.error().detail).contains(said),
        config.error().detail.c_str());
    QVERIFY(config.error().detail.find("hunter2") == std::string::npos); // no password is told
}

QTEST_GUILESS_MAIN(tst_Config)
#include "tst_config.moc"
