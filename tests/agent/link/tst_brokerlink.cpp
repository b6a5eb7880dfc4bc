// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/link/brokerlink.h"
#include "agent/link/pinnedtls.h"
#include "tests/agent/support/fakebroker.h"

#include <QtTest>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

using namespace wardesk;
using namespace wardesk::agent;
using namespace std::chrono_literals;

namespace {

/// A link on a thread of its own, and what it told.
class LinkTrial : public LinkListener
{
public:
    explicit LinkTrial(BrokerAddress address, BrokerLink::Options options = {})
        : LinkTrial(std::vector<BrokerAddress> { std::move(address) }, options)
    {
    }
    explicit LinkTrial(std::vector<BrokerAddress> addresses, BrokerLink::Options options = {})
    {
        options.wait = { 1ms, 5ms };
        auto made
            = BrokerLink::create(context, std::move(addresses), *this, options, [] { return 0.5; });
        if (!made)
            qFatal("no link: %s", made.error().detail.c_str());
        link = std::move(*made);
        boost::asio::post(context, [this] { link->start(); });
        thread = std::thread([this] {
            const auto work = boost::asio::make_work_guard(context);
            context.run();
        });
    }
    ~LinkTrial() override
    {
        boost::asio::post(context, [this] {
            link->stop();
            context.stop();
        });
        thread.join();
    }
    LinkTrial(const LinkTrial&) = delete;
    LinkTrial& operator=(const LinkTrial&) = delete;

    void linkUp() override
    {
        note([this] { ++ups; });
        link->send("hello");
    }
    void linkDown() override
    {
        note([this] { ++downs; });
    }
    void linkMessage(std::string_view text) override
    {
        note([&] { messages.emplace_back(text); });
    }
    template <typename Condition> bool waitFor(Condition condition)
    {
        std::unique_lock lock(mutex);
        return changed.wait_for(lock, 20s, condition);
    }
    void send(std::string text)
    {
        boost::asio::post(context, [this, text = std::move(text)] { link->send(text); });
    }

    boost::asio::io_context context;
    std::unique_ptr<BrokerLink> link;
    std::thread thread;
    std::mutex mutex;
    std::condition_variable changed;
    int ups = 0;
    int downs = 0;
    std::vector<std::string> messages;

private:
    template <typename Change> void note(Change change)
    {
        const std::scoped_lock lock(mutex);
        change();
        changed.notify_all();
    }
};

BrokerAddress addressOf(const test::FakeBroker& broker)
{
    BrokerAddress address;
    address.host = "127.0.0.1";
    address.port = broker.port();
    address.keySha256 = broker.keySha256();
    address.authorization = Secret("Bootstrap d.1.s");
    return address;
}

}

class BrokerLinkTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void connectsWithItsSecret()
    {
        test::FakeBroker broker;
        const LinkTrial trial(addressOf(broker));
        QVERIFY(broker.accept());
        QCOMPARE(broker.authorization(), std::string("Bootstrap d.1.s"));
        QCOMPARE(broker.target(), std::string("/api/v1/agent"));
        QCOMPARE(broker.receiveText().value_or(""), std::string("hello"));
    }

    void trustsNothingButThePinnedKey() // S3's kind: no byte of ours for anybody else
    {
        test::FakeBroker broker;
        auto address = addressOf(broker);
        const test::FakeBroker other; // another key that is just as good, but not the one
        address.keySha256 = other.keySha256();
        LinkTrial trial(address);
        for (int i = 0; i < 3; ++i) {
            QVERIFY(!broker.accept()); // the agent turned away during TLS
            QCOMPARE(broker.authorization(), std::string());
        }
        const std::scoped_lock lock(trial.mutex);
        QCOMPARE(trial.ups, 0);
    }

    void refusesAnAddressThatIsNone_data()
    {
        QTest::addColumn<QString>("host");
        QTest::addColumn<int>("port");
        QTest::addColumn<QString>("key");
        const QString key(64, u'a');
        QTest::newRow("no host") << QString() << 1 << key;
        QTest::newRow("no port") << QStringLiteral("h") << 0 << key;
        QTest::newRow("no key") << QStringLiteral("h") << 1 << QString();
        QTest::newRow("short key") << QStringLiteral("h") << 1 << key.left(62);
        QTest::newRow("not hexadecimal") << QStringLiteral("h") << 1 << QString(64, u'x');
    }
    void refusesAnAddressThatIsNone()
    {
        QFETCH(QString, host);
        QFETCH(int, port);
        QFETCH(QString, key);
        BrokerAddress address;
        address.host = host.toStdString();
        address.port = static_cast<std::uint16_t>(port);
        address.keySha256 = key.toStdString();
        boost::asio::io_context context;
        struct Deaf : LinkListener
        {
            void linkUp() override { }
            void linkDown() override { }
            void linkMessage(std::string_view) override { }
        } deaf;
        QVERIFY(!BrokerLink::create(context, address, deaf, {}, [] { return 0.0; }));
    }

    void comesBackAfterEveryLoss()
    {
        test::FakeBroker broker;
        LinkTrial trial(addressOf(broker));
        for (int i = 1; i <= 5; ++i) {
            QVERIFY(broker.accept());
            QCOMPARE(broker.receiveText().value_or(""), std::string("hello"));
            if (i % 2 == 0)
                broker.drop();
            else
                broker.goAway(); // and is not there for some attempts
            QVERIFY(trial.waitFor([&] { return trial.downs == i; }));
            if (i % 2 != 0)
                broker.comeBack();
        }
    }

    void goesOnAskingABrokerThatRefuses()
    {
        test::FakeBroker broker;
        LinkTrial trial(addressOf(broker));
        QVERIFY(broker.refuse(401));
        QVERIFY(broker.refuse(503));
        QVERIFY(broker.accept());
        QVERIFY(trial.waitFor([&] { return trial.ups == 1; }));
    }

    void deliversTextAndLeavesOverAnythingElse()
    {
        test::FakeBroker broker;
        BrokerLink::Options options;
        options.connectTime = 2s; // also how long a farewell that nobody answers may take
        LinkTrial trial(addressOf(broker), options);
        QVERIFY(broker.accept());
        broker.sendText("one");
        QVERIFY(
            trial.waitFor([&] { return trial.messages == std::vector<std::string> { "one" }; }));
        broker.sendBinary("two");
        QVERIFY(trial.waitFor([&] { return trial.downs == 1; }));
        QVERIFY(broker.accept());
        broker.sendText(std::string(70'000, 'x')); // more than a message may have (R13)
        QVERIFY(trial.waitFor([&] { return trial.downs == 2; }));
        QCOMPARE(trial.messages.size(), std::size_t(1));
    }

    void aFullQueueEndsTheConnection() // R13
    {
        test::FakeBroker broker;
        BrokerLink::Options options;
        options.queueLimit = 8;
        LinkTrial trial(addressOf(broker), options);
        QVERIFY(broker.accept()); // and reads nothing
        QVERIFY(trial.waitFor([&] { return trial.ups == 1; })); // before that, nothing is queued
        // More than the socket's buffers take, in few messages.
        for (int i = 0; i < 64; ++i)
            trial.send(std::string(1U << 20U, 'x'));
        QVERIFY(trial.waitFor([&] { return trial.downs == 1; }));
        broker.drop();
        QVERIFY(broker.accept()); // and says it all again
        QCOMPARE(broker.receiveText().value_or(""), std::string("hello"));
    }

    void aSilentLineIsFoundDead()
    {
        test::FakeBroker broker;
        BrokerLink::Options options;
        options.idleTime = 200ms;
        LinkTrial trial(addressOf(broker), options);
        QVERIFY(broker.accept()); // nobody runs the broker's end: no pong comes
        QVERIFY(trial.waitFor([&] { return trial.downs == 1; }));
    }

    void aServerThatNeverSpeaksIsGivenUp()
    {
        boost::asio::io_context context;
        boost::asio::ip::tcp::acceptor acceptor(
            context, { boost::asio::ip::address_v4::loopback(), 0 });
        BrokerAddress address;
        address.host = "127.0.0.1";
        address.port = acceptor.local_endpoint().port();
        address.keySha256 = std::string(64, 'a');
        BrokerLink::Options options;
        options.connectTime = 50ms;
        const LinkTrial trial(address, options);
        for (int i = 0; i < 3; ++i) // each attempt is a connection
            acceptor.accept();
    }

    void goesToTheNextBrokerWhenOneIsAway()
    {
        test::FakeBroker first;
        test::FakeBroker second;
        LinkTrial trial({ addressOf(first), addressOf(second) });
        QVERIFY(second.accept()); // half of the random range
        QVERIFY(trial.waitFor([&] { return trial.ups == 1; }));
        second.goAway();
        QVERIFY(first.accept());
        QCOMPARE(first.receiveText().value_or(""), std::string("hello")); // all of it again (R11)
        QCOMPARE(first.authorization(), std::string("Bootstrap d.1.s"));
    }

    void eachBrokerIsTrustedByItsOwnKey()
    {
        test::FakeBroker right;
        test::FakeBroker wrong;
        auto address = addressOf(wrong);
        address.keySha256 = right.keySha256();
        const LinkTrial trial({ addressOf(right), address });
        QVERIFY(!wrong.accept());
        QVERIFY(right.accept());
        QCOMPARE(wrong.authorization(), std::string());
    }

    void learnsOfANewBrokerWhileConnected()
    {
        test::FakeBroker only;
        test::FakeBroker added;
        LinkTrial trial(addressOf(only));
        QVERIFY(only.accept());
        QVERIFY(trial.waitFor([&] { return trial.ups == 1; }));
        std::promise<bool> set;
        boost::asio::post(trial.context, [&] {
            set.set_value(
                trial.link->setAddresses({ addressOf(only), addressOf(added) }).has_value());
        });
        QVERIFY(set.get_future().get());
        QVERIFY(only.isConnected());
        only.goAway();
        QVERIFY(added.accept());
    }

    void aBrokerThatStandsStillIsLeftForAnother()
    {
        test::FakeBroker living;
        test::FakeBroker frozen;
        BrokerLink::Options options;
        options.idleTimeOfSeveral = 200ms;
        LinkTrial trial({ addressOf(living), addressOf(frozen) }, options);
        QVERIFY(frozen.accept()); // and answers no ping
        QVERIFY(living.accept());
    }

    void sendingWithoutAConnectionIsNoError()
    {
        test::FakeBroker broker;
        LinkTrial trial(addressOf(broker));
        trial.send("lost");
        QVERIFY(broker.accept());
        QCOMPARE(broker.receiveText().value_or(""), std::string("hello"));
    }
};

QTEST_GUILESS_MAIN(BrokerLinkTest)
#include "tst_brokerlink.moc"
