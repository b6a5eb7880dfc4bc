// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/hypervisor/hypervisorcontract.h"

#include "protocols/base/encoding.h"

#include <QtTest>
#include <algorithm>

#define GOOD(expression)                                                                           \
    do {                                                                                           \
        const auto result_ = (expression);                                                         \
        QVERIFY2(result_, result_ ? "" : result_.error().detail.c_str());                          \
    } while (false)

namespace wardesk::broker {

namespace {

std::optional<ObservedDomain> find(Hypervisor& hypervisor, const DomainUuid& uuid)
{
    const auto list = hypervisor.list();
    if (!list)
        qFatal("%s", list.error().detail.c_str());
    const auto found = std::find_if(
        list->begin(), list->end(), [&](const auto& domain) { return domain.uuid == uuid; });
    return found == list->end() ? std::nullopt : std::optional(*found);
}

std::size_t count(Hypervisor& hypervisor)
{
    return hypervisor.list().value().size();
}

}

DomainSpec HypervisorContract::spec(const std::string& name) const
{
    DomainSpec made { .uuid = DomainUuid(randomUuid()),
        .name = name,
        .organisation = OrganisationId(randomUuid()),
        .pool = PoolId(randomUuid()),
        .desktop = DesktopId(randomUuid()),
        .incarnation = Incarnation(7),
        .epoch = Epoch(4711),
        .hostName = name,
        .imageSource = "/nonexistent",
        .memoryMiB = 64,
        .address = "10.99.0.16",
        .prefix = 24,
        .network = "default",
        .image = ImageId(randomUuid()),
        .bootstrapHash = SecretHash(sha256Hex("the secret of " + name)),
        .bootstrap = Secret(toBase64("the bootstrap of " + name)) };
    equip(made);
    return made;
}

void HypervisorContract::init()
{
    m_hypervisor = make("ward-tests");
    QVERIFY(m_hypervisor);
    QTRY_VERIFY_WITH_TIMEOUT(m_hypervisor->probe().has_value(), 20'000);
    changes = 0;
    m_hypervisor->onChange([this] { ++changes; });
}

void HypervisorContract::cleanup()
{
    if (!m_hypervisor)
        return;
    if (const auto list = m_hypervisor->list()) {
        for (const ObservedDomain& domain : *list)
            GOOD(m_hypervisor->destroy(domain.uuid));
    }
    m_hypervisor.reset();
}

void HypervisorContract::startsAndLists()
{
    const DomainSpec wanted = spec();
    QCOMPARE(count(hypervisor()), 0U);
    GOOD(hypervisor().start(wanted));
    const auto seen = find(hypervisor(), wanted.uuid);
    QVERIFY(seen);
    QCOMPARE(seen->name, wanted.name);
    QCOMPARE(seen->state, DomainState::running);
}

// R4
void HypervisorContract::startTwiceIsOneDomain()
{
    const DomainSpec wanted = spec();
    GOOD(hypervisor().start(wanted));
    GOOD(hypervisor().start(wanted));
    QCOMPARE(count(hypervisor()), 1U);
}

// R4
void HypervisorContract::destroyTwiceIsGood()
{
    const DomainSpec wanted = spec();
    GOOD(hypervisor().start(wanted));
    GOOD(hypervisor().destroy(wanted.uuid));
    GOOD(hypervisor().destroy(wanted.uuid));
    QCOMPARE(count(hypervisor()), 0U);
}

namespace {

/// The next life of a desktop that is somebody's.
DomainSpec nextLifeOf(const DomainSpec& life)
{
    DomainSpec next = life;
    next.uuid = DomainUuid(randomUuid());
    next.incarnation = Incarnation(life.incarnation.value() + 1);
    next.owner = UserId(randomUuid());
    return next;
}

}

void HypervisorContract::aKeptDiskOutlivesItsDomain()
{
    DomainSpec first = spec();
    first.keptDisk = first.uuid;
    GOOD(hypervisor().start(first));
    GOOD(hypervisor().destroy(first.uuid));
    const DomainSpec second = nextLifeOf(first);
    GOOD(hypervisor().start(second));
    const auto seen = find(hypervisor(), second.uuid);
    QVERIFY(seen);
    QCOMPARE(seen->keptDisk, second.keptDisk);
    QCOMPARE(seen->owner, second.owner);
    GOOD(hypervisor().destroy(second.uuid));
    GOOD(hypervisor().removeDisk(first.keptDisk));
    GOOD(hypervisor().removeDisk(first.keptDisk));
}

void HypervisorContract::aKeptDiskIsMadeOnce()
{
    if (!hasDisks())
        return;
    DomainSpec first = spec();
    first.keptDisk = first.uuid;
    GOOD(hypervisor().start(first));
    GOOD(hypervisor().start(first)); // R4: it runs
    GOOD(hypervisor().destroy(first.uuid));
    // The same start, which somebody had given up, and which happens now.
    const auto late = hypervisor().start(first);
    QVERIFY(!late);
    QCOMPARE(late.error().code, Errc::conflict);
    GOOD(hypervisor().start(nextLifeOf(first)));
}

void HypervisorContract::aLostDiskIsNotMadeAnew()
{
    if (!hasDisks())
        return;
    DomainSpec first = spec();
    first.keptDisk = first.uuid;
    GOOD(hypervisor().start(first));
    GOOD(hypervisor().destroy(first.uuid));
    GOOD(hypervisor().removeDisk(first.keptDisk));
    const auto lost = hypervisor().start(nextLifeOf(first));
    QVERIFY(!lost);
    QCOMPARE(lost.error().code, Errc::notFound);
    QVERIFY(lost.error().detail.find("kept") != std::string::npos);
}

void HypervisorContract::aSuspendedDomainStaysListed()
{
    if (!canSuspend())
        return;
    const DomainSpec wanted = spec();
    GOOD(hypervisor().start(wanted));
    changes = 0;
    GOOD(hypervisor().suspend(wanted.uuid));
    const auto asleep = find(hypervisor(), wanted.uuid);
    QVERIFY(asleep);
    QCOMPARE(asleep->state, DomainState::suspended);
    QCOMPARE(asleep->desktop, wanted.desktop); // R11
    QCOMPARE(asleep->incarnation, wanted.incarnation);
    QCOMPARE(asleep->bootstrapHash, wanted.bootstrapHash);
    GOOD(hypervisor().resume(wanted.uuid, 4711));
    const auto awake = find(hypervisor(), wanted.uuid);
    QVERIFY(awake);
    QCOMPARE(awake->state, DomainState::running);
    QCOMPARE(awake->epoch, wanted.epoch);
    QCOMPARE(awake->address, wanted.address);
    QCOMPARE(count(hypervisor()), 1U);
    QCOMPARE(changes.load(), 0); // all of it was our own doing
}

// R4
void HypervisorContract::suspendingAndResumingTwiceIsGood()
{
    if (!canSuspend())
        return;
    const DomainSpec wanted = spec();
    GOOD(hypervisor().start(wanted));
    GOOD(hypervisor().suspend(wanted.uuid));
    GOOD(hypervisor().suspend(wanted.uuid));
    GOOD(hypervisor().resume(wanted.uuid, 4711));
    GOOD(hypervisor().resume(wanted.uuid, 4711));
    QCOMPARE(find(hypervisor(), wanted.uuid)->state, DomainState::running);
    GOOD(hypervisor().suspend(wanted.uuid)); // and once more
    QCOMPARE(find(hypervisor(), wanted.uuid)->state, DomainState::suspended);
}

// R4: a start that had been given up, and happens now
void HypervisorContract::aLateStartLeavesASuspendedDomainAlone()
{
    if (!canSuspend())
        return;
    const DomainSpec wanted = spec();
    GOOD(hypervisor().start(wanted));
    GOOD(hypervisor().suspend(wanted.uuid));
    GOOD(hypervisor().start(wanted));
    QCOMPARE(find(hypervisor(), wanted.uuid)->state, DomainState::suspended);
    GOOD(hypervisor().resume(wanted.uuid, 4711));
}

void HypervisorContract::destroyTakesASuspendedDomain()
{
    if (!canSuspend())
        return;
    const DomainSpec wanted = spec();
    GOOD(hypervisor().start(wanted));
    GOOD(hypervisor().suspend(wanted.uuid));
    GOOD(hypervisor().destroy(wanted.uuid));
    QVERIFY(!find(hypervisor(), wanted.uuid));
    GOOD(hypervisor().destroy(wanted.uuid));
    // Nothing of it is in the way of the next one of that name.
    DomainSpec next = wanted;
    next.uuid = DomainUuid(randomUuid());
    GOOD(hypervisor().start(next));
    QCOMPARE(find(hypervisor(), next.uuid)->state, DomainState::running);
}

void HypervisorContract::whatIsNotThereCannotBeResumed()
{
    if (!canSuspend())
        return;
    const DomainUuid unknown(randomUuid());
    const auto resumed = hypervisor().resume(unknown, 4711);
    QVERIFY(!resumed);
    QCOMPARE(resumed.error().code, Errc::notFound);
    const auto suspended = hypervisor().suspend(unknown);
    QVERIFY(!suspended);
    QCOMPARE(suspended.error().code, Errc::notFound);
}

void HypervisorContract::whatCannotBeSuspendedSaysSo()
{
    if (canSuspend())
        return;
    const DomainSpec wanted = spec();
    GOOD(hypervisor().start(wanted));
    const auto suspended = hypervisor().suspend(wanted.uuid);
    QVERIFY(!suspended);
    QCOMPARE(suspended.error().code, Errc::invalidArgument);
    QVERIFY(!suspended.error().detail.empty());
    QCOMPARE(find(hypervisor(), wanted.uuid)->state, DomainState::running);
}

void HypervisorContract::destroyOfUnknownIsGood()
{
    GOOD(hypervisor().destroy(DomainUuid(randomUuid())));
}

void HypervisorContract::nothingIsLeftAfterDestroy()
{
    const DomainSpec kept = spec("kept");
    const DomainSpec ended = spec("ended");
    GOOD(hypervisor().start(kept));
    GOOD(hypervisor().start(ended));
    GOOD(hypervisor().destroy(ended.uuid));
    QVERIFY(!find(hypervisor(), ended.uuid)); // not even switched off
    QVERIFY(find(hypervisor(), kept.uuid));
}

// R1: a reset desktop is a new incarnation, with the same name before the number
void HypervisorContract::restartAfterDestroyIsANewDomain()
{
    DomainSpec wanted = spec();
    GOOD(hypervisor().start(wanted));
    GOOD(hypervisor().destroy(wanted.uuid));
    DomainSpec next = wanted;
    next.uuid = DomainUuid(randomUuid());
    next.incarnation = Incarnation(8);
    GOOD(hypervisor().start(next));
    QVERIFY(!find(hypervisor(), wanted.uuid));
    QCOMPARE(find(hypervisor(), next.uuid)->incarnation, Incarnation(8));
}

// R3, R11: the database may be an old one; the domain says what it is
void HypervisorContract::metadataComesBack()
{
    const DomainSpec wanted = spec();
    GOOD(hypervisor().start(wanted));
    const auto seen = find(hypervisor(), wanted.uuid);
    QVERIFY(seen);
    QCOMPARE(seen->desktop, wanted.desktop);
    QCOMPARE(seen->pool, wanted.pool);
    QCOMPARE(seen->incarnation, wanted.incarnation);
    QCOMPARE(seen->epoch, wanted.epoch);
    QCOMPARE(seen->organisation, wanted.organisation);
    QCOMPARE(seen->hostName, wanted.hostName);
    QCOMPARE(seen->address, wanted.address);
    QCOMPARE(seen->image, wanted.image);
    QCOMPARE(seen->bootstrapHash, wanted.bootstrapHash);
}

void HypervisorContract::hostileCharactersStayText()
{
    DomainSpec wanted = spec("Zoë's <ward> & \"]]>\" – 3");
    wanted.desktop = DesktopId("'/><desktop site=\"other\" epoch='9'>");
    wanted.pool = PoolId("&amp;<!--");
    GOOD(hypervisor().start(wanted));
    const auto seen = find(hypervisor(), wanted.uuid);
    QVERIFY(seen);
    QCOMPARE(seen->name, wanted.name);
    QCOMPARE(seen->desktop, wanted.desktop);
    QCOMPARE(seen->pool, wanted.pool);
    QCOMPARE(seen->epoch, wanted.epoch);
}

void HypervisorContract::impossibleSpecsAreRefused()
{
    const auto refused = [this](auto change) {
        DomainSpec wanted = spec();
        change(wanted);
        const auto result = hypervisor().start(wanted);
        return !result && result.error().code == Errc::invalidArgument
            && !result.error().detail.empty();
    };
    QVERIFY(refused([](DomainSpec& s) { s.name = "a/../b"; }));
    QVERIFY(refused([](DomainSpec& s) { s.name = "line\nbreak"; }));
    QVERIFY(refused([](DomainSpec& s) { s.name.clear(); }));
    QVERIFY(refused([](DomainSpec& s) { s.desktop = DesktopId(std::string("nul\0", 4)); }));
    QVERIFY(refused([](DomainSpec& s) { s.pool = PoolId("\xff\xfe"); }));
    QVERIFY(refused([](DomainSpec& s) { s.uuid = DomainUuid("ward-1"); }));
    QVERIFY(refused([](DomainSpec& s) { s.address = "10.99.0.999"; }));
    QVERIFY(refused([](DomainSpec& s) { s.memoryMiB = 0; }));
    QCOMPARE(count(hypervisor()), 0U);
}

void HypervisorContract::aNameIsUnique()
{
    const DomainSpec first = spec();
    DomainSpec second = spec();
    second.address = "10.99.0.17";
    GOOD(hypervisor().start(first));
    const auto result = hypervisor().start(second);
    QVERIFY(!result);
    QCOMPARE(result.error().code, Errc::conflict);
    QCOMPARE(count(hypervisor()), 1U);
}

// R5
void HypervisorContract::outsideDestructionIsSeenAndTold()
{
    const DomainSpec wanted = spec();
    GOOD(hypervisor().start(wanted));
    const int before = changes;
    destroyOutside(wanted.uuid);
    QTRY_VERIFY(changes > before);
    QVERIFY(!find(hypervisor(), wanted.uuid));
    GOOD(hypervisor().destroy(wanted.uuid));
}

void HypervisorContract::ownDestructionIsNoNews()
{
    const DomainSpec own = spec("own");
    const DomainSpec lost = spec("lost");
    GOOD(hypervisor().start(own));
    GOOD(hypervisor().start(lost));
    QTest::qWait(0);
    const int before = changes;
    GOOD(hypervisor().destroy(own.uuid));
    destroyOutside(lost.uuid); // events come in order: when this one is told, the other would be
    QTRY_VERIFY(changes > before);
    QCOMPARE(changes, before + 1);
}

// Two installations may share a host
void SharedHostContract::otherSitesAreLeftAlone()
{
    const auto other = make("other-site");
    QTRY_VERIFY(other->probe().has_value());
    const DomainSpec theirs = spec("theirs");
    GOOD(other->start(theirs));
    QCOMPARE(count(hypervisor()), 0U);
    const auto ended = hypervisor().destroy(theirs.uuid);
    QVERIFY(!ended);
    QCOMPARE(ended.error().code, Errc::conflict);
    const auto started = hypervisor().start(theirs);
    QVERIFY(!started);
    QCOMPARE(started.error().code, Errc::conflict);
    QVERIFY(find(*other, theirs.uuid));
    GOOD(other->destroy(theirs.uuid));
}

// R11: a broker that was restarted adopts what runs
void SharedHostContract::anotherObjectSeesTheSameDomains()
{
    const DomainSpec wanted = spec();
    GOOD(hypervisor().start(wanted));
    const auto later = make("ward-tests");
    QTRY_VERIFY(later->probe().has_value());
    QVERIFY(find(*later, wanted.uuid));
    GOOD(later->start(wanted));
    GOOD(later->destroy(wanted.uuid));
    QCOMPARE(count(hypervisor()), 0U);
}

void HypervisorContract::probeNamesTheHost()
{
    const auto name = hypervisor().probe();
    QVERIFY(name);
    QVERIFY(!name->empty());
}

}
