// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/desktop/childprocesses.h"

#include <QtTest>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <optional>

using namespace wardesk::desktop;
using namespace std::chrono_literals;

class ChildProcessesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    // A locker is ended as soon as it was started when a user comes back, or logs off, at once.
    void aSignalForAChildThatHasJustBegunIsNotTheParents()
    {
        boost::asio::io_context context(1);
        ChildProcesses children(context);
        bool parentIsToStop = false;
        boost::asio::signal_set stop(context, SIGTERM);
        stop.async_wait(
            [&](const boost::system::error_code& error, int) { parentIsToStop |= !error; });

        for (int round = 0; round < 50; ++round) {
            std::optional<int> code;
            const auto process = children.start({ { "sleep", "600" }, {}, {} },
                [&](const ChildProcesses::End& end) { code = end.code; });
            QVERIFY(process.has_value());
            QCOMPARE(::kill(*process, SIGTERM), 0);
            while (!code && !parentIsToStop)
                QVERIFY(context.run_one_for(60s) > 0);
            QVERIFY2(!parentIsToStop, "the child's signal ended the parent");
            QCOMPARE(*code, 128 + SIGTERM);
        }
    }

    void whatIsIgnoredHereIsNotIgnoredByAChild()
    {
        const auto before = std::signal(SIGPIPE, SIG_IGN);
        boost::asio::io_context context(1);
        ChildProcesses children(context);
        std::optional<int> code;
        const auto process = children.start({ { "sh", "-c", "kill -PIPE $$; exit 3" }, {}, {} },
            [&](const ChildProcesses::End& end) { code = end.code; });
        QVERIFY(process.has_value());
        while (!code)
            QVERIFY(context.run_one_for(60s) > 0);
        std::signal(SIGPIPE, before);
        QCOMPARE(*code, 128 + SIGPIPE);
    }
};

QTEST_GUILESS_MAIN(ChildProcessesTest)
#include "tst_childprocesses.moc"
