// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/broker/service/world.h"

#include <QtTest>

using namespace wardesk;
using namespace wardesk::broker;
using namespace wardesk::broker::test;
using namespace std::chrono_literals;

namespace {

wire::NewRollout to(const std::string& image)
{
    wire::NewRollout request;
    request.image = image;
    return request;
}

/// A ward with two versions of its image; the first one is everywhere.
struct Ward
{
    explicit Ward(std::int64_t spare = 3, std::int64_t max = 9)
        : pool(world.addPool("Ward", spare, max))
        , admin(world.addUser("admin", Role::administrator))
    {
        wire::NewImage second;
        second.name = "plain";
        second.source = "/images/plain-2";
        second.note = "better";
        std::ignore = addImage(second);
        world.bootDesktops();
    }
    Result<wire::ImageItem> addImage(const wire::NewImage& image)
    {
        world.advance(1s); // newer than the one before
        return world.await<wire::ImageItem>(
            [&](Done<wire::ImageItem> done) { world.images.add(admin, image, std::move(done)); });
    }
    Result<wire::ImageItem> setState(const std::string& image, ImageState state)
    {
        return world.await<wire::ImageItem>([&](Done<wire::ImageItem> done) {
            world.images.setState(admin, image, state, std::move(done));
        });
    }
    Result<wire::RolloutItem> start(wire::NewRollout request = {})
    {
        if (request.image.empty())
            request.image = "plain:2";
        return world.await<wire::RolloutItem>([&](Done<wire::RolloutItem> done) {
            world.rollouts.start(admin, "Ward", request, std::move(done));
        });
    }
    using Act = void (PoolRollouts::*)(
        const Principal&, const std::string&, const wire::RolloutReason&, Done<wire::RolloutItem>);
    Result<wire::RolloutItem> act(Act what)
    {
        return world.await<wire::RolloutItem>([&](Done<wire::RolloutItem> done) {
            (world.rollouts.*what)(admin, "Ward", { "a reason" }, std::move(done));
        });
    }
    wire::RolloutItem shown()
    {
        return world
            .await<wire::RolloutItem>([&](Done<wire::RolloutItem> done) {
                world.rollouts.show(admin, "Ward", std::move(done));
            })
            .value_or(wire::RolloutItem {});
    }
    /// Time enough for everything that is going to happen by itself.
    void rest()
    {
        for (int i = 0; i < 12; ++i) {
            world.advance(10s);
            world.bootDesktops();
        }
    }
    std::int64_t with(const std::string& version)
    {
        const auto item = shown();
        return std::count_if(item.desktops.begin(), item.desktops.end(),
            [&](const auto& one) { return one.version == "plain:" + version; });
    }
    Principal use(const std::string& name)
    {
        const Principal who = world.addUser(name);
        const auto connection = world.connect(who, pool, "key-number-" + name);
        std::ignore = world.redeem(who, connection->ticket.value_or(""));
        agentOf(leaseOf(who))->session(wire::SessionState::connected);
        world.settle();
        return who;
    }
    Lease leaseOf(const Principal& who)
    {
        const auto open = world.store.listOpenLeasesOf(who.user.id);
        return open && !open->empty() ? open->front() : Lease {};
    }
    std::shared_ptr<FakeAgent> agentOf(const Lease& lease)
    {
        return world.agentOf(world.store.findDesktop(lease.desktop)->desktop.name);
    }

    World world;
    Pool pool;
    Principal admin;
};

}

/// Versions of images and rollouts, carried out by the pool keeper.
class tst_Rollouts : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void containersDoNotBecomeMachines();
    void versionsHaveStates_A10();
    void aChangedContentIsTold();
    void everybodyGetsTheNewVersionAfterTheLogOff();
    void aBrokenVersionStopsByItself();
    void aVersionThatNeverGetsReadyStopsByItself();
    void rollbackIsOneCommand();
    void aStoppedOneIsResumed();
    void aScheduledOneBeginsInTime();
    void forceWarnsFirst();
    void forceThatIsStoppedIsTakenBack();
    void whatCannotBeIsSaidInWords();
    void poolSetImageIsARollout();
    void theDesktopsListSaysWhy();
    void theForecastTellsOfIt();
};

void tst_Rollouts::containersDoNotBecomeMachines()
{
    Ward ward;
    Image machines = ward.world.image;
    machines.id = ImageId("image-of-machines");
    machines.name = "machines";
    machines.kind = ImageKind::qemu;
    QVERIFY(ward.world.store.insertImage(machines));
    const auto refused = ward.start(to("machines:1"));
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, Errc::conflict);
    QVERIFY(refused.error().detail.find("wardeskctl pool create") != std::string::npos);
    ward.world.failing.failNext("findImage", { Errc::unavailable, "the database is away" }, 1);
    QVERIFY(!ward.start(to("plain:2")));
    QVERIFY(ward.start(to("plain:2")));
}

void tst_Rollouts::versionsHaveStates_A10()
{
    Ward ward;
    wire::NewImage image;
    image.name = "plain";
    image.source = "/images/plain-3";
    image.state = "imported";
    image.note = "not yet";
    image.contentHash = std::string(64, 'a');
    const auto added = ward.addImage(image);
    QVERIFY(added);
    QCOMPARE(added->version, std::string("3"));
    QCOMPARE(added->state, std::string("imported"));
    QCOMPARE(added->content, std::string("unchanged"));
    QCOMPARE(added->createdBy, std::string("admin"));
    QCOMPARE(ward.start(to("plain:3")).error().code, Errc::conflict);
    QVERIFY(ward.start(to("plain:3")).error().detail.find("wardeskctl image publish")
        != std::string::npos);
    QVERIFY(ward.setState("plain:3", ImageState::published));
    QCOMPARE(ward.setState("plain:1", ImageState::retired).error().code, Errc::conflict);
    QVERIFY(ward.setState("plain:2", ImageState::retired));
    QCOMPARE(ward.start().error().code, Errc::conflict);
    const auto pool = ward.world.await<wire::PoolItem>([&](Done<wire::PoolItem> done) {
        wire::NewPool wanted;
        wanted.name = "another";
        wanted.image = "plain:2";
        ward.world.pools.addPool(ward.admin, wanted, std::move(done));
    });
    QCOMPARE(pool.error().code, Errc::conflict);
    QVERIFY(pool.error().detail.find("retired") != std::string::npos);
    QVERIFY(ward.start(to("plain"))); // the newest published one
    QCOMPARE(ward.shown().to, std::string("plain:3"));
    QCOMPARE(ward.world.countAudit("image.add"), std::size_t(2));
    QCOMPARE(ward.world.countAudit("image.publish"), std::size_t(1));
    QCOMPARE(ward.world.countAudit("image.retire"), std::size_t(2));
    image.name = "a:b";
    QCOMPARE(ward.addImage(image).error().code, Errc::invalidArgument);
    image.name = "x";
    image.contentHash = "short";
    QCOMPARE(ward.addImage(image).error().code, Errc::invalidArgument);
}

void tst_Rollouts::aChangedContentIsTold()
{
    Ward ward;
    const auto check = [&](char letter) {
        return ward.world.await<wire::ImageItem>([&](Done<wire::ImageItem> done) {
            ward.world.images.check(
                ward.admin, "plain:2", { std::string(64, letter) }, std::move(done));
        });
    };
    QCOMPARE(check('a')->content, std::string("unchanged")); // the first look
    QCOMPARE(check('b')->content, std::string("changed"));
    QCOMPARE(check('b')->contentHash, std::string(64, 'a'));
    QCOMPARE(check('a')->content, std::string("unchanged"));
    QCOMPARE(check('?').error().code, Errc::invalidArgument);
    QCOMPARE(ward.world.countAudit("image.check"), std::size_t(5));
}

void tst_Rollouts::everybodyGetsTheNewVersionAfterTheLogOff()
{
    Ward ward;
    const Principal nurse = ward.use("nurse");
    const Principal doctor = ward.use("doctor");
    ward.rest();
    QVERIFY(ward.start());
    ward.rest();
    // Nobody was thrown out, and everything that is free is new.
    QCOMPARE(ward.with("1"), 2L);
    QCOMPARE(ward.with("2"), 3L);
    QVERIFY(ward.leaseOf(nurse).connectedAt);
    QVERIFY(ward.leaseOf(doctor).connectedAt);
    QCOMPARE(ward.shown().state, std::string("running"));
    QCOMPARE(ward.shown().waitingForUsers, std::int64_t(2));
    ward.agentOf(ward.leaseOf(nurse))->session(wire::SessionState::ended);
    ward.rest();
    QCOMPARE(ward.with("1"), 1L);
    ward.agentOf(ward.leaseOf(doctor))->session(wire::SessionState::ended);
    ward.rest();
    QCOMPARE(ward.with("1"), 0L);
    QCOMPARE(ward.shown().state, std::string("done"));
    QCOMPARE(ward.world.countAudit("rollout.start"), std::size_t(1));
    QCOMPARE(ward.world.countAudit("rollout.done"), std::size_t(1));
    QCOMPARE(ward.world.store.listPools()->front().image,
        ward.world.rows().front().desktop.incarnation.image);
}

void tst_Rollouts::aBrokenVersionStopsByItself()
{
    Ward ward;
    ward.world.host.failNextStarts(1, Error { Errc::unavailable, "no such kernel" });
    QVERIFY(ward.start());
    ward.rest();
    const auto item = ward.shown();
    QCOMPARE(item.state, std::string("stopped"));
    QCOMPARE(item.changedBy, std::string("broker"));
    QVERIFY2(item.reason.find("no such kernel") != std::string::npos, item.reason.c_str());
    // Two were never touched, and the third has the old version again.
    QCOMPARE(ward.with("1"), 3L);
    QCOMPARE(item.total, std::int64_t(3));
    for (const DesktopRow& row : ward.world.rows())
        QVERIFY(row.desktop.incarnation.readyAt);
    QCOMPARE(ward.world.countAudit("rollout.stop"), std::size_t(1));
    QVERIFY(ward.world.keeper.messageOf(ward.pool.id).find("rollout") != std::string::npos);
}

void tst_Rollouts::aVersionThatNeverGetsReadyStopsByItself()
{
    Ward ward;
    QVERIFY(ward.start());
    ward.world.advance(10min); // no agent ever comes
    const auto item = ward.shown();
    QCOMPARE(item.state, std::string("stopped"));
    QVERIFY2(item.reason.find("did not get ready") != std::string::npos, item.reason.c_str());
    ward.rest();
    QCOMPARE(ward.with("1"), 3L);
}

void tst_Rollouts::rollbackIsOneCommand()
{
    Ward ward;
    QCOMPARE(ward.act(&PoolRollouts::rollBack).error().code, Errc::notFound);
    const Principal doctor = ward.use("doctor"); // who keeps the rollout from its end
    QVERIFY(ward.start());
    ward.rest();
    const Principal nurse = ward.use("nurse"); // who has got the new version
    QVERIFY(ward.act(&PoolRollouts::rollBack));
    QCOMPARE(ward.act(&PoolRollouts::stop).error().code, Errc::conflict);
    ward.rest();
    const auto item = ward.shown();
    QVERIFY(item.isRollback);
    QCOMPARE(ward.with("2"), 1L);
    QVERIFY(ward.leaseOf(nurse).connectedAt);
    QVERIFY(ward.leaseOf(doctor).connectedAt);
    ward.agentOf(ward.leaseOf(nurse))->session(wire::SessionState::ended);
    ward.agentOf(ward.leaseOf(doctor))->session(wire::SessionState::ended);
    ward.rest();
    QCOMPARE(ward.with("2"), 0L);
    QCOMPARE(ward.shown().state, std::string("done"));
    const auto again = ward.act(&PoolRollouts::rollBack);
    QCOMPARE(again.error().code, Errc::conflict); // not to what was just given up
    const auto history = ward.world.store.listRollouts(ward.world.organisation, {});
    QCOMPARE(history->size(), std::size_t(2));
    QVERIFY(history->back().state == RolloutState::rolledBack);
    // Also when it was completed.
    QVERIFY(ward.start());
    ward.rest();
    QCOMPARE(ward.shown().state, std::string("done"));
    QVERIFY(ward.act(&PoolRollouts::rollBack));
    ward.rest();
    QCOMPARE(ward.with("1"), 3L);
    QCOMPARE(ward.shown().state, std::string("done"));
}

void tst_Rollouts::aStoppedOneIsResumed()
{
    Ward ward;
    QVERIFY(ward.start());
    QVERIFY(ward.act(&PoolRollouts::stop));
    QCOMPARE(ward.act(&PoolRollouts::stop).error().code, Errc::conflict);
    ward.rest();
    QCOMPARE(ward.shown().state, std::string("stopped"));
    QCOMPARE(ward.shown().reason, std::string("a reason"));
    QVERIFY(ward.with("1") >= 2L);
    QVERIFY(ward.act(&PoolRollouts::resume));
    ward.rest();
    QCOMPARE(ward.shown().state, std::string("done"));
    QCOMPARE(ward.with("2"), 3L);
}

void tst_Rollouts::aScheduledOneBeginsInTime()
{
    Ward ward;
    wire::NewRollout later;
    later.startAt = (ward.world.clock.wall() + 1h).time_since_epoch().count();
    QVERIFY(ward.start(later));
    ward.world.advance(59min);
    QCOMPARE(ward.shown().state, std::string("scheduled"));
    QCOMPARE(ward.with("1"), 3L);
    ward.world.advance(61s);
    QCOMPARE(ward.shown().state, std::string("running"));
    ward.world.bootDesktops();
    ward.rest();
    QCOMPARE(ward.with("2"), 3L);
    // One that is called off never begins.
    wire::NewRollout back;
    back.image = "plain:1";
    back.startAt = (ward.world.clock.wall() + 1h).time_since_epoch().count();
    QVERIFY(ward.start(back));
    QCOMPARE(ward.act(&PoolRollouts::rollBack).error().code, Errc::conflict);
    QVERIFY(ward.act(&PoolRollouts::cancel));
    ward.world.advance(2h);
    QCOMPARE(ward.with("2"), 3L);
}

void tst_Rollouts::forceWarnsFirst()
{
    Ward ward;
    const Principal nurse = ward.use("nurse");
    const auto screen = std::make_shared<FakeEvents>();
    std::ignore = ward.world.events.attach(nurse, screen);
    ward.rest();
    wire::NewRollout forced;
    forced.mode = "force";
    forced.countdownMinutes = 10;
    QVERIFY(ward.start(forced));
    ward.rest(); // two minutes
    const auto warnings = [&] {
        std::vector<wire::Event> found;
        for (const wire::Event& event : screen->events) {
            if (event.kind == wire::EventKind::sessionEnding)
                found.push_back(event);
        }
        return found;
    };
    QVERIFY(warnings().size() >= 3);
    QCOMPARE(warnings().front().endsInMs.value_or(-1), std::int64_t(600000));
    QVERIFY(warnings().back().endsInMs.value_or(-1) <= 510000);
    QVERIFY(warnings().back().message.find("Save your work") != std::string::npos);
    QCOMPARE(*warnings().back().lease, ward.leaseOf(nurse).id.value());
    QCOMPARE(ward.with("2"), 3L); // what is free did not wait
    ward.world.advance(7min);
    QVERIFY(ward.leaseOf(nurse).connectedAt);
    const LeaseId lease = ward.leaseOf(nurse).id;
    ward.world.advance(2min);
    QVERIFY(ward.leaseOf(nurse).id.value().empty());
    QVERIFY(ward.world.store.findLease(ward.world.organisation, lease)->closeReason
        == CloseReason::forcedRollout);
    QCOMPARE(screen->count(wire::EventKind::sessionEnded), std::size_t(1));
    const auto audit = ward.world.audit();
    QVERIFY(std::any_of(audit.begin(), audit.end(), [](const AuditRecord& record) {
        return record.action == "lease.close"
            && record.detail.find("forced by admin") != std::string::npos
            && record.detail.find("10 minutes") != std::string::npos;
    }));
    ward.rest();
    QCOMPARE(ward.shown().state, std::string("done"));
}

void tst_Rollouts::forceThatIsStoppedIsTakenBack()
{
    Ward ward;
    const Principal nurse = ward.use("nurse");
    const auto screen = std::make_shared<FakeEvents>();
    std::ignore = ward.world.events.attach(nurse, screen);
    wire::NewRollout forced;
    forced.mode = "force";
    forced.countdownMinutes = 1;
    QVERIFY(ward.start(forced));
    ward.world.advance(1s);
    QVERIFY(ward.act(&PoolRollouts::stop));
    ward.world.advance(1h);
    QVERIFY(ward.leaseOf(nurse).connectedAt);
    const auto ending = std::count_if(screen->events.begin(), screen->events.end(),
        [](const wire::Event& event) { return event.kind == wire::EventKind::sessionEnding; });
    QVERIFY(ending >= 2);
    const auto last = std::find_if(screen->events.rbegin(), screen->events.rend(),
        [](const wire::Event& event) { return event.kind == wire::EventKind::sessionEnding; });
    QVERIFY(!last->endsInMs);
}

void tst_Rollouts::whatCannotBeIsSaidInWords()
{
    Ward ward;
    const auto refused = [&](const wire::NewRollout& request, Errc code, const char* words) {
        const auto result = ward.start(request);
        return !result && result.error().code == code
            && result.error().detail.find(words) != std::string::npos;
    };
    QVERIFY(refused(to("plain:1"), Errc::conflict, "already"));
    QVERIFY(refused(to("none"), Errc::notFound, "There is no image 'none'"));
    wire::NewRollout bad = to("plain:2");
    bad.mode = "now";
    QVERIFY(refused(bad, Errc::invalidArgument, "'mode'"));
    bad = to("plain:2");
    bad.canaryPercent = 101;
    QVERIFY(refused(bad, Errc::invalidArgument, "from 0 to 100"));
    bad = to("plain:2");
    bad.wavePercent = 0;
    QVERIFY(refused(bad, Errc::invalidArgument, "from 1 to 100"));
    QCOMPARE(ward.world.countAudit("rollout.start"), std::size_t(5));
    QVERIFY(ward.start());
    QVERIFY(refused(to("plain:2"), Errc::conflict, "already"));
    QVERIFY(refused(to("plain:1"), Errc::conflict, "has a rollout already"));
    QVERIFY(!ward.act(&PoolRollouts::resume));
    QVERIFY(!ward.act(&PoolRollouts::cancel));
}

void tst_Rollouts::poolSetImageIsARollout()
{
    Ward ward;
    const auto change = [&](const std::string& image) {
        return ward.world.await<wire::PoolItem>([&](Done<wire::PoolItem> done) {
            wire::PoolChange wanted;
            wanted.image = image;
            ward.world.pools.changePool(ward.admin, "Ward", wanted, std::move(done));
        });
    };
    const auto changed = change("plain");
    QVERIFY(changed);
    QCOMPARE(changed->imageVersion, std::string("2"));
    QCOMPARE(changed->rollout.value_or(""), std::string("running"));
    QVERIFY(change("plain:2")); // as it is
    ward.rest();
    QCOMPARE(ward.with("2"), 3L);
    QCOMPARE(ward.shown().state, std::string("done"));
}

void tst_Rollouts::theDesktopsListSaysWhy()
{
    Ward ward;
    std::ignore = ward.use("nurse");
    ward.rest();
    QVERIFY(ward.start());
    ward.rest();
    const auto list = ward.world.await<wire::ItemList<wire::DesktopItem>>(
        [&](auto done) { ward.world.desktops.list(ward.admin, "Ward", std::move(done)); });
    QVERIFY(list);
    std::size_t old = 0;
    for (const wire::DesktopItem& item : list->items) {
        QCOMPARE(item.outdated.empty(), item.image == "plain:2");
        if (item.outdated.empty())
            continue;
        ++old;
        QVERIFY2(item.outdated.find("nurse has used it for") == 0, item.outdated.c_str());
    }
    QCOMPARE(old, std::size_t(1));
    const auto explained
        = ward.world.await<wire::PoolExplanation>([&](Done<wire::PoolExplanation> done) {
              ward.world.life.explain(ward.admin, "Ward", std::move(done));
          });
    QVERIFY(explained);
    for (const std::string& sentence : ward.shown().explanation)
        QVERIFY2(std::count(explained->next.begin(), explained->next.end(), sentence) == 1,
            sentence.c_str());
}

void tst_Rollouts::theForecastTellsOfIt()
{
    Ward ward;
    const auto notes = [&ward] {
        const auto shown = ward.world.await<wire::PoolForecast>([&](Done<wire::PoolForecast> done) {
            ward.world.elasticity.showForecast(ward.admin, "Ward", std::move(done));
        });
        return shown ? shown->notes : std::vector<std::string>();
    };
    std::ignore = ward.use("nurse");
    QVERIFY(!notes().front().starts_with("Pool Ward goes from"));
    QVERIFY(ward.start());
    const auto told = notes();
    QVERIFY2(
        told.front().starts_with("Pool Ward goes from plain:1 to plain:2."), told.front().c_str());
}

QTEST_GUILESS_MAIN(tst_Rollouts)
#include "tst_rollouts.moc"
