// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
//
// `tests/bench/run allocate`: durable grants through the service, and what the disk itself can do.
// Each is one short run; the harness takes them in turn and prints the figures.
#include "broker/app/allocator.h"
#include "broker/app/asiolane.h"
#include "broker/app/openstore.h"
#include "broker/service/connections.h"
#include "protocols/base/encoding.h"
#include "tests/bench/allocate/filled.h"

#include <CLI/CLI.hpp>
#include <QCoreApplication>
#include <algorithm>
#include <fcntl.h>
#include <iostream>
#include <unistd.h>

namespace {

using namespace wardesk;
using namespace wardesk::broker;
using Steady = std::chrono::steady_clock;

double secondsSince(Steady::time_point start)
{
    return std::chrono::duration<double>(Steady::now() - start).count();
}

/// Appends a page and syncs it, over and over: what a database does that commits one by one.
int syncDisk(const std::string& folder, double seconds)
{
    const std::string path = folder + "/fdatasync";
    const int file = ::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0) {
        std::cerr << "bench-allocate: " << path << " cannot be written\n";
        return 1;
    }
    const std::string page(4096, 'x');
    long count = 0;
    const auto start = Steady::now();
    while (secondsSince(start) < seconds) {
        if (::write(file, page.data(), page.size()) < 0 || ::fdatasync(file) != 0)
            return 1;
        ++count;
    }
    std::cout << "{\"perSecond\": " << static_cast<double>(count) / secondsSince(start) << "}\n";
    ::close(file);
    ::unlink(path.c_str());
    return 0;
}

class NoHasher final : public PasswordHasher
{
public:
    Result<std::string> hash(const Secret&) const override { return std::string(); }
    bool verify(const std::string&, const Secret&) const override { return false; }
};

/// The pools' keeper is not what is measured.
class NoWatch final : public PoolWatch
{
public:
    void wake(const PoolId&) override { }
    void userWaits(const PoolId&, const UserId&) override { }
    void userServed(const PoolId&, const UserId&) override { }
};

/// So many clients, each of which asks again as soon as it has its answer.
class Clients
{
public:
    Clients(
        Connections& connections, boost::asio::io_context& io, bench::Filled filled, double seconds)
        : m_connections(connections)
        , m_io(io)
        , m_filled(std::move(filled))
        , m_end(Steady::now()
              + std::chrono::duration_cast<Steady::duration>(
                  std::chrono::duration<double>(seconds)))
    {
    }
    void begin(int clients)
    {
        m_waiting = clients;
        for (int client = 0; client < clients; ++client)
            next();
    }
    [[nodiscard]] std::vector<double>& waits() { return m_waits; }
    [[nodiscard]] long failures() const { return m_failures; }

private:
    void next()
    {
        if (Steady::now() >= m_end || m_next >= m_filled.users) {
            if (--m_waiting == 0)
                m_io.stop();
            return;
        }
        Principal who;
        who.user.id = UserId("user-" + std::to_string(m_next));
        who.user.organisation = m_filled.organisation;
        who.user.name = "u" + std::to_string(m_next);
        who.terminal = "bench";
        who.address = "127.0.0.1";
        wire::Connect request;
        request.pool = "pool-" + std::to_string(m_next % m_filled.pools);
        ++m_next;
        m_connections.connect(who, request, randomUuid(),
            [this, start = Steady::now()](const Result<wire::Connection>& connection) {
                if (connection && connection->state == wire::ConnectionState::ready)
                    m_waits.push_back(secondsSince(start));
                else
                    ++m_failures;
                next();
            });
    }

    Connections& m_connections;
    boost::asio::io_context& m_io;
    bench::Filled m_filled;
    Steady::time_point m_end;
    int m_waiting = 0;
    long m_next = 0;
    long m_failures = 0;
    std::vector<double> m_waits;
};

int grant(
    Store& store, const Config& config, const bench::Filled& filled, int clients, double seconds)
{
    boost::asio::io_context io { 1 };
    const auto work = boost::asio::make_work_guard(io);
    SystemClock clock;
    AsioLane main { io };
    AsioTimers timers { io };
    NoHasher hasher;
    NoWatch watch;
    HostState host;
    ThreadLane storeLane { "store", storeThreads(config), 2000 };
    ThreadLane hashLane { "hash", 1, 1 };
    storeLane.setGrouping(storeGrouping(config, store));
    Shell shell { main, storeLane, hashLane, timers, clock, store, hasher, filled.organisation };
    AgentLinks agents { shell };
    EventHub events { shell };
    Connections connections { shell, watch, agents, events, host };
    Clients asking(connections, io, filled, seconds);
    const auto start = Steady::now();
    asking.begin(clients);
    io.run();
    const double took = secondsSince(start);
    storeLane.stop();
    auto& waits = asking.waits();
    if (waits.empty() || asking.failures() > 0) {
        std::cerr << "bench-allocate: " << asking.failures() << " requests got no desktop\n";
        return 1;
    }
    std::sort(waits.begin(), waits.end());
    const auto at = [&waits](double part) {
        return waits[static_cast<std::size_t>(part * static_cast<double>(waits.size() - 1))] * 1000;
    };
    std::cout << "{\"perSecond\": " << static_cast<double>(waits.size()) / took
              << ", \"grants\": " << waits.size() << ", \"medianMs\": " << at(0.5)
              << ", \"p99Ms\": " << at(0.99) << ", \"mostMs\": " << at(1) << "}\n";
    return 0;
}

}

int main(int argc, char** argv)
{
    keepFreedMemory(); // as the broker does
    CLI::App app("Grants and syncs a second.", "bench-allocate");
    app.require_subcommand(1);
    std::string folder;
    std::string configFile;
    double seconds = 3;
    int clients = 64;
    bench::Amounts amounts;
    auto* sync = app.add_subcommand("fdatasync", "what the disk can do");
    sync->add_option("--folder", folder, "on the disk to be measured")->required();
    sync->add_option("--seconds", seconds, "how long");
    auto* grants = app.add_subcommand("grants", "through the service");
    grants->add_option("--seconds", seconds, "how long");
    grants->add_option("--clients", clients, "at the same time");
    auto* fill = app.add_subcommand("fill", "make users and ready desktops");
    for (CLI::App* both : { grants, fill }) {
        both->add_option("--config", configFile, "the broker's configuration")->required();
        both->add_option("--users", amounts.users, "and as many desktops");
        both->add_option("--pools", amounts.pools, "that share the desktops");
    }
    CLI11_PARSE(app, argc, argv);
    if (*sync)
        return syncDisk(folder, seconds);
    const QCoreApplication qt(argc, argv);
    const auto config = readConfig(configFile);
    if (!config) {
        std::cerr << "bench-allocate: " << config.error().detail << '\n';
        return 2;
    }
    const auto store = openStore(*config);
    if (!store) {
        std::cerr << "bench-allocate: " << store.error().detail << '\n';
        return 1;
    }
    if (*fill) {
        const auto filled = bench::fill(**store, *config, amounts);
        if (!filled)
            std::cerr << "bench-allocate: " << filled.error().detail << '\n';
        return filled ? 0 : 1;
    }
    return grant(**store, *config, bench::filledWith(amounts), clients, seconds);
}
