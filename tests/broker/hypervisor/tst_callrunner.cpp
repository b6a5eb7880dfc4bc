// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/hypervisor/libvirt/callrunner.h"

#include <QtTest>
#include <future>

using namespace std::chrono_literals;
using wardesk::broker::CallRunner;

namespace {

/// A call that ends when it is told to.
struct Stuck
{
    std::promise<void> end;
    std::shared_future<void> ended { end.get_future() };
    std::function<void()> call()
    {
        return [ended = ended] { ended.wait(); };
    }
};

CallRunner::Clock::time_point soon()
{
    return CallRunner::Clock::now() + 20ms;
}

CallRunner::Clock::time_point later()
{
    return CallRunner::Clock::now() + 20s;
}

}

/// R12: a call that hangs costs its caller the deadline and nothing else.
class CallRunnerTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aCallRunsElsewhere()
    {
        CallRunner runner(1h);
        std::thread::id where;
        QVERIFY(runner.run([&] { where = std::this_thread::get_id(); }, later()));
        QVERIFY(where != std::this_thread::get_id());
    }
    void aStuckCallEndsAtTheDeadlineAndTheNextOnesToo()
    {
        CallRunner runner(1h);
        Stuck stuck;
        QVERIFY(!runner.run(stuck.call(), soon()));
        std::atomic<bool> ran { false };
        QVERIFY(!runner.run([&] { ran = true; }, soon()));
        stuck.end.set_value();
        QVERIFY(runner.run([] {}, later())); // works again by itself
        QVERIFY(!ran); // what timed out before it began is not made up for
    }
    void aCallStuckForLongIsLeft()
    {
        CallRunner runner(0ms, 2);
        Stuck first;
        Stuck second;
        Stuck third;
        QVERIFY(!runner.run(first.call(), soon()));
        QVERIFY(!runner.run(second.call(), soon())); // on a second thread
        QVERIFY(runner.run([] {}, later())); // on a third one
        QVERIFY(!runner.run(third.call(), soon()));
        QVERIFY(!runner.run([] {}, soon())); // no fourth: threads are bounded too
        first.end.set_value(); // a place is free again
        QTRY_VERIFY(runner.run([] {}, CallRunner::Clock::now() + 100ms));
        second.end.set_value();
        third.end.set_value();
    }
    void stopWakesWhoWaits()
    {
        CallRunner runner(1h);
        Stuck stuck;
        auto waiting
            = std::async(std::launch::async, [&] { return runner.run(stuck.call(), later()); });
        runner.stop();
        QVERIFY(!waiting.get());
        QVERIFY(!runner.run([] {}, later()));
        stuck.end.set_value();
    }
    void aRunnerDiesWhileACallIsStuck()
    {
        Stuck stuck;
        {
            CallRunner runner(1h);
            QVERIFY(!runner.run(stuck.call(), soon()));
        }
        stuck.end.set_value();
    }
};

QTEST_GUILESS_MAIN(CallRunnerTest)
#include "tst_callrunner.moc"
