// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/desktop/machineidentity.h"
#include "agent/desktop/wakeport.h"
#include "protocols/base/encoding.h"
#include "tests/agent/support/hostend.h"

#include <QtTest>
#include <boost/asio/io_context.hpp>

using namespace wardesk;
using namespace wardesk::desktop;
using namespace std::chrono_literals;
using test::HostEnd;
using test::wakeLine;

class WakePortTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aMessageIsObeyedAndAnswered()
    {
        HostEnd host;
        boost::asio::io_context context;
        std::vector<std::int64_t> heard;
        WakePort port(context, host.path, [&](const wire::MachineWake& told) -> Result<void> {
            heard.push_back(told.resumed);
            return {};
        });
        port.start();
        const std::string line = wakeLine(4711);
        host.say(line.substr(0, 10)); // in parts
        context.run_for(300ms);
        QVERIFY(heard.empty());
        host.say(line.substr(10));
        context.run_for(500ms);
        QCOMPARE(heard, std::vector<std::int64_t> { 4711 });
        QCOMPARE(host.hear(), std::string("{\"state\":\"awake\"}\n"));
    }

    void aClockThatCannotBeSetIsTold()
    {
        HostEnd host;
        boost::asio::io_context context;
        WakePort port(context, host.path,
            [](const wire::MachineWake&) { return failure(Errc::internal, "no clock"); });
        port.start();
        host.say(wakeLine(1));
        context.run_for(500ms);
        const std::string answer = host.hear();
        QVERIFY2(answer.find("failed") != std::string::npos, answer.c_str());
        QVERIFY2(answer.find("no clock") != std::string::npos, answer.c_str());
    }

    void whatIsNotUnderstoodIsLeftAlone()
    {
        HostEnd host;
        boost::asio::io_context context;
        int heard = 0;
        WakePort port(context, host.path, [&](const wire::MachineWake&) -> Result<void> {
            ++heard;
            return {};
        });
        port.start();
        host.say("nonsense\n{}\n");
        for (int part = 0; part < 4; ++part) { // longer than any message is
            context.run_for(200ms);
            host.say(std::string(2000, 'x'));
        }
        host.say("\n");
        context.run_for(500ms);
        QCOMPARE(heard, 0);
        std::ignore = host.hear();
        host.say(wakeLine(2));
        context.run_for(500ms);
        QCOMPARE(heard, 1);
    }

    void noPortIsNoTrouble()
    {
        boost::asio::io_context context;
        const auto never = [](const wire::MachineWake&) -> Result<void> { return {}; };
        WakePort missing(context, "/nonexistent/port", never);
        WakePort none(context, "", never);
        missing.start();
        none.start();
        context.run_for(200ms);
    }

    void theClockComesBeforeTheRandomNumbers()
    {
        std::vector<std::string> order;
        MachinePlaces places;
        places.setClock = [&](std::int64_t timeMs) -> Result<void> {
            order.push_back("clock " + std::to_string(timeMs));
            return {};
        };
        places.stirRandom = [&](const std::string& bytes) -> Result<void> {
            order.push_back("random " + std::to_string(bytes.size()));
            return {};
        };
        wire::MachineWake told;
        told.resumed = 5;
        told.timeMs = 1000;
        told.seed = toBase64(std::string(64, 's'));
        QVERIFY(wakeMachine(told, places));
        QCOMPARE(order, (std::vector<std::string> { "clock 1000", "random 64" }));
        told.resumed = 0;
        QVERIFY(!wakeMachine(told, places));
        told.resumed = 5;
        told.seed = "!";
        QVERIFY(!wakeMachine(told, places));
        QCOMPARE(order.size(), std::size_t(2));
    }
};

QTEST_GUILESS_MAIN(WakePortTest)
#include "tst_wakeport.moc"
