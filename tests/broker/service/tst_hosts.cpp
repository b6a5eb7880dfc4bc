// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/domain/status.h"
#include "broker/service/healthwatch.h"
#include "broker/service/hostadministration.h"
#include "broker/service/poollife.h"
#include "tests/broker/service/world.h"

#include <QTest>
#include <algorithm>

using namespace wardesk;
using namespace wardesk::broker;
using namespace wardesk::broker::test;
using namespace std::chrono_literals;

/// Several hosts: what one of them does, or does not, is no matter of the others'.
class TstHosts : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void desktopsAreSpread();
    void aHostThatHangsHoldsNobody_R12();
    void aCallThatHangsHoldsNobody_R12();
    void whatIsNotSeenIsNotGone_R7();
    void usersOfADeadHostGetAnother();
    void whoseHostIsBackGoesOn_R7();
    void libvirtAloneIsNotTheHost_R8();
    void agentsAreHeardBeforeAHostIsJudged_R8();
    void aSlowDatabaseKillsNoHost_R8();
    void whoSleptHearsTheAgentsFirst_R8();
    void aHostThatNeedsLongIsSeen_R12();
    void aPartThatEndsMeanwhileIsNotUndone();
    void theOnlyHostIsNeverDead_R7();
    void drainingMovesWhatIsFree();
    void drainingEndsWhenItsTimeIsOver();
    void nothingFitsIsSaid();
    void aHostIsOneRowForAdministrators();
    void aHostThatNeverComesBackIsWrittenOff();
    void nothingIsWrittenOffInHaste_R7();
    void anAdoptionGoesOnWithoutAHostThatIsWrittenOff_R11();
    void everybodyLearnsOnlyThatAHostIsAway();
    void aHostThatCannotBeOpenedIsAway();

private:
    Result<wire::HostLoss> writeOff(const Principal& who, const std::string& host)
    {
        return m_world->await<wire::HostLoss>(
            [&](Done<wire::HostLoss> done) { m_admin->writeOff(who, host, std::move(done)); });
    }
    /// The connections of its agents are found broken.
    void agentsAreLost(const std::string& host)
    {
        for (const DesktopRow& row : m_world->rows()) {
            if (row.desktop.host == m_world->hostOf(host).id)
                m_world->agents.detach(row.desktop.id, m_world->agentOf(row.desktop.name).get());
        }
    }
    std::int64_t countOn(const std::string& host, bool isStarted = true)
    {
        const auto rows = m_world->rows();
        return std::count_if(rows.begin(), rows.end(), [&](const DesktopRow& row) {
            return row.desktop.host == m_world->hostOf(host).id
                && (!isStarted || row.desktop.incarnation.startedAt);
        });
    }
    /// A user whose desktop is on that host, connected.
    Principal inside(const std::string& user, const std::string& host, LeaseId& lease)
    {
        const Principal who = m_world->addUser(user);
        for (int tries = 0; tries < 8; ++tries) {
            const auto given = m_world->connect(who, m_pool, "key-" + user + std::to_string(tries));
            if (!given || given->state != wire::ConnectionState::ready)
                qFatal("nothing is ready");
            lease = LeaseId(*given->lease);
            const DesktopRow row = rowOf(lease);
            if (row.desktop.host == m_world->hostOf(host).id) {
                std::ignore = m_world->redeem(who, *given->ticket);
                m_world->agentOf(row.desktop.name)->session(wire::SessionState::connected);
                m_world->settle();
                return who;
            }
            const Principal other = m_world->addUser(user + std::to_string(tries));
            std::ignore = m_world->store.closeLease(lease, CloseReason::loggedOff, {});
        }
        qFatal("nobody gets a desktop there");
    }
    DesktopRow rowOf(const LeaseId& lease)
    {
        for (const DesktopRow& row : m_world->rows()) {
            if (row.lease && row.lease->id == lease)
                return row;
        }
        return {};
    }
    Host hostRow(const std::string& name)
    {
        const auto hosts = m_world->store.listHosts().value();
        for (const Host& host : hosts) {
            if (host.name == name)
                return host;
        }
        return {};
    }
    template <typename T> T must(Result<T> result)
    {
        if (!result)
            qFatal("%s", result.error().detail.c_str());
        return std::move(*result);
    }
    wire::HostItem drain(const Principal& who, const std::string& host,
        std::optional<std::int64_t> minutes = std::nullopt)
    {
        return must(m_world->await<wire::HostItem>([&](Done<wire::HostItem> done) {
            m_admin->drain(who, host, { minutes }, std::move(done));
        }));
    }

    std::unique_ptr<World> m_world;
    std::unique_ptr<HostAdministration> m_admin;
    Pool m_pool;
};

void TstHosts::init()
{
    m_admin.reset();
    m_world = std::make_unique<World>();
    m_admin = std::make_unique<HostAdministration>(
        m_world->shell, m_world->keeper, m_world->hosts, m_world->agents, m_world->events);
    m_world->addHost("north");
    m_world->addHost("south");
    m_pool = m_world->addPool("ward", 4, 12);
    m_world->bootDesktops();
    m_world->advance(20s); // agents are no more on their way back
    m_world->bootDesktops();
}

void TstHosts::desktopsAreSpread()
{
    QCOMPARE(countOn("north"), std::int64_t(2));
    QCOMPARE(countOn("south"), std::int64_t(2));
    for (const DesktopRow& row : m_world->rows())
        QVERIFY(m_world->hostOf(row.desktop.host.value().substr(5))
                    .fake->has(row.desktop.incarnation.domain));
}

void TstHosts::aHostThatHangsHoldsNobody_R12()
{
    m_world->hostOf("north").lane->hangs = true;
    for (const char* name : { "anna", "bert" }) {
        const auto given
            = m_world->connect(m_world->addUser(name), m_pool, std::string("key-of-") + name);
        QVERIFY(given && given->state == wire::ConnectionState::ready);
    }
    m_world->advance(100ms);
    m_world->bootDesktops();
    m_world->advance(100ms);
    m_world->bootDesktops();
    QCOMPARE(countOn("south"), std::int64_t(4)); // what is wanted is made where somebody works
    QCOMPARE(countOn("north"), std::int64_t(2)); // and what is not seen is left as it is
}

void TstHosts::aCallThatHangsHoldsNobody_R12()
{
    // The list of north is answered, and then nothing is any more: its starts never come back.
    const auto who = m_world->addUser("anna");
    QVERIFY(m_world->connect(who, m_pool, "key-of-anna").has_value());
    Pool more = m_pool;
    more.spare = 8;
    std::ignore = m_world->store.updatePool(more);
    QueueLane& north = *m_world->hostOf("north").lane;
    m_world->keeper.wake(m_pool.id);
    while (m_world->main.runOne() || m_world->storeLane.runOne()) { }
    QVERIFY(north.runOne()); // the list
    north.hangs = true;
    for (int round = 0; round < 16; ++round) {
        m_world->advance(500ms);
        m_world->bootDesktops();
    }
    QVERIFY(countOn("south") >= 5);
    QVERIFY(countOn("north") <= 3);
}

void TstHosts::whatIsNotSeenIsNotGone_R7()
{
    const auto before = m_world->rows();
    m_world->hostOf("north").fake->disconnect();
    for (int minute = 0; minute < 3; ++minute)
        m_world->advance(60s);
    const auto after = m_world->rows();
    for (const DesktopRow& row : before) {
        const auto same = std::find_if(after.begin(), after.end(),
            [&](const DesktopRow& one) { return one.desktop.id == row.desktop.id; });
        QVERIFY(same != after.end());
        QVERIFY(!same->desktop.incarnation.endingAt);
    }
    QVERIFY(m_world->hostState.problem.empty()); // the other one works
    QVERIFY(m_world->hostState.partial.find("north") != std::string::npos);
    m_world->hostOf("north").fake->recover();
    m_world->advance(10s);
    QCOMPARE(countOn("north"), std::int64_t(2));
    QVERIFY(m_world->hostState.partial.empty());
}

void TstHosts::usersOfADeadHostGetAnother()
{
    LeaseId lease;
    const Principal nurse = inside("nurse", "north", lease);
    m_world->bootDesktops();
    const DesktopRow lost = rowOf(lease);
    m_world->kill("north");
    m_world->advance(10s); // at most 4 s until it is asked, 5 s of silence
    QVERIFY(hostRow("north").deadAt.has_value());
    QCOMPARE(m_world->countAudit("host.dead"), std::size_t(1));
    const DesktopRow aside = rowOf(lease);
    QCOMPARE(statusOf(aside.desktop, &*aside.lease), DesktopStatus::quarantined);
    QVERIFY(!aside.lease->closedAt); // it may come back until its user asks
    const auto evidence = must(m_world->store.listEvidence(lost.desktop.id, 1));
    QVERIFY(evidence.front().reason.find("north") != std::string::npos);

    m_world->bootDesktops();
    const auto given = must(m_world->connect(nurse, m_pool, "key-again"));
    QCOMPARE(given.state, wire::ConnectionState::ready);
    QCOMPARE(rowOf(LeaseId(*given.lease)).desktop.host, m_world->hostOf("south").id);
    QVERIFY(rowOf(lease).lease->closeReason == std::optional(CloseReason::hostLost));
    QVERIFY(*given.epoch > lost.lease->epoch.value());

    // Back again, what was lost is wiped, and nobody ever gets it (R1).
    m_world->hostOf("north").lane->hangs = false;
    m_world->advance(15s);
    QVERIFY(!hostRow("north").deadAt);
    QCOMPARE(m_world->countAudit("host.back"), std::size_t(1));
    QVERIFY(!m_world->hostOf("north").fake->has(lost.desktop.incarnation.domain));
}

void TstHosts::whoseHostIsBackGoesOn_R7()
{
    LeaseId lease;
    const Principal nurse = inside("nurse", "north", lease);
    m_world->kill("north");
    m_world->advance(12s);
    QVERIFY(hostRow("north").deadAt.has_value());
    m_world->hostOf("north").lane->hangs = false; // it was the network
    for (const auto& [name, agent] : m_world->connected)
        agent->silent = false;
    m_world->advance(12s);
    QVERIFY(!hostRow("north").deadAt);
    const auto given = must(m_world->connect(nurse, m_pool, "key-again"));
    QCOMPARE(*given.lease, lease.value());
}

void TstHosts::libvirtAloneIsNotTheHost_R8()
{
    LeaseId lease;
    const Principal nurse = inside("nurse", "north", lease);
    m_world->hostOf("north").lane->hangs = true;
    m_world->advance(60s);
    QVERIFY(!hostRow("north").deadAt);
    const auto given = must(m_world->connect(nurse, m_pool, "key-again"));
    QCOMPARE(*given.lease, lease.value());
}

void TstHosts::agentsAreHeardBeforeAHostIsJudged_R8()
{
    // libvirt is away everywhere, and comes back on one host first. Nobody was listening for a sign
    // of life of the other's desktops until then.
    m_world->hostOf("north").fake->disconnect();
    m_world->hostOf("south").fake->disconnect();
    m_world->advance(60s);
    m_world->hostOf("south").fake->recover();
    for (int step = 0; step < 100; ++step) {
        m_world->advance(200ms);
        QVERIFY(!hostRow("north").deadAt);
    }
    for (const auto& [name, agent] : m_world->connected)
        agent->silent = agent->silent || m_world->row(name).desktop.host.value() == "host-north";
    m_world->advance(10s);
    QVERIFY(hostRow("north").deadAt);
}

void TstHosts::aSlowDatabaseKillsNoHost_R8()
{
    // Whom to ask is in the database, and it takes its time.
    m_world->hostOf("north").fake->disconnect();
    m_world->advance(4s + 500ms);
    m_world->storeLane.hangs = true;
    m_world->advance(20s);
    m_world->storeLane.hangs = false;
    for (int step = 0; step < 30; ++step) {
        m_world->advance(500ms);
        QVERIFY(!hostRow("north").deadAt);
    }
}

void TstHosts::whoSleptHearsTheAgentsFirst_R8()
{
    m_world->hostOf("north").fake->disconnect();
    m_world->advance(4s + 500ms);
    // The process was stopped, and nothing that came in has been looked at yet.
    m_world->clock.advance(90s);
    for (int step = 0; step < 20; ++step) {
        m_world->advance(500ms);
        QVERIFY(!hostRow("north").deadAt);
    }
}

void TstHosts::aHostThatNeedsLongIsSeen_R12()
{
    // Each list of south takes longer than others wait for it, as that of a host with very many
    // desktops does. What was used there is made anew all the same.
    LeaseId lease;
    const Principal nurse = inside("nurse", "south", lease);
    m_world->bootDesktops();
    const std::string name = rowOf(lease).desktop.name;
    QueueLane& south = *m_world->hostOf("south").lane;
    south.hangs = true;
    m_world->agentOf(name)->session(wire::SessionState::ended);
    for (int round = 0; round < 20; ++round) {
        south.hangs = true;
        m_world->advance(150ms);
        south.hangs = false;
        while (south.runOne()) { }
        south.hangs = true;
        m_world->settle();
    }
    QVERIFY(rowOf(lease).desktop.name.empty()); // another life, or none
}

void TstHosts::aPartThatEndsMeanwhileIsNotUndone()
{
    // The rows are read while north still starts a desktop, and its list comes when it has. However
    // the two fall, it is one life of that desktop.
    for (int steps = 0; steps < 60; ++steps) {
        init();
        Pool more = m_pool;
        more.spare = 8;
        std::ignore = m_world->store.updatePool(more);
        QueueLane& north = *m_world->hostOf("north").lane;
        m_world->keeper.wake(m_pool.id);
        while (m_world->main.runOne() || m_world->storeLane.runOne()) { }
        QVERIFY(north.runOne()); // the list
        north.hangs = true;
        m_world->advance(200ms); // the round is over without the start on north
        m_world->keeper.wake(m_pool.id);
        for (int step = 0; step < steps; ++step) {
            std::ignore = m_world->main.runOne() || m_world->storeLane.runOne()
                || m_world->hostOf("south").lane->runOne();
        }
        north.hangs = false;
        m_world->bootDesktops();
        m_world->advance(2s);
        m_world->bootDesktops();
        QCOMPARE(m_world->rows().size(), std::size_t(8));
        for (const DesktopRow& row : m_world->rows()) {
            QCOMPARE(row.desktop.incarnation.number.value(), 1LL);
            QVERIFY(!row.desktop.incarnation.endingAt);
        }
    }
}

void TstHosts::theOnlyHostIsNeverDead_R7()
{
    m_world->kill("north");
    m_world->kill("south");
    m_world->advance(60s);
    QVERIFY(!hostRow("north").deadAt && !hostRow("south").deadAt); // there is nothing to offer
}

void TstHosts::drainingMovesWhatIsFree()
{
    LeaseId lease;
    const Principal nurse = inside("nurse", "north", lease);
    m_world->bootDesktops();
    const Principal admin = m_world->addUser("admin", Role::administrator);
    const auto item = drain(admin, "north");
    QCOMPARE(item.mode, std::string("draining"));
    m_world->bootDesktops();
    m_world->advance(5s);
    m_world->bootDesktops();
    QCOMPARE(countOn("north", false), std::int64_t(1)); // the session
    QCOMPARE(countOn("south"), std::int64_t(4));
    const auto told = must(m_world->await<wire::PoolExplanation>(
        [&](auto done) { m_world->life.explain(admin, m_pool.name, std::move(done)); }));
    QVERIFY2(
        told.next.front().starts_with("Host 'north' is being emptied"), told.next.front().c_str());
    const auto again = must(m_world->connect(nurse, m_pool, "key-again"));
    QCOMPARE(*again.lease, lease.value()); // who is there comes back to it
    m_world->agentOf(rowOf(lease).desktop.name)->session(wire::SessionState::ended);
    m_world->advance(40s);
    QCOMPARE(countOn("north", false), std::int64_t(0));
    QVERIFY(hostRow("north").mode == HostMode::maintenance);
    QCOMPARE(m_world->countAudit("host.drain"), std::size_t(1));
    QCOMPARE(m_world->countAudit("host.drained"), std::size_t(1));
    must(m_world->await<wire::HostItem>(
        [&](Done<wire::HostItem> done) { m_admin->resume(admin, "north", std::move(done)); }));
    QVERIFY(hostRow("north").mode == HostMode::active);
}

void TstHosts::drainingEndsWhenItsTimeIsOver()
{
    LeaseId lease;
    const Principal nurse = inside("nurse", "north", lease);
    auto events = std::make_shared<FakeEvents>();
    std::ignore = m_world->events.attach(nurse, events);
    drain(m_world->addUser("admin", Role::administrator), "north", 1);
    m_world->advance(50s);
    QVERIFY(events->count(wire::EventKind::sessionEnding) > 0);
    QVERIFY(!must(m_world->store.findLease(m_world->organisation, lease)).closedAt);
    m_world->advance(50s);
    const Lease closed = must(m_world->store.findLease(m_world->organisation, lease));
    QVERIFY(closed.closeReason == std::optional(CloseReason::hostDrained));
    QVERIFY(events->count(wire::EventKind::sessionEnded) > 0);
}

void TstHosts::nothingFitsIsSaid()
{
    Pool graphics = m_world->addPool("graphics", 0, 4);
    graphics.labels = { { "gpu", "yes" } };
    graphics.spare = 1;
    std::ignore = m_world->store.updatePool(graphics);
    m_world->keeper.wake(graphics.id);
    m_world->settle();
    QVERIFY(m_world->keeper.messageOf(graphics.id).find("no label gpu=yes") != std::string::npos);
    const auto told = must(m_world->await<wire::PoolExplanation>([&](auto done) {
        m_world->life.explain(
            m_world->addUser("admin", Role::administrator), "graphics", std::move(done));
    }));
    QVERIFY(told.summary.find("no host has a place") != std::string::npos);
    m_world->addHost("east", { { "gpu", "yes" } });
    m_world->advance(3s);
    m_world->bootDesktops();
    QCOMPARE(countOn("east"), std::int64_t(1));
}

void TstHosts::aHostIsOneRowForAdministrators()
{
    const Principal admin = m_world->addUser("admin", Role::administrator);
    const auto added = m_world->await<wire::HostItem>([&](Done<wire::HostItem> done) {
        m_admin->add(admin,
            { .name = "west",
                .uri = "lxc+ssh://root@west:2222/system?keyfile=/etc/wardesk/key",
                .labels = "rack=1",
                .memoryPercent = {},
                .processorPercent = {} },
            std::move(done));
    });
    QCOMPARE(must(added).memoryPercent, usualMemoryPercent(ImageKind::lxc));
    for (const char* uri :
        { "", "west", "https://west/system", "qemu+ext:///system?command=/bin/sh",
            "qemu+tcp://west/system", "qemu+ssh://west/system?command=/bin/sh",
            "qemu+ssh://west/system?socket=/run/x&netcat=/bin/sh",
            "lxc+tls://west/system?no_verify=1", "qemu+ssh://root:secret@west/system",
            "qemu:/system://" }) {
        const auto refused = m_world->await<wire::HostItem>([&](Done<wire::HostItem> done) {
            m_admin->add(admin,
                { .name = "other",
                    .uri = uri,
                    .labels = {},
                    .memoryPercent = {},
                    .processorPercent = {} },
                std::move(done));
        });
        QVERIFY(!refused && refused.error().code == Errc::invalidArgument);
    }
    const auto list = must(m_world->await<wire::ItemList<wire::HostItem>>(
        [&](auto done) { m_admin->list(admin, std::move(done)); }));
    QCOMPARE(list.items.size(), std::size_t(3));
    QCOMPARE(list.items[0].state, std::string("good"));
    QCOMPARE(list.items[0].desktops, std::int64_t(2));
    QCOMPARE(list.items[0].memoryPromisedMiB, 2 * m_pool.memoryMiB);
    const auto kept = m_world->await<bool>(
        [&](Done<bool> done) { m_admin->remove(admin, "north", std::move(done)); });
    QVERIFY(!kept && kept.error().code == Errc::conflict);
    const auto removed = m_world->await<bool>(
        [&](Done<bool> done) { m_admin->remove(admin, "west", std::move(done)); });
    QVERIFY(removed.has_value());
    QCOMPARE(m_world->countAudit("host.remove"), std::size_t(2)); // also the refused one (A10)
}

void TstHosts::aHostThatNeverComesBackIsWrittenOff()
{
    const Principal admin = m_world->addUser("admin", Role::administrator);
    LeaseId lease;
    const Principal nurse = inside("nurse", "north", lease);
    auto events = std::make_shared<FakeEvents>();
    std::ignore = m_world->events.attach(nurse, events);
    const auto refused = [&](const char* words, Errc code = Errc::conflict) {
        const auto loss = writeOff(admin, "north");
        return !loss && loss.error().code == code
            && loss.error().detail.find(words) != std::string::npos;
    };
    QVERIFY(refused("libvirt on host 'north' answers"));
    m_world->hostOf("north").lane->hangs = true;
    m_world->advance(12s);
    QVERIFY(refused("can still be reached")); // who works there would lose it (R7)
    QCOMPARE(writeOff(admin, "nowhere").error().code, Errc::notFound);
    QCOMPARE(m_world->countAudit("host.writeOff"), std::size_t(3)); // also refused ones (A10)

    m_world->kill("north");
    agentsAreLost("north");
    const auto loss = must(writeOff(admin, "north"));
    QCOMPARE(loss.users, std::vector<std::string> { "nurse" });
    QVERIFY(loss.desktops >= 2);
    QCOMPARE(countOn("north", false), std::int64_t(0));
    QVERIFY(hostRow("north").name.empty());
    QCOMPARE(m_world->countAudit("host.writeOff"), std::size_t(4));
    QCOMPARE(events->count(wire::EventKind::sessionEnded), std::size_t(1));
    m_world->bootDesktops();
    m_world->advance(2s);
    m_world->bootDesktops();
    QCOMPARE(countOn("south"), std::int64_t(4)); // the pool is whole again
    const auto given = must(m_world->connect(nurse, m_pool, "key-again"));
    QCOMPARE(given.state, wire::ConnectionState::ready);
    QVERIFY(*given.lease != lease.value());
    QVERIFY(m_world->hostState.partial.empty());

    const Error away { Errc::unavailable, "the database is away" };
    m_world->failing.failNext("writeOffHost", away);
    m_world->kill("south");
    agentsAreLost("south");
    m_world->advance(12s);
    QCOMPARE(writeOff(admin, "south").error().code, Errc::unavailable);
    m_world->failing.failNext("listDesktops", away);
    QCOMPARE(writeOff(admin, "south").error().code, Errc::unavailable);
    QVERIFY(m_world->failing.hasFailed());
}

void TstHosts::nothingIsWrittenOffInHaste_R7()
{
    const Principal admin = m_world->addUser("admin", Role::administrator);
    const auto isTooSoon = [&](const char* host) {
        const auto loss = writeOff(admin, host);
        return !loss && loss.error().code == Errc::unavailable;
    };
    // libvirt is being restarted, and the agents' connections have just been lost.
    m_world->hostOf("north").fake->disconnect();
    const HostId north = hostRow("north").id;
    for (int wait = 0; wait < 80; ++wait) {
        if (m_world->hosts.standingOf(north).sight == HostSight::away)
            break;
        m_world->advance(500ms);
    }
    agentsAreLost("north");
    QVERIFY(isTooSoon("north"));
    m_world->advance(10s);
    // It answers after all, between the look and the writing.
    m_world->failing.meanwhile("writeOffHost",
        [&] { std::ignore = m_world->store.setHostDead(hostRow("north").id, std::nullopt); });
    const bool wasDead = hostRow("north").deadAt.has_value();
    QVERIFY(wasDead);
    const auto loss = writeOff(admin, "north");
    QVERIFY(!loss && loss.error().code == Errc::stale);
    QCOMPARE(countOn("north", false), std::int64_t(2));

    // A broker that has just come up has heard nobody yet.
    Hosts young(m_world->shell, m_world->agents, m_world->events, m_world->hostState);
    QVERIFY(!young.isSilent(hostRow("north").id));
    // One that cannot be opened at all can go.
    m_world->hosts.useOpener([](const Host&) -> Result<OpenHost> {
        return failure(Errc::invalidArgument, "no such driver");
    });
    m_world->addHost("east");
    m_world->advance(1s);
    QVERIFY(writeOff(admin, "east").has_value());
    QVERIFY(hostRow("east").name.empty());
}

void TstHosts::anAdoptionGoesOnWithoutAHostThatIsWrittenOff_R11()
{
    const Principal admin = m_world->addUser("admin", Role::administrator);
    m_world->kill("north");
    m_world->hostOf("north").fake->disconnect();
    m_world->hostOf("north").lane->hangs = false; // each question is answered: nobody is there
    m_world->advance(12s);
    must(m_world->await<wire::AdoptionStatus>(
        [&](Done<wire::AdoptionStatus> done) { m_world->adoption.order(admin, std::move(done)); }));
    m_world->advance(60s);
    QVERIFY(m_world->adoption.status()); // what is on it may be somebody's
    agentsAreLost("north");
    must(writeOff(admin, "north"));
    for (int second = 0; second < 60 && m_world->adoption.status(); ++second)
        m_world->advance(1s);
    QVERIFY(!m_world->adoption.status());
    QCOMPARE(countOn("north", false), std::int64_t(0));
}

void TstHosts::everybodyLearnsOnlyThatAHostIsAway()
{
    HealthWatch health(m_world->shell, m_world->hostState, "1");
    health.start();
    m_world->settle();
    QCOMPARE(health.health().hypervisor, std::string("good"));
    m_world->hostOf("north").fake->disconnect();
    m_world->advance(40s);
    QCOMPARE(
        health.health().hypervisor, std::string("1 of 2 virtualisation hosts does not answer"));
    QCOMPARE(health.health().status, std::string("degraded"));
    m_world->hostOf("south").fake->disconnect();
    m_world->advance(40s);
    QCOMPARE(health.health().hypervisor, std::string("no virtualisation host answers"));
}

void TstHosts::aHostThatCannotBeOpenedIsAway()
{
    m_world->hosts.useOpener([](const Host&) -> Result<OpenHost> {
        return failure(Errc::invalidArgument, "no such driver");
    });
    m_world->addHost("east");
    m_world->advance(30s);
    m_world->bootDesktops();
    QCOMPARE(countOn("north") + countOn("south"), std::int64_t(4));
    for (const DesktopRow& row : m_world->rows())
        QVERIFY(row.desktop.host.value() != "host-east");
    Pool more = m_pool;
    more.spare = 6;
    std::ignore = m_world->store.updatePool(more);
    m_world->keeper.wake(m_pool.id);
    m_world->bootDesktops();
    QCOMPARE(countOn("north") + countOn("south"), std::int64_t(6));
}

QTEST_GUILESS_MAIN(TstHosts)
#include "tst_hosts.moc"
