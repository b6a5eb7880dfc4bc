// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/broker/service/clusterworld.h"

#include "protocols/base/encoding.h"
#include "protocols/wire/codec.h"

#include <QtGlobal>
#include <algorithm>

namespace wardesk::broker::test {

namespace {

BrokerRecord recordOf(const std::string& name)
{
    BrokerRecord record;
    record.id = BrokerId(name);
    record.name = name;
    record.peerAddress = name + ":8443";
    record.agentHost = "10.213.0.1";
    record.agentPort = 8443;
    record.keySha256 = sha256Hex(name);
    return record;
}

PoolKeeperSettings settings()
{
    PoolKeeperSettings made;
    made.firstAddress = "10.213.0.16";
    made.lastAddress = "10.213.0.60";
    made.brokerHost = "10.213.0.1";
    made.brokerKeySha256 = std::string(64, 'a');
    return made;
}

/// What one side says arrives at the other one as its own job, through the codec.
class Wire final : public PeerChannel
{
public:
    Wire(Side& from, Side& to)
        : m_from(from)
        , m_to(to)
    {
    }
    void send(const wire::PeerMessage& message) override
    {
        const PeerIdentity sender { m_from.membership.self().id, m_from.membership.self().epoch };
        std::string text = wire::encode(message);
        m_to.world.longestFrame = std::max(m_to.world.longestFrame, text.size());
        std::ignore = m_to.main.post(Urgency::usual, [this, sender, text = std::move(text)] {
            const auto received = wire::decode<wire::PeerMessage>(text);
            if (!received)
                qFatal("%s", received.error().detail.c_str());
            m_to.peers.receive(sender, *received);
        });
    }
    void close(const std::string&) override { }

private:
    Side& m_from;
    Side& m_to;
};

/// One broker's connection to a host that the others have, too.
class Connection final : public Hypervisor
{
public:
    explicit Connection(FakeHypervisor& host)
        : m_host(host)
    {
    }
    Result<void> start(const DomainSpec& spec) override { return m_host.start(spec); }
    Result<void> destroy(const DomainUuid& uuid) override { return m_host.destroy(uuid); }
    Result<void> removeDisk(const DomainUuid& disk) override { return m_host.removeDisk(disk); }
    Result<void> suspend(const DomainUuid& uuid) override { return m_host.suspend(uuid); }
    Result<void> resume(const DomainUuid& uuid, std::int64_t token) override
    {
        return m_host.resume(uuid, token);
    }
    Result<std::vector<ObservedDomain>> list() override { return m_host.list(); }
    Result<std::string> probe() override { return m_host.probe(); }
    void onChange(std::function<void()>) override { } // the rounds look often enough

private:
    FakeHypervisor& m_host;
};

}

Side::Side(ClusterWorld& theWorld, const std::string& theName)
    : world(theWorld)
    , name(theName)
    , timers(theWorld.clock)
    , clock(theWorld.clock)
    , shell { main, storeLane, hashLane, timers, clock, theWorld.store, hasher,
        theWorld.organisation }
    , agents(shell)
    , events(shell)
    , hosts(shell, agents, events, hostState)
    , keeper(shell, hosts, agents, events, hostState, settings())
    , sessions(shell, keeper, agents, events)
    , connections(shell, keeper, agents, events, hostState)
    , reports(shell, keeper, agents, events, sessions)
    , membership(shell, clusterLane, theWorld.store, clock, recordOf(theName))
    , peers(agents, events, keeper)
{
    hosts.useOnly(hostLane, theWorld.host);
    if (!theWorld.many.empty())
        useHosts();
    keeper.useClaims(&membership, &peers);
    membership.onTaken = [this](const PoolId& pool) {
        taken.push_back(pool);
        keeper.wakeHere(pool);
    };
    membership.onBrokers = [this] {
        std::set<BrokerId> alive;
        for (const BrokerRecord& broker : membership.known()) {
            if (membership.isAlive(broker.id))
                alive.insert(broker.id);
        }
        peers.keepOnly(alive);
    };
    peers.onGone = [this] { membership.hurry(); };
}

void Side::useHosts()
{
    hosts.useOpener([this](const Host& row) -> Result<OpenHost> {
        auto lane = std::make_unique<QueueLane>();
        manyLanes.push_back(lane.get());
        return OpenHost { std::make_unique<Connection>(world.many.at(row.name)), std::move(lane) };
    });
    keeper.lookAgain();
}

bool Side::runOne()
{
    return !stopped
        && (main.runOne() || storeLane.runOne() || hashLane.runOne() || hostLane.runOne()
            || clusterLane.runOne()
            || std::any_of(manyLanes.begin(), manyLanes.end(),
                [](QueueLane* lane) { return lane->runOne(); }));
}

void Side::start()
{
    membership.start();
    keeper.start();
}

void SideAgent::send(const wire::AgentCommand& command)
{
    commands.push_back(command);
    if (silent || command.kind == wire::AgentCommandKind::brokers)
        return;
    wire::AgentReport answer;
    answer.kind = wire::AgentReportKind::answer;
    answer.id = command.id;
    answer.epoch = command.epoch;
    if (!words.empty()) {
        answer.error = "unavailable";
        answer.message = words;
    } else if (command.kind == wire::AgentCommandKind::prepare) {
        answer.account = "clinician";
        answer.credential = "one-time-" + std::to_string(command.epoch);
    }
    std::ignore = m_side.main.post(
        Urgency::usual, [this, answer] { m_side.reports.receive(m_identity, answer, [] {}); });
}

ClusterWorld::ClusterWorld(const std::vector<std::string>& names)
{
    std::ignore = store.ensureOrganisation(organisation, "hospital");
    Image image;
    image.id = ImageId("image-1");
    image.organisation = organisation;
    image.name = "plain";
    image.version = "1";
    image.source = "/images/plain";
    std::ignore = store.insertImage(image);
    for (const std::string& name : names) {
        sides.push_back(std::make_unique<Side>(*this, name));
        sides.back()->start();
        settle();
    }
    for (std::size_t i = 0; i < sides.size(); ++i) {
        for (std::size_t j = i + 1; j < sides.size(); ++j)
            join(*sides[i], *sides[j]);
    }
}

Side& ClusterWorld::side(const std::string& name)
{
    for (const auto& candidate : sides) {
        if (candidate->name == name)
            return *candidate;
    }
    qFatal("there is no side %s", name.c_str());
}

void ClusterWorld::settle()
{
    for (int left = 100000; left > 0; --left) {
        bool busy = false;
        for (const auto& one : sides)
            busy = one->runOne() || busy;
        if (!busy)
            return;
    }
    qFatal("the service never comes to rest");
}

void ClusterWorld::advance(std::chrono::milliseconds step)
{
    settle();
    const MonotonicTime end = clock.monotonic() + step;
    for (;;) {
        std::optional<MonotonicTime> next;
        for (const auto& one : sides) {
            const auto due = one->stopped ? std::nullopt : one->timers.next(end);
            if (due && (!next || *due < *next))
                next = due;
        }
        if (!next)
            break;
        clock.advance(std::max(*next - clock.monotonic(), std::chrono::milliseconds(0)));
        for (const auto& one : sides) {
            if (!one->stopped)
                one->timers.runDue();
        }
        settle();
    }
    clock.advance(end - clock.monotonic());
    settle();
}

void ClusterWorld::join(Side& a, Side& b)
{
    for (const auto& [here, there] : { std::pair(&a, &b), std::pair(&b, &a) }) {
        const PeerIdentity other { there->membership.self().id, there->membership.self().epoch };
        here->peers.attach(other, std::make_shared<Wire>(*here, *there));
    }
    settle();
}

void ClusterWorld::part(Side& a, Side& b)
{
    // detach() wants the channel: a newer connection that is dropped at once does it, too.
    for (const auto& [here, there] : { std::pair(&a, &b), std::pair(&b, &a) }) {
        if (here->stopped)
            continue;
        const PeerIdentity other { there->membership.self().id, there->membership.self().epoch };
        const auto last = std::make_shared<Wire>(*here, *there);
        here->peers.attach(other, last);
        here->peers.detach(other, last.get());
    }
    settle();
}

Pool ClusterWorld::addPool(const std::string& name, std::int64_t spare, std::int64_t max)
{
    Pool pool;
    pool.id = PoolId("pool-" + name);
    pool.organisation = organisation;
    pool.name = name;
    pool.image = ImageId("image-1");
    pool.spare = spare;
    pool.max = max;
    pool.createdAt = clock.wall();
    std::ignore = store.insertPool(pool);
    std::ignore = store.replaceEntitlements(organisation, pool.id, { Entitlement {} });
    return pool;
}

void ClusterWorld::addHost(const std::string& name)
{
    Host row;
    row.id = HostId("host-" + name);
    row.name = name;
    row.uri = "fake://" + name;
    row.memoryMiB = 8 * 1024;
    many[name];
    std::ignore = store.insertHost(row);
    for (const auto& one : sides)
        one->useHosts();
}

int ClusterWorld::calls() const
{
    int all = host.startCalls() + host.destroyCalls();
    for (const auto& [name, one] : many)
        all += one.startCalls() + one.destroyCalls();
    return all;
}

std::size_t ClusterWorld::domains()
{
    std::size_t all = host.list()->size();
    for (auto& [name, one] : many)
        all += one.list()->size();
    return all;
}

Principal ClusterWorld::addUser(const std::string& name)
{
    User user;
    user.id = UserId("user-" + name);
    user.organisation = organisation;
    user.name = name;
    user.createdAt = clock.wall();
    std::ignore = store.insertUser(user);
    return { .user = user,
        .token = SecretHash("token-" + name),
        .terminal = "ward-1",
        .address = "192.0.2.1",
        .signedInUntil = clock.wall() + std::chrono::hours(12) };
}

std::shared_ptr<SideAgent> ClusterWorld::attach(Side& there, const DesktopRow& row)
{
    const AgentIdentity identity { .organisation = organisation,
        .pool = row.desktop.pool,
        .desktop = row.desktop.id,
        .name = row.desktop.name,
        .incarnation = row.desktop.incarnation.number };
    auto agent = std::make_shared<SideAgent>(there, identity);
    there.agents.attach(identity, agent);
    wire::AgentReport hello;
    hello.isReady = true;
    hello.session = wire::SessionState::prepared;
    hello.certificateSha256 = sha256Hex(row.desktop.id.value());
    there.reports.receive(identity, hello, [] {});
    settle();
    return agent;
}

}
