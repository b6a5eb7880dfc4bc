// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/app/broker.h"

#include "broker/app/asiolane.h"
#include "broker/app/cluster.h"
#include "broker/app/clustersecret.h"
#include "broker/app/epochfile.h"
#include "broker/app/notify.h"
#include "broker/app/openhost.h"
#include "broker/app/openstore.h"
#include "broker/app/statedirectory.h"
#include "broker/http/front.h"
#include "broker/http/routes.h"
#include "broker/identity/argon2hasher.h"
#include "broker/service/adoption.h"
#include "broker/service/hostadministration.h"
#include "broker/service/log.h"
#include "broker/service/lookups.h"
#include "broker/service/poolkeeper.h"
#include "protocols/base/encoding.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <unistd.h>

namespace wardesk::broker {

#ifndef WARDESK_VERSION
#define WARDESK_VERSION "0"
#endif
const char* const version = WARDESK_VERSION;

namespace {

constexpr std::size_t storeBound = 2000; // R13: jobs that wait for the database, each kind
constexpr std::size_t hashBound = 64;
constexpr int hashNiceness = 10;
constexpr std::size_t hostBound = 1000;
constexpr std::chrono::milliseconds farewell { 500 };
constexpr std::chrono::seconds handover { 2 };

std::vector<std::string> certificateNames(const Config& config)
{
    std::vector<std::string> names = config.names;
    names.emplace_back("localhost");
    names.emplace_back("127.0.0.1");
    names.emplace_back("wardesk-broker");
    char host[256] = {};
    if (::gethostname(host, sizeof host - 1) == 0 && host[0] != '\0')
        names.emplace_back(host);
    std::vector<std::string> addresses = config.listen;
    addresses.push_back(config.agentAddress);
    if (!config.peerAddress.empty())
        addresses.push_back(config.peerAddress);
    for (const std::string& address : addresses) {
        const auto parts = splitHostPort(address);
        if (parts && parts->host != "0.0.0.0" && parts->host != "[::]")
            names.push_back(parts->host.front() == '['
                    ? parts->host.substr(1, parts->host.size() - 2)
                    : parts->host);
    }
    return names;
}

/// How this broker is known to administrators and to the other brokers.
BrokerRecord selfRecord(const Config& config, const std::string& keySha256)
{
    const auto agent = splitHostPort(config.agentAddress);
    BrokerRecord record;
    record.id = BrokerId(brokerNameOf(config));
    record.name = record.id.value();
    record.peerAddress = config.peerAddress;
    record.agentHost = agent ? agent->host : "";
    record.agentPort = agent ? agent->port : 0;
    record.keySha256 = keySha256;
    return record;
}

AdoptionSettings adoptionSettings(const Config& config)
{
    AdoptionSettings settings;
    settings.broker = BrokerId(brokerNameOf(config));
    return settings;
}

PoolKeeperSettings keeperSettings(const Config& config, const std::string& keySha256)
{
    PoolKeeperSettings settings;
    settings.limits = config.pools;
    settings.network = config.network;
    settings.prefix = config.prefix;
    settings.firstAddress = config.firstAddress;
    settings.lastAddress = config.lastAddress;
    const auto agent = splitHostPort(config.agentAddress);
    settings.brokerHost = agent ? agent->host : "";
    settings.brokerPort = agent ? agent->port : 0;
    settings.brokerKeySha256 = keySha256;
    return settings;
}

}

/// In the order of their making; the lanes stop before anything that their jobs touch goes.
struct Broker::Parts
{
    Parts(Config theConfig, StandIns theStandIns)
        : config(std::move(theConfig))
        , standIns(std::move(theStandIns))
        , signals(io)
    {
    }
    Config config;
    StandIns standIns;
    boost::asio::io_context io { 1 };
    boost::asio::signal_set signals;
    SystemClock machineClock;
    SteadyWallClock steadyClock { machineClock }; // R10: a clock that is set ends no lease
    DatabaseClock clock { steadyClock }; // and several brokers have one
    AsioLane main { io };
    AsioTimers timers { io };
    StateDirectory state;
    std::optional<EpochFile> watermark;
    std::unique_ptr<Store> store;
    std::unique_ptr<Hypervisor> host; ///< a stand-in for all of them
    Argon2Hasher hasher;
    Meters meters;
    HostState hostState;
    ThreadLane storeLane { "store", storeThreads(config), storeBound };
    // R13: passwords are hashed on whatever the reconnects of those who are signed in leave.
    ThreadLane hashLane { "hash", std::max(1U, std::thread::hardware_concurrency()), hashBound,
        hashNiceness };
    ThreadLane hostLane { "host", 1, hostBound };

    struct Served
    {
        Served(Parts& parts, const OrganisationId& organisation, const std::string& keySha256)
            : shell { parts.main, parts.storeLane, parts.hashLane, parts.timers, parts.clock,
                *parts.store, parts.hasher, organisation }
            , agents(shell)
            , events(shell)
            , hosts(shell, agents, events, parts.hostState, parts.config.hosts)
            , keeper(shell, hosts, agents, events, parts.hostState,
                  keeperSettings(parts.config, keySha256))
            , adoption(shell, hosts, agents, events, keeper, *parts.watermark,
                  adoptionSettings(parts.config))
            , sessions(shell, keeper, agents, events)
            , signIns(shell, events)
            , connections(shell, keeper, agents, events, parts.hostState)
            , reports(shell, keeper, agents, events, sessions)
            , pools(shell, keeper)
            , elasticity(shell, keeper)
            , life(shell, keeper, events)
            , images(shell)
            , rollouts(shell, keeper)
            , desktops(shell, keeper, sessions)
            , hostRows(shell, keeper, hosts, agents, events)
            , users(shell, events, sessions)
            , access(shell, events)
            , groups(shell, events)
            , health(shell, parts.hostState, version)
            , brokers(shell, agents, events, selfRecord(parts.config, keySha256))
            , services { &signIns, &connections, &sessions, &agents, &reports, &events, &pools,
                &elasticity, &life, &desktops, &users, &health, &parts.meters, nullptr, &brokers,
                &adoption, &images, &rollouts, &hostRows, &access, &groups }
            , gate(shell, table, signIns, reports, parts.meters)
            , front(parts.io, gate, parts.meters, parts.config.front)
        {
            addRoutes(table, services);
            keeper.useAdoption(adoption);
            connections.useAdoption(adoption);
            reports.useAdoption(adoption);
            health.showAdoption(adoption);
        }
        Shell shell;
        AgentLinks agents;
        EventHub events;
        Hosts hosts;
        PoolKeeper keeper;
        Adoption adoption;
        SessionControl sessions;
        SignIns signIns;
        Connections connections;
        AgentReports reports;
        PoolAdministration pools;
        PoolElasticity elasticity;
        PoolLife life;
        ImageAdministration images;
        PoolRollouts rollouts;
        DesktopAdministration desktops;
        HostAdministration hostRows;
        UserAdministration users;
        AccessAdministration access;
        GroupAdministration groups;
        HealthWatch health;
        BrokerAdministration brokers;
        Services services;
        RouteTable table;
        Gate gate;
        Front front;
        std::unique_ptr<Cluster> cluster; ///< on a database that several brokers can share
    };
    std::unique_ptr<Served> served;

    bool closing = false;
    void stop();
};

void Broker::Parts::stop()
{
    logEvent(LogLevel::info, "broker.stopping");
    notifyService("STOPPING=1");
    const auto close = [this] {
        if (std::exchange(closing, true))
            return;
        served->front.stop();
        // A moment for the last answers and goodbyes; desktops and their sessions go on (R8).
        timers.after(farewell, [this] { io.stop(); });
    };
    if (!served->cluster) {
        close();
        return;
    }
    served->cluster->leave(close);
    timers.after(handover, close); // a database that is away must not keep us
}

Broker::Broker(Config config, StandIns standIns)
    : m_parts(std::make_unique<Parts>(std::move(config), std::move(standIns)))
{
}

Broker::~Broker()
{
    m_parts->hashLane.stop();
    if (m_parts->host)
        m_parts->host->interrupt();
    m_parts->hostLane.stop();
    if (m_parts->served)
        m_parts->served->hosts.stop();
    m_parts->storeLane.stop();
    if (m_parts->served && m_parts->served->cluster)
        m_parts->served->cluster->stopLane();
    m_parts->host.reset(); // no callback of it comes any more
}

Result<void> Broker::prepare()
{
    Parts& parts = *m_parts;
    auto state = StateDirectory::open(parts.config.state);
    if (!state)
        return tl::unexpected(state.error());
    parts.state = std::move(*state);
    auto watermark = EpochFile::open(parts.config.state + "/epoch");
    if (!watermark)
        return tl::unexpected(watermark.error());
    parts.watermark.emplace(std::move(*watermark));
    auto store = openStore(parts.config);
    if (!store)
        return tl::unexpected(store.error());
    parts.store = parts.standIns.aroundStore ? parts.standIns.aroundStore(std::move(*store))
                                             : std::move(*store);
    // R11: before anything takes an epoch, were it only this broker's own registration.
    if (const auto mark = parts.watermark->read())
        parts.store->expectEpoch(*mark);
    parts.storeLane.setGrouping(storeGrouping(parts.config, *parts.store));
    auto secret = parts.config.clustered ? clusterSecret(parts.config, *parts.store)
                                         : Result<Secret>(Secret());
    if (!secret)
        return tl::unexpected(secret.error());
    const auto certificates = ensureCertificates(
        parts.config.state, certificateNames(parts.config), parts.machineClock.wall());
    if (!certificates)
        return tl::unexpected(certificates.error());
    const auto organisation
        = parts.store->ensureOrganisation(OrganisationId(randomUuid()), parts.config.organisation);
    if (!organisation)
        return tl::unexpected(organisation.error());
    parts.served
        = std::make_unique<Parts::Served>(parts, organisation->id, certificates->keySha256);
    if (auto opened = openHosts(); !opened)
        return opened;
    if (isShared(parts.config)) {
        Parts::Served& served = *parts.served;
        served.cluster = std::make_unique<Cluster>(
            Cluster::Parts { parts.io, served.shell, parts.clock, served.agents, served.events,
                served.keeper, served.brokers, served.gate, parts.config.front },
            selfRecord(parts.config, certificates->keySha256), std::move(*secret));
        served.services.peers = &served.cluster->peers();
    }
    if (auto used = parts.served->front.useCertificates(*certificates); !used)
        return used;
    for (const std::string& address : parts.config.listen) {
        const auto port = parts.served->front.listen(address);
        if (!port)
            return tl::unexpected(port.error());
        logEvent(LogLevel::info, "broker.listening", { { "address", address } });
    }
    return {};
}

Result<void> Broker::openHosts()
{
    Parts& parts = *m_parts;
    Hosts& hosts = parts.served->hosts;
    const auto around = [&parts](std::unique_ptr<Hypervisor> host) {
        return parts.standIns.aroundHost ? parts.standIns.aroundHost(std::move(host))
                                         : std::move(host);
    };
    if (parts.standIns.host) {
        auto host = parts.standIns.host(parts.config);
        if (!host)
            return tl::unexpected(host.error());
        parts.host = around(std::move(*host));
        hosts.useOnly(parts.hostLane, *parts.host);
        return {};
    }
    const auto configured = configuredHosts(parts.config, parts.machineClock.wall());
    for (const Host& host : configured) { // a wrong URI is said at once
        if (auto opened = openHost(parts.config, host); !opened)
            return tl::unexpected(opened.error());
    }
    hosts.useOpener([&parts, around](const Host& row) -> Result<OpenHost> {
        auto host = openHost(parts.config, row);
        if (!host)
            return tl::unexpected(host.error());
        return OpenHost { around(std::move(*host)),
            std::make_unique<ThreadLane>("host", 1, hostBound) };
    });
    // A database that cannot be written to now has the rows of the last start (R14).
    if (auto ensured = parts.store->ensureHosts(configured);
        !ensured && ensured.error().code != Errc::storageFull)
        return ensured;
    const auto rows = parts.store->listHosts();
    if (!rows)
        return tl::unexpected(rows.error());
    hosts.sync(*rows);
    return {};
}

void Broker::run(const std::string& adoptBecause)
{
    Parts& parts = *m_parts;
    parts.signals.add(SIGTERM);
    parts.signals.add(SIGINT);
    parts.signals.async_wait([&parts](boost::system::error_code error, int) {
        if (!error)
            parts.stop();
    });
    parts.served->health.start();
    if (parts.served->cluster)
        parts.served->cluster->start();
    parts.served->adoption.start(adoptBecause); // R11: before anything is given out
    parts.served->keeper.start();
    if (parts.standIns.begin)
        parts.standIns.begin(parts.served->shell, parts.served->services);
    notifyService("READY=1");
    logEvent(LogLevel::info, "broker.started",
        { { "version", version }, { "state", parts.config.state } });
    parts.io.run();
    logEvent(LogLevel::info, "broker.stopped");
}

Result<void> addUser(const Config& config, const FirstAdmin& admin)
{
    auto state = StateDirectory::prepare(config.state);
    if (!state)
        return state;
    auto secret = readPassword(admin.passwordFile);
    if (!secret)
        return tl::unexpected(secret.error());
    if (auto good = checkPassword(secret->reveal()); !good)
        return good;
    const auto hash = Argon2Hasher().hash(*secret);
    if (!hash)
        return tl::unexpected(hash.error());
    const auto store = openStore(config);
    if (!store)
        return tl::unexpected(store.error());
    const auto organisation
        = (*store)->ensureOrganisation(OrganisationId(randomUuid()), config.organisation);
    if (!organisation)
        return tl::unexpected(organisation.error());
    User user;
    user.id = UserId(randomUuid());
    user.organisation = organisation->id;
    user.name = admin.name;
    user.displayName = admin.displayName.empty() ? admin.name : admin.displayName;
    user.role = admin.admin ? Role::administrator : Role::clinician;
    user.passwordHash = *hash;
    user.createdAt = SystemClock().wall();
    AuditNote note = brokerNote(organisation->id, "user.add", admin.name);
    note.detail = "on the broker's own machine";
    return recorded<void>(**store, note,
        namedConflict((*store)->insertUser(user), "a user", user.name), user.createdAt);
}

std::string describeRoutes()
{
    Services nothing; // registering a route only remembers whom to call
    RouteTable table;
    addRoutes(table, nothing);
    std::string text;
    for (const Route& route : table.routes())
        text += std::string(nameOf(route.method)) + ' ' + route.pattern + ' '
            + std::string(nameOf(route.permission)) + '\n';
    return text;
}

}
