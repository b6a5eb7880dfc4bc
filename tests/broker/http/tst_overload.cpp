// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/broker/http/livebroker.h"

#include <QtTest>
#include <algorithm>
#include <set>

using namespace wardesk;
using namespace wardesk::broker;
using namespace wardesk::broker::test;

namespace {

constexpr int storm = 2000;

std::string signIn(const std::string& user)
{
    const std::string body = R"({"user":")" + user + R"(","password":"secret-nurse"})";
    return "POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
        + std::to_string(body.size()) + "\r\n\r\n" + body;
}

int pauseOf(const Answer& answer)
{
    const auto found = answer.headers.find("retry-after");
    return found == answer.headers.end() ? 0 : std::stoi(found->second);
}

}

/// R13: a broker that has too much to do says so, and goes on serving those who are signed in.
class tst_Overload : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void R13_aStormOfSignInsIsToldToWaitWhileReconnectsAreServed();
    void R13_every503SaysWhenToTryAgain();
};

void tst_Overload::R13_aStormOfSignInsIsToldToWaitWhileReconnectsAreServed()
{
    LiveBroker broker;
    const std::string token = broker.tokenOf("nurse");
    QVERIFY(!token.empty());
    broker.holdPasswords();

    // As many as the broker takes on; nobody gets an answer to those.
    std::vector<std::shared_ptr<void>> waiting;
    const auto talker = broker.openConnection();
    int refused = 0;
    std::set<int> pauses;
    while (refused == 0) {
        QVERIFY2(waiting.size() < 200, "sign-ins are taken on without a bound");
        // Different people: of one account only a few attempts are looked at together (A2). They
        // are unknown, which costs the broker the same (A1).
        waiting.push_back(broker.openConnection(signIn("person" + std::to_string(waiting.size()))));
        // Whether this one was taken on shows when the threads and the queue are full.
        QTRY_VERIFY(broker.passwordsWaiting() + 2 >= std::min<std::size_t>(waiting.size(), 64));
        if (waiting.size() >= 64) {
            LiveBroker::say(talker, signIn("nobody"));
            const Answer answer = LiveBroker::answerOn(talker);
            QCOMPARE(answer.status, 503);
            QCOMPARE(answer.code(), std::string("overloaded"));
            ++refused;
        }
    }
    // The rest of the storm: each is answered at once, and told when to come again.
    const std::size_t records = broker.countAudit();
    for (; refused + static_cast<int>(waiting.size()) < storm; ++refused) {
        LiveBroker::say(talker, signIn("somebody" + std::to_string(refused)));
        const Answer answer = LiveBroker::answerOn(talker);
        QCOMPARE(answer.status, 503);
        QVERIFY(pauseOf(answer) >= 1 && pauseOf(answer) <= 60);
        pauses.insert(pauseOf(answer));
    }
    QVERIFY2(pauses.size() > 1, "all of them are told to come back at the same moment");
    QVERIFY(broker.passwordsWaiting() <= 64);
    QCOMPARE(broker.countAudit(), records); // a refusal costs the database nothing

    // Who is signed in works on meanwhile.
    const Answer tiles = broker.request("GET", "/api/v1/me/desktops", {}, "Bearer " + token);
    QCOMPARE(tiles.status, 200);
    const Answer redeemed = broker.request(
        "POST", "/api/v1/tickets/redeem", R"({"ticket":"used long ago"})", "Bearer " + token);
    QCOMPARE(redeemed.status, 410);

    // Everybody who was taken on gets an answer, and who comes afterwards gets in.
    broker.letPasswordsGo();
    for (const auto& connection : waiting)
        QCOMPARE(LiveBroker::answerOn(connection).status, 401);
    QVERIFY(!broker.tokenOf("nurse").empty());
}

void tst_Overload::R13_every503SaysWhenToTryAgain()
{
    for (const Errc code : { Errc::overloaded, Errc::unavailable }) {
        const Response response = respond(Error { code, "words" });
        QCOMPARE(response.status, 503);
        QVERIFY(std::any_of(response.headers.begin(), response.headers.end(),
            [](const auto& header) { return header.first == "Retry-After"; }));
    }
}

QTEST_GUILESS_MAIN(tst_Overload)
#include "tst_overload.moc"
