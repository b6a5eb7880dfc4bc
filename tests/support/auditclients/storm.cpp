// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
//
// R13 measured: so many people sign in at the same moment, each obeying Retry-After, while others
// who are signed in reconnect to their desktops. Prints one line of JSON.
#include "protocols/base/encoding.h"
#include "protocols/wire/clientmessages.h"
#include "protocols/wire/codec.h"
#include "tests/support/auditclients/apiline.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <csignal>
#include <fstream>
#include <iostream>
#include <mutex>
#include <queue>
#include <thread>

using namespace wardesk;
using wardesk::audit::Answer;
using wardesk::audit::ApiLine;

namespace {

using Steady = std::chrono::steady_clock;

/// Who wants to sign in, and from when on.
struct Wish
{
    Steady::time_point at;
    int user = 0;
    bool operator>(const Wish& other) const { return at > other.at; }
};

struct Storm
{
    std::string host;
    std::string port;
    std::string password;
    std::mutex mutex;
    std::priority_queue<Wish, std::vector<Wish>, std::greater<>> wishes;
    std::atomic<int> outside { 0 }; ///< people who are not signed in yet
    std::atomic<long> toldToWait { 0 };
    std::atomic<long> withoutPause { 0 }; ///< 503 without Retry-After
    std::atomic<long> failures { 0 };
};

double milliseconds(Steady::duration span)
{
    return std::chrono::duration<double, std::milli>(span).count();
}

void signIn(Storm& storm)
{
    ApiLine line(storm.host, storm.port);
    while (storm.outside > 0) {
        Wish wish;
        {
            const std::lock_guard lock(storm.mutex);
            if (!storm.wishes.empty() && storm.wishes.top().at <= Steady::now()) {
                wish = storm.wishes.top();
                storm.wishes.pop();
            } else {
                wish.user = -1;
            }
        }
        if (wish.user < 0) {
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
            continue;
        }
        wire::SignIn request;
        request.user = "user" + std::to_string(wish.user);
        request.password = storm.password;
        const Answer answer = line.ask("POST", "/api/v1/session", wire::encode(request), "none");
        if (answer.status == 200) {
            --storm.outside;
            continue;
        }
        int pause = 1;
        if (answer.status == 503) {
            ++storm.toldToWait;
            if (answer.retryAfter.empty())
                ++storm.withoutPause;
            else
                pause = std::stoi(answer.retryAfter);
        } else if (answer.status != 0) { // 0: an idle connection was closed meanwhile
            ++storm.failures;
        }
        const std::lock_guard lock(storm.mutex);
        storm.wishes.push({ Steady::now() + std::chrono::seconds(pause), wish.user });
    }
}

/// One signed-in clinician who reconnects over and over.
struct Reconnecting
{
    std::vector<double> calm;
    std::vector<double> stormy;
    long failures = 0;
};

void reconnect(Storm& storm, const std::string& token, const std::string& pool,
    const std::atomic<int>& phase, Reconnecting& result)
{
    ApiLine line(storm.host, storm.port);
    wire::Connect request;
    request.pool = pool;
    const std::string body = wire::encode(request);
    while (phase < 2) {
        const bool stormy = phase == 1;
        const auto start = Steady::now();
        const Answer answer = line.ask("POST", "/api/v1/me/connections", body, token, randomUuid());
        const double took = milliseconds(Steady::now() - start);
        const auto connection = wire::decode<wire::Connection>(answer.body);
        if (answer.status == 200 && connection && connection->state == wire::ConnectionState::ready)
            (stormy ? result.stormy : result.calm).push_back(took);
        else if (answer.status != 200)
            ++result.failures;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
}

std::string spread(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    const auto at = [&values](double part) {
        return values.empty()
            ? 0.0
            : values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1))];
    };
    std::ostringstream text;
    text << "{\"median\": " << at(0.5) << ", \"p99\": " << at(0.99) << ", \"most\": " << at(1)
         << ", \"count\": " << values.size() << '}';
    return text.str();
}

}

int main(int argc, char** argv)
{
    std::signal(SIGPIPE, SIG_IGN);
    CLI::App app("A storm of sign-ins.", "auditstorm");
    Storm storm;
    std::string broker;
    std::string tokens;
    std::string pool;
    int people = 2000;
    int workers = 200;
    int reconnecting = 8;
    app.add_option("--broker", broker, "ADDRESS:PORT")->required();
    app.add_option("--tokens", tokens, "of who is signed in already")->required();
    app.add_option("--pool", pool, "of their desktops")->required();
    app.add_option("--password", storm.password, "of everybody")->required();
    app.add_option("--people", people, "who sign in");
    app.add_option("--connections", workers, "that they share");
    app.add_option("--reconnecting", reconnecting, "signed-in users who reconnect meanwhile");
    CLI11_PARSE(app, argc, argv);
    storm.host = broker.substr(0, broker.rfind(':'));
    storm.port = broker.substr(broker.rfind(':') + 1);

    std::ifstream file(tokens);
    std::atomic<int> phase { 0 };
    std::vector<std::thread> threads;
    std::vector<Reconnecting> results(static_cast<std::size_t>(reconnecting));
    std::string user;
    std::string token;
    for (Reconnecting& result : results) {
        file >> user >> token;
        threads.emplace_back([&, token] { reconnect(storm, token, pool, phase, result); });
    }
    std::this_thread::sleep_for(std::chrono::seconds(3)); // the figures of a calm broker
    storm.outside = people;
    for (int number = 0; number < people; ++number)
        storm.wishes.push({ Steady::now(), number });
    phase = 1;
    const auto start = Steady::now();
    std::vector<std::thread> signingIn;
    for (int worker = 0; worker < workers; ++worker)
        signingIn.emplace_back([&] { signIn(storm); });
    for (std::thread& thread : signingIn)
        thread.join();
    const double took = milliseconds(Steady::now() - start) / 1000;
    phase = 2;
    for (std::thread& thread : threads)
        thread.join();
    Reconnecting all;
    for (const Reconnecting& result : results) {
        all.calm.insert(all.calm.end(), result.calm.begin(), result.calm.end());
        all.stormy.insert(all.stormy.end(), result.stormy.begin(), result.stormy.end());
        all.failures += result.failures;
    }
    std::cout << "{\"signIns\": " << people << ", \"seconds\": " << took
              << ", \"toldToWait\": " << storm.toldToWait
              << ", \"withoutRetryAfter\": " << storm.withoutPause
              << ", \"failures\": " << storm.failures << ", \"reconnectFailures\": " << all.failures
              << ", \"reconnectCalmMs\": " << spread(all.calm)
              << ", \"reconnectStormMs\": " << spread(all.stormy) << "}\n";
    return storm.failures + storm.withoutPause + all.failures == 0 ? 0 : 1;
}
