// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/broker/service/world.h"

#include "broker/domain/status.h"
#include "protocols/base/encoding.h"
#include "protocols/wire/codec.h"

#include <QtGlobal>
#include <algorithm>

namespace wardesk::broker::test {

Timers::Id ManualTimers::after(std::chrono::milliseconds delay, std::function<void()> job)
{
    m_jobs[++m_last] = { m_clock.monotonic() + delay, std::move(job) };
    return m_last;
}

std::optional<MonotonicTime> ManualTimers::next(MonotonicTime limit) const
{
    std::optional<MonotonicTime> soonest;
    for (const auto& [id, entry] : m_jobs) {
        if (entry.at <= limit && (!soonest || entry.at < *soonest))
            soonest = entry.at;
    }
    return soonest;
}

void ManualTimers::runDue()
{
    const MonotonicTime now = m_clock.monotonic();
    std::vector<Id> due;
    for (const auto& [id, entry] : m_jobs) {
        if (entry.at <= now)
            due.push_back(id);
    }
    for (const Id id : due) {
        const auto found = m_jobs.find(id);
        if (found == m_jobs.end())
            continue; // cancelled by one before it
        const auto job = std::move(found->second.job);
        m_jobs.erase(found);
        job();
    }
}

bool QueueLane::post(Urgency, std::function<void()> job)
{
    if (refusing)
        return false;
    m_jobs.push_back(std::move(job));
    return true;
}

bool QueueLane::runOne()
{
    if (m_jobs.empty() || hangs)
        return false;
    const auto job = std::move(m_jobs.front());
    m_jobs.pop_front();
    job();
    return true;
}

void FakeAgent::send(const wire::AgentCommand& command)
{
    commands.push_back(command);
    if (silent)
        return;
    wire::AgentReport answer;
    answer.kind = wire::AgentReportKind::answer;
    answer.id = command.id;
    if (command.seat) {
        obeySeat(command, answer);
        return;
    }
    if (command.epoch < epoch) {
        answer.error = "stale";
        answer.message = "an older epoch";
    } else if (command.kind == wire::AgentCommandKind::logoffUnused
        && state == wire::SessionState::connected) {
        answer.error = "conflict";
        answer.message = "somebody is connected";
    } else if (command.kind == wire::AgentCommandKind::prepare && unready) {
        answer.error = "preparing";
        answer.message = "the desktop is not ready yet";
    } else {
        epoch = command.epoch;
        if (command.kind == wire::AgentCommandKind::state)
            answer.session = state;
        else
            lease = command.lease;
        user = command.user.value_or(user);
        if (command.kind == wire::AgentCommandKind::prepare) {
            answer.account = "clinician";
            answer.credential = "one-time-" + std::to_string(command.epoch);
        }
    }
    answer.epoch = epoch;
    report(answer);
    if (!answer.error
        && (command.kind == wire::AgentCommandKind::logoff
            || command.kind == wire::AgentCommandKind::logoffUnused))
        session(wire::SessionState::ended);
    if (!answer.error && command.kind == wire::AgentCommandKind::disconnect)
        session(wire::SessionState::disconnected);
}

void FakeAgent::obeySeat(const wire::AgentCommand& command, wire::AgentReport& answer)
{
    using wire::AgentCommandKind;
    const std::int64_t number = *command.seat;
    wire::SeatReport& told = seats[number];
    told.seat = number;
    const bool isOther = !told.lease.empty() && told.lease != command.lease;
    if (!isShared || isOther || command.epoch < told.epoch) {
        answer.error = command.epoch < told.epoch ? "stale" : "conflict";
        answer.message = "not for this seat";
    } else if (command.kind == AgentCommandKind::logoffUnused
        && told.session == wire::SessionState::connected) {
        answer.error = "conflict";
        answer.message = "somebody is connected";
    } else if (command.kind == AgentCommandKind::prepare && unready) {
        answer.error = "preparing";
        answer.message = "the session is not ready yet";
    } else {
        told.epoch = command.epoch;
        told.lease = command.lease;
        told.user = command.user;
        if (told.session == wire::SessionState::none)
            told.session = wire::SessionState::prepared;
        answer.session = told.session;
        if (command.kind == AgentCommandKind::prepare) {
            answer.account = "clinician-" + std::to_string(number);
            answer.credential = "one-time-" + std::to_string(command.epoch);
        }
    }
    epoch = std::max(epoch, told.epoch);
    answer.epoch = told.epoch;
    report(answer);
    if (answer.error)
        return;
    if (command.kind == AgentCommandKind::logoff || command.kind == AgentCommandKind::logoffUnused)
        seat(number, wire::SessionState::ended);
    if (command.kind == AgentCommandKind::disconnect)
        seat(number, wire::SessionState::disconnected);
}

void FakeAgent::seat(std::int64_t number, wire::SessionState newState)
{
    seats[number].session = newState;
    tellSeats();
}

void FakeAgent::tellSeats()
{
    wire::AgentReport told;
    told.kind = wire::AgentReportKind::session;
    told.epoch = epoch;
    told.sessions.emplace();
    for (const auto& [number, one] : seats)
        told.sessions->push_back(one);
    report(told);
}

void FakeAgent::report(const wire::AgentReport& report)
{
    std::ignore = m_world.main.post(
        Urgency::usual, [this, report] { m_world.reports.receive(m_identity, report, [] {}); });
}

void FakeAgent::session(wire::SessionState newState)
{
    state = newState;
    wire::AgentReport told;
    told.kind = wire::AgentReportKind::session;
    told.session = state;
    told.epoch = epoch;
    if (!lease.empty())
        told.lease = lease;
    if (!user.empty())
        told.user = user;
    report(told);
}

std::size_t FakeEvents::count(wire::EventKind kind) const
{
    return static_cast<std::size_t>(std::count_if(events.begin(), events.end(),
        [kind](const wire::Event& event) { return event.kind == kind; }));
}

World::World()
    : keeper(shell, hosts, agents, events, hostState,
        PoolKeeperSettings { .limits = {},
            .network = "wardesk",
            .prefix = 24,
            .firstAddress = "10.213.0.16",
            .lastAddress = "10.213.0.60",
            .brokerHost = "10.213.0.1",
            .brokerPort = 8443,
            .brokerKeySha256 = std::string(64, 'a') })
    , adoption(shell, hosts, agents, events, keeper, watermark, {})
{
    hosts.useOnly(hostLane, host);
    keeper.useAdoption(adoption);
    connections.useAdoption(adoption);
    reports.useAdoption(adoption);
    std::ignore = store.ensureOrganisation(organisation, "hospital");
    image.id = ImageId("image-1");
    image.organisation = organisation;
    image.name = "plain";
    image.version = "1";
    image.source = "/images/plain";
    image.createdAt = clock.wall();
    std::ignore = store.insertImage(image);
    adoption.start();
    keeper.start();
    settle();
}

void World::settle()
{
    // A bound, so that a loop in the service fails a test instead of hanging it.
    for (int left = 100000; left > 0; --left) {
        const bool busy = main.runOne() || storeLane.runOne() || hashLane.runOne()
            || hostLane.runOne() || std::any_of(many.begin(), many.end(), [](const auto& one) {
                   return one.second.lane->runOne();
               });
        if (!busy)
            return;
    }
    qFatal("the service never comes to rest");
}

void World::advance(std::chrono::milliseconds step)
{
    settle();
    const MonotonicTime end = clock.monotonic() + step;
    while (const auto next = timers.next(end)) {
        clock.advance(std::max(*next - clock.monotonic(), std::chrono::milliseconds(0)));
        timers.runDue();
        settle();
    }
    clock.advance(end - clock.monotonic());
    settle();
}

Principal World::addUser(const std::string& name, Role role)
{
    User user;
    user.id = UserId("user-" + name);
    user.organisation = organisation;
    user.name = name;
    user.displayName = name;
    user.role = role;
    user.passwordHash = "hash of secret-" + name;
    user.createdAt = clock.wall();
    std::ignore = store.insertUser(user);
    return { .user = user,
        .token = SecretHash("token-" + name),
        .terminal = "ward-1",
        .address = "192.0.2.1",
        .signedInUntil = clock.wall() + std::chrono::hours(12) };
}

Pool World::addPool(const std::string& name, std::int64_t spare, std::int64_t max, PoolKind kind,
    std::int64_t seats)
{
    Pool pool;
    pool.id = PoolId("pool-" + name);
    pool.organisation = organisation;
    pool.name = name;
    pool.kind = kind;
    pool.seats = seats;
    pool.image = image.id;
    pool.spare = spare;
    pool.max = max;
    pool.createdAt = clock.wall();
    std::ignore = store.insertPool(pool);
    std::ignore = store.replaceEntitlements(organisation, pool.id, { Entitlement {} });
    keeper.wake(pool.id);
    settle();
    return pool;
}

void World::bootDesktops()
{
    for (int round = 0; round < 20; ++round) {
        settle();
        bool booted = false;
        for (const DesktopRow& row : rows()) {
            const IncarnationFacts& facts = row.desktop.incarnation;
            auto spec = host.specOf(facts.domain);
            auto token = host.tokenOf(facts.domain);
            for (const auto& [name, one] : many) {
                spec = spec ? spec : one.fake->specOf(facts.domain);
                token = std::max(token, one.fake->tokenOf(facts.domain));
            }
            if (statusOf(row.desktop, nullptr) == DesktopStatus::suspended)
                continue; // its machine does not run
            if (!spec || facts.endingAt || agents.isConnected(row.desktop.id, facts.number))
                continue;
            const auto json = fromBase64(spec->bootstrap.reveal());
            const auto bootstrap = wire::decode<wire::AgentBootstrap>(json.value_or(""));
            FakeAgent fresh(*this, {});
            fresh.epoch = bootstrap->epoch;
            if (token > 0)
                fresh.resumed = token;
            fresh.isShared = bootstrap->seats && !hasOlderAgents;
            fresh.certificate = sha256Hex(bootstrap->secret);
            fresh.credentials = bootstrap->desktop + '.' + std::to_string(bootstrap->incarnation)
                + '.' + bootstrap->secret;
            if (!agentReturns(fresh))
                continue;
            booted = true;
        }
        settle();
        if (!booted)
            return;
    }
}

void World::addHost(const std::string& name, const Labels& labels)
{
    if (many.empty())
        hosts.useOpener([this](const Host& row) -> Result<OpenHost> {
            auto fake = std::make_unique<FakeHypervisor>();
            auto lane = std::make_unique<QueueLane>();
            many[row.name] = { row.id, fake.get(), lane.get() };
            return OpenHost { std::move(fake), std::move(lane) };
        });
    Host row;
    row.id = HostId("host-" + name);
    row.name = name;
    row.uri = "fake://" + name;
    row.memoryMiB = 8 * 1024;
    row.labels = labels;
    std::ignore = store.insertHost(row);
    keeper.lookAgain();
    settle();
}

void World::kill(const std::string& hostName)
{
    const OneHost& dead = many.at(hostName);
    dead.lane->hangs = true;
    for (const DesktopRow& candidate : rows()) {
        const auto agent = agentOf(candidate.desktop.name);
        if (candidate.desktop.host == dead.id && agent)
            agent->silent = true;
    }
}

std::shared_ptr<FakeAgent> World::agentReturns(const FakeAgent& earlier)
{
    const auto identity = await<AgentIdentity>([&](Done<AgentIdentity> done) {
        reports.authenticate(earlier.credentials, std::move(done));
    });
    if (!identity)
        return nullptr;
    auto agent = std::make_shared<FakeAgent>(*this, *identity);
    agent->epoch = earlier.epoch;
    agent->lease = earlier.lease;
    agent->user = earlier.user;
    agent->state = earlier.state;
    agent->isShared = earlier.isShared;
    agent->seats = earlier.seats;
    agent->certificate = earlier.certificate;
    agent->credentials = earlier.credentials;
    connected[identity->name] = agent;
    agents.attach(*identity, agent);
    wire::AgentReport hello;
    hello.epoch = agent->epoch;
    hello.isReady = true;
    if (proofOf)
        hello.proof = proofOf(*identity);
    agent->resumed = earlier.resumed;
    hello.resumed = agent->resumed;
    if (agent->isShared) {
        hello.sessions.emplace();
        for (const auto& [number, one] : agent->seats)
            hello.sessions->push_back(one);
    } else
        hello.session = agent->state;
    hello.certificateSha256 = agent->certificate;
    if (!agent->lease.empty())
        hello.lease = agent->lease;
    if (!agent->user.empty())
        hello.user = agent->user;
    agent->report(hello);
    settle();
    return agent;
}

int World::agentsReturn(World& before)
{
    int accepted = 0;
    const auto earlier = before.connected; // may be this very world
    for (const auto& [name, agent] : earlier) {
        if (agentReturns(*agent))
            ++accepted;
    }
    return accepted;
}

void World::restore(World& before, const MemoryTables& backup, std::optional<Epoch> mark)
{
    store.restore(backup);
    const auto running = before.host.list();
    for (const ObservedDomain& domain : running.value())
        host.put(domain);
    watermark.value = mark;
    adoption.start();
    settle();
}

std::shared_ptr<FakeAgent> World::agentOf(const std::string& desktopName)
{
    const auto found = connected.find(desktopName);
    return found == connected.end() ? nullptr : found->second;
}

std::vector<DesktopRow> World::rows()
{
    return store.listDesktops().value_or(std::vector<DesktopRow>());
}

DesktopRow World::row(const std::string& desktopName)
{
    for (const DesktopRow& candidate : rows()) {
        if (candidate.desktop.name == desktopName)
            return candidate;
    }
    return {};
}

std::vector<AuditRecord> World::audit()
{
    return store.listAudit(organisation, 0, 100000).value_or(std::vector<AuditRecord>());
}

std::size_t World::countAudit(const std::string& action)
{
    const auto records = audit();
    return static_cast<std::size_t>(std::count_if(records.begin(), records.end(),
        [&](const AuditRecord& record) { return record.action == action; }));
}

Result<wire::Connection> World::connect(
    const Principal& who, const Pool& pool, const std::string& key)
{
    wire::Connect request;
    request.pool = pool.id.value();
    return await<wire::Connection>([&](Done<wire::Connection> done) {
        connections.connect(who, request, key, std::move(done));
    });
}

Result<wire::OneTimeCredential> World::redeem(const Principal& who, const std::string& ticket)
{
    return await<wire::OneTimeCredential>([&](Done<wire::OneTimeCredential> done) {
        connections.redeem(who, { ticket }, std::move(done));
    });
}

}
