// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/placement.h"
#include "tests/broker/pool/poolrows.h"

#include <QTest>
#include <algorithm>
#include <rapidcheck.h>

using namespace wardesk::broker;
using test::ward;

namespace {

using Counts = std::map<HostId, std::int64_t>;

HostView host(const std::string& name, std::int64_t memoryMiB = 0)
{
    HostView view;
    view.host.id = HostId("id-of-" + name);
    view.host.name = name;
    view.host.memoryMiB = memoryMiB;
    return view;
}

Pool pool(Spread spread = Spread::soft)
{
    Pool made = ward(0, 100);
    made.memoryMiB = 1000;
    made.vcpus = 2;
    made.spread = spread;
    return made;
}

Placement placement(const Pool& of, std::vector<HostView> hosts, Counts counts = {})
{
    return { of, ImageKind::lxc, std::move(hosts), std::move(counts) };
}

std::string why(const Pool& of, HostView only)
{
    Placement one = placement(of, { std::move(only) });
    return one.next() ? std::string("it fits") : one.why();
}

rc::Gen<HostView> anyHost(int number)
{
    return rc::gen::map(
        rc::gen::tuple(rc::gen::inRange(0, 9), rc::gen::inRange(0, 300), rc::gen::inRange(0, 9000),
            rc::gen::element(HostMode::active, HostMode::active, HostMode::active,
                HostMode::draining, HostMode::maintenance),
            rc::gen::element(HostSight::seen, HostSight::seen, HostSight::seen, HostSight::busy,
                HostSight::away, HostSight::dead),
            rc::gen::arbitrary<bool>()),
        [number](const auto& drawn) {
            const auto& [gigabytes, percent, promised, mode, sight, hasLabel] = drawn;
            HostView view = host("host-" + std::to_string(number), gigabytes * 1000);
            view.host.memoryPercent = percent;
            view.host.mode = mode;
            view.load.memoryMiB = promised;
            view.sight = sight;
            if (hasLabel)
                view.host.labels["gpu"] = "yes";
            return view;
        });
}

std::vector<HostView> anyHosts()
{
    std::vector<HostView> hosts;
    for (int i = 0, count = *rc::gen::inRange(1, 6); i < count; ++i)
        hosts.push_back(*anyHost(i));
    return hosts;
}

Counts anyCounts(const std::vector<HostView>& hosts)
{
    Counts counts;
    for (const HostView& view : hosts)
        counts[view.host.id] = *rc::gen::inRange(0, 6);
    return counts;
}

}

/// Where a pool's new desktops are made.
class TstPlacement : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void withoutRowsThereIsOnePlace();
    void fewestOfThePoolThenMostMemoryThenTheName();
    void eachPlaceCountsForTheNext();
    void whatDoesNotFitSaysWhy_data();
    void whatDoesNotFitSaysWhy();
    void aHostOfContainersRunsNoMachines();
    void processorsThatAreLeftAreEnough();
    void whatCanBeDoneIsSaidOnce();
    void memoryThatNobodyCountsIsEnough();
    void strictWaitsForWhatIsAway();
    void strictDoesNotWaitForWhatIsNotMeant();
    void neverWhereItDoesNotFit();
    void softIsAsEvenAsTheRoomAllows();
    void strictIsNeverTwoApart();
    void memoryInWords();
};

void TstPlacement::withoutRowsThereIsOnePlace()
{
    Placement only = placement(pool(), {});
    for (int i = 0; i < 3; ++i)
        QVERIFY(only.next() == HostId());
    QVERIFY(only.why().empty());
}

void TstPlacement::fewestOfThePoolThenMostMemoryThenTheName()
{
    const HostId a = host("a").host.id;
    const HostId b = host("b").host.id;
    QVERIFY(placement(pool(), { host("a", 9000), host("b", 5000) }, { { a, 2 }, { b, 1 } }).next()
        == b);
    QVERIFY(placement(pool(), { host("a", 5000), host("b", 9000) }).next() == b);
    QVERIFY(placement(pool(), { host("b", 5000), host("a", 5000) }).next() == a);
    QVERIFY(placement(pool(), { host("a", 5000), host("b", 5000) }).next() == a);
    HostView twin = host("a", 5000);
    twin.host.id = b;
    QVERIFY(placement(pool(), { host("a", 5000), twin }).next() == a); // the first
}

void TstPlacement::eachPlaceCountsForTheNext()
{
    HostView narrow = host("a", 2500);
    narrow.host.processors = 100;
    Placement one = placement(pool(), { narrow, host("b", 9000) });
    Counts made;
    while (const auto place = one.next())
        ++made[*place];
    QCOMPARE(made[narrow.host.id], std::int64_t(2));
    QCOMPARE(made[host("b").host.id], std::int64_t(9));
}

void TstPlacement::whatDoesNotFitSaysWhy_data()
{
    QTest::addColumn<HostView>("view");
    QTest::addColumn<QString>("words");
    const auto with = [](auto change) {
        HostView view = host("north", 4000);
        change(view);
        return view;
    };
    QTest::newRow("it fits") << host("north", 4000) << "it fits";
    QTest::newRow("another kind") << with([](HostView& v) { v.host.kind = ImageKind::qemu; })
                                  << "north runs virtual machines only";
    QTest::newRow("draining") << with([](HostView& v) { v.host.mode = HostMode::draining; })
                              << "north is draining. 'wardeskctl host resume NAME'";
    QTest::newRow("maintenance") << with([](HostView& v) { v.host.mode = HostMode::maintenance; })
                                 << "is in maintenance. 'wardeskctl host resume NAME'";
    QTest::newRow("away") << with([](HostView& v) { v.sight = HostSight::away; })
                          << "does not answer";
    QTest::newRow("dead") << with([](HostView& v) { v.sight = HostSight::dead; })
                          << "does not answer";
    QTest::newRow("busy") << with([](HostView& v) { v.sight = HostSight::busy; })
                          << "is busy at the moment";
    QTest::newRow("memory") << with([](HostView& v) { v.load.memoryMiB = 3500; })
                            << "is full: 500 MiB of 4000 MiB are left. Add a host";
    QTest::newRow("too much promised") << with([](HostView& v) { v.load.memoryMiB = 9999; })
                                       << "is full: 0 MiB of 4000 MiB are left";
    QTest::newRow("overcommit") << with([](HostView& v) {
        v.host.memoryPercent = 200;
        v.load.memoryMiB = 7000;
    }) << "it fits";
    QTest::newRow("processors") << with([](HostView& v) {
        v.host.processors = 4;
        v.host.processorPercent = 100;
        v.load.processors = 3;
    }) << "all its processors are promised";
}

void TstPlacement::whatDoesNotFitSaysWhy()
{
    QFETCH(HostView, view);
    QFETCH(QString, words);
    const std::string told = why(pool(), view);
    QVERIFY2(told.find(words.toStdString()) != std::string::npos, told.c_str());
}

void TstPlacement::aHostOfContainersRunsNoMachines()
{
    Placement machines { pool(), ImageKind::qemu, { host("north") }, {} };
    QVERIFY(!machines.next());
    QVERIFY(machines.why().find("north runs containers only") != std::string::npos);
}

void TstPlacement::processorsThatAreLeftAreEnough()
{
    HostView view = host("north");
    view.host.processors = 4;
    view.host.processorPercent = 100;
    view.load.processors = 2;
    Placement one = placement(pool(), { view });
    QVERIFY(one.next().has_value());
    QVERIFY(!one.next());
}

void TstPlacement::whatCanBeDoneIsSaidOnce()
{
    Pool graphics = pool();
    graphics.labels["gpu"] = "yes";
    HostView wrong = host("south");
    wrong.host.labels["gpu"] = "no";
    HostView fits = host("west");
    fits.host.labels["gpu"] = "yes";
    Placement none = placement(graphics, { host("north"), wrong });
    QVERIFY(!none.next());
    QCOMPARE(none.why(),
        std::string("no host has a place for another desktop: north has no label gpu=yes; south "
                    "has no label gpu=yes"));
    Placement one = placement(graphics, { host("north"), fits });
    QVERIFY(one.next() == fits.host.id);
    QVERIFY(one.why().find("west") == std::string::npos);
}

void TstPlacement::memoryThatNobodyCountsIsEnough()
{
    HostView unlimited = host("a", 1);
    unlimited.host.memoryPercent = 0;
    QCOMPARE(why(pool(), unlimited), std::string("it fits"));
    QCOMPARE(why(pool(), host("unknown", 0)), std::string("it fits"));
}

void TstPlacement::strictWaitsForWhatIsAway()
{
    HostView away = host("b");
    away.sight = HostSight::away;
    const Counts one { { host("a").host.id, 1 } };
    Placement strict = placement(pool(Spread::strict), { host("a"), away }, one);
    QVERIFY(!strict.next());
    QVERIFY(
        strict.why().find("would have more of them than b (spread strict)") != std::string::npos);
    QVERIFY(placement(pool(), { host("a"), away }, one).next().has_value());
}

void TstPlacement::strictDoesNotWaitForWhatIsNotMeant()
{
    const Counts one { { host("a").host.id, 1 } };
    Pool graphics = pool(Spread::strict);
    graphics.labels["gpu"] = "yes";
    HostView a = host("a");
    a.host.labels["gpu"] = "yes";
    std::vector<HostView> others;
    for (int i = 0; i < 4; ++i) {
        HostView other = host("b" + std::to_string(i));
        other.host.labels = a.host.labels;
        others.push_back(other);
    }
    others[0].sight = HostSight::dead;
    others[1].host.mode = HostMode::draining;
    others[2].host.kind = ImageKind::qemu;
    others[3].host.labels.clear();
    others.push_back(a);
    QVERIFY(placement(graphics, others, one).next() == a.host.id);
}

void TstPlacement::neverWhereItDoesNotFit()
{
    QVERIFY(rc::check("a place is active, seen, labelled and has the memory", [] {
        Pool wanted = pool(*rc::gen::element(Spread::soft, Spread::strict));
        if (*rc::gen::arbitrary<bool>())
            wanted.labels["gpu"] = "yes";
        std::vector<HostView> hosts = anyHosts();
        Placement one = placement(wanted, hosts, anyCounts(hosts));
        for (int tries = 0; tries < 30; ++tries) {
            const auto place = one.next();
            if (!place) {
                RC_ASSERT(!one.why().empty());
                return;
            }
            const auto view = std::find_if(hosts.begin(), hosts.end(),
                [&](const HostView& each) { return each.host.id == *place; });
            RC_ASSERT(view != hosts.end());
            RC_ASSERT(view->host.mode == HostMode::active);
            RC_ASSERT(view->sight == HostSight::seen);
            RC_ASSERT(wanted.labels.empty() || view->host.labels == wanted.labels);
            view->load.memoryMiB += wanted.memoryMiB;
            if (const auto limit = memoryLimit(view->host))
                RC_ASSERT(view->load.memoryMiB <= *limit);
        }
    }));
}

void TstPlacement::softIsAsEvenAsTheRoomAllows()
{
    QVERIFY(rc::check("nobody gets one while another that has room has fewer", [] {
        std::vector<HostView> hosts = anyHosts();
        Counts counts = anyCounts(hosts);
        for (int tries = 0; tries < 30; ++tries) {
            const auto place = placement(pool(), hosts, counts).next();
            if (!place)
                return;
            for (HostView& view : hosts) {
                const bool hasRoom = placement(pool(), { view }, counts).next().has_value();
                RC_ASSERT(!hasRoom || counts[view.host.id] >= counts[*place]);
            }
            ++counts[*place];
            for (HostView& view : hosts)
                view.load.memoryMiB += view.host.id == *place ? pool().memoryMiB : 0;
        }
    }));
}

void TstPlacement::strictIsNeverTwoApart()
{
    QVERIFY(rc::check("what is placed is at most one more than on any other that is meant", [] {
        const std::vector<HostView> hosts = anyHosts();
        Counts counts;
        Placement one = placement(pool(Spread::strict), hosts);
        for (int tries = 0; tries < 30; ++tries) {
            const auto place = one.next();
            if (!place)
                return;
            ++counts[*place];
            for (const HostView& view : hosts) {
                const bool isMeant
                    = view.host.mode == HostMode::active && view.sight != HostSight::dead;
                RC_ASSERT(!isMeant || counts[*place] <= counts[view.host.id] + 1);
            }
        }
    }));
}

void TstPlacement::memoryInWords()
{
    QCOMPARE(memoryText(500), std::string("500 MiB"));
    QCOMPARE(memoryText(16 * 1024), std::string("16 GiB"));
}

QTEST_APPLESS_MAIN(TstPlacement)
#include "tst_placement.moc"
