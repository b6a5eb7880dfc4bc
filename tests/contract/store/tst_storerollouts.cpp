// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/store/storefixture.h"
#include "tests/contract/store/storeundertest.h"

#include <QTest>

using namespace wardesk;
using namespace wardesk::broker;
using namespace std::chrono_literals;
using test::at;
using test::check;
using test::orDie;

/// Versions of images and rollouts; each function runs once for each store.
class StoreRollouts : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase_data() { test::addStoreRows(); }
    void init();
    void cleanup() { m_under.reset(); }

    void anImageComesBackAsItWas();
    void theFirstHashStays();
    void onlyAPublishedVersionIsGivenToAPool();
    void aVersionInUseIsNotRetired();
    void aRolloutComesBackAsItWas();
    void thePoolsImageFollowsItsRollout();
    void aPoolHasOneOpenRollout();
    void whoIsLateChangesNothing();
    void aRollbackTakesThePlaceOfWhatIsOpen();
    void aChangeOfThePoolLeavesItsImage();
    void anotherOrganisationSeesNothing_A7();

private:
    Store& store() { return m_under->store(); }
    ImageId present() { return orDie(store().listPools()).front().image; }
    Result<void> change(RolloutState expected, RolloutState next)
    {
        return store().changeRollout({ .id = RolloutId("rollout-1"),
            .expected = expected,
            .next = next,
            .reason = "because",
            .by = "broker",
            .now = at(9s) });
    }

    std::unique_ptr<test::StoreUnderTest> m_under;
    test::Hospital m_hospital;
    ImageId m_next;
};

void StoreRollouts::init()
{
    QFETCH_GLOBAL(test::StoreKind, kind);
    m_under = std::make_unique<test::StoreUnderTest>(kind);
    m_hospital = {};
    m_hospital.build(store());
    m_next = m_hospital.addVersion(store(), "2");
}

void StoreRollouts::anImageComesBackAsItWas()
{
    Image image = orDie(store().findImage(m_next));
    image.id = ImageId("image-3");
    image.version = "3";
    image.state = ImageState::imported;
    image.note = "Weihnachten \u00fc";
    image.createdBy = "admin";
    image.stateAt = at(2s);
    image.stateBy = "admin";
    image.contentHash = "aa";
    image.seenHash = "bb";
    image.checkedAt = at(3s);
    check(store().insertImage(image));
    const Image found = orDie(store().findImage(image.id));
    QCOMPARE(found.state, ImageState::imported);
    QCOMPARE(found.note, image.note);
    QCOMPARE(found.createdBy, image.createdBy);
    QCOMPARE(found.stateAt, image.stateAt);
    QCOMPARE(found.stateBy, image.stateBy);
    QCOMPARE(found.contentHash, image.contentHash);
    QCOMPARE(found.seenHash, image.seenHash);
    QVERIFY(found.checkedAt == image.checkedAt);
    check(store().setImageState(
        m_hospital.organisation, image.id, ImageState::published, "chief", at(4s)));
    const Image published = orDie(store().listImages(m_hospital.organisation)).back();
    QCOMPARE(published.state, ImageState::published);
    QCOMPARE(published.stateAt, at(4s));
    QCOMPARE(published.stateBy, std::string("chief"));
}

void StoreRollouts::theFirstHashStays()
{
    check(store().recordImageCheck(m_hospital.organisation, m_next, "first", at(2s)));
    check(store().recordImageCheck(m_hospital.organisation, m_next, "second", at(3s)));
    const Image image = orDie(store().findImage(m_next));
    QCOMPARE(image.contentHash, std::string("first"));
    QCOMPARE(image.seenHash, std::string("second"));
    QVERIFY(image.checkedAt == at(3s));
}

void StoreRollouts::onlyAPublishedVersionIsGivenToAPool()
{
    Pool pool = orDie(store().findPool(m_hospital.organisation, m_hospital.pool));
    pool.id = PoolId("pool-2");
    pool.name = "another";
    pool.image = m_next;
    for (const ImageState state : { ImageState::retired, ImageState::imported }) {
        check(store().setImageState(m_hospital.organisation, m_next, state, "admin", at(1s)));
        REFUSED(store().insertPool(pool), Errc::conflict);
        REFUSED(store().beginRollout(m_hospital.rollout(m_next), {}), Errc::conflict);
        QCOMPARE(present(), m_hospital.image);
    }
    check(store().setImageState(
        m_hospital.organisation, m_next, ImageState::published, "admin", at(1s)));
    check(store().insertPool(pool));
    check(store().beginRollout(m_hospital.rollout(m_next), {}));
}

void StoreRollouts::aVersionInUseIsNotRetired()
{
    const auto retire = [&](const ImageId& id) {
        return store().setImageState(
            m_hospital.organisation, id, ImageState::retired, "admin", at(1s));
    };
    REFUSED(retire(m_hospital.image), Errc::conflict);
    Rollout later = m_hospital.rollout(m_next);
    later.state = RolloutState::scheduled;
    check(store().beginRollout(later, {}));
    REFUSED(retire(m_next), Errc::conflict); // a rollout will go to it
    check(change(RolloutState::scheduled, RolloutState::running));
    REFUSED(retire(m_hospital.image), Errc::conflict); // or may go back to it
    REFUSED(retire(m_next), Errc::conflict);
    check(change(RolloutState::running, RolloutState::done));
    check(retire(m_hospital.image));
    QCOMPARE(orDie(store().findImage(m_hospital.image)).state, ImageState::retired);
    REFUSED(retire(m_next), Errc::conflict);
    REFUSED(retire(ImageId("none")), Errc::notFound);
}

void StoreRollouts::aRolloutComesBackAsItWas()
{
    Rollout rollout = m_hospital.rollout(m_next);
    rollout.mode = RolloutMode::force;
    rollout.isRollback = true;
    rollout.startAt = at(7s);
    rollout.countdown = 7min;
    rollout.canaryPercent = 3;
    rollout.wavePercent = 44;
    rollout.reason = "a reason";
    check(store().beginRollout(rollout, {}));
    QVERIFY(orDie(store().findOpenRollout(m_hospital.pool)) == rollout);
    const auto all = orDie(store().listRollouts(m_hospital.organisation, {}));
    QVERIFY(all == std::vector<Rollout> { rollout });
    check(change(RolloutState::running, RolloutState::stopped));
    rollout.state = RolloutState::stopped;
    rollout.reason = "because";
    rollout.changedBy = "broker";
    rollout.changedAt = at(9s);
    QVERIFY(orDie(store().findOpenRollout(m_hospital.pool)) == rollout);
    check(change(RolloutState::stopped, RolloutState::running));
    QVERIFY(orDie(store().findOpenRollout(m_hospital.pool))->begunAt == at(9s));
    check(change(RolloutState::running, RolloutState::done));
    QVERIFY(!orDie(store().findOpenRollout(m_hospital.pool)));
    // The history stays, the newest first.
    Rollout second = m_hospital.rollout(m_hospital.image, "rollout-2");
    second.from = m_next;
    second.createdAt = at(10s);
    check(store().beginRollout(second, {}));
    const auto history = orDie(store().listRollouts(m_hospital.organisation, m_hospital.pool));
    QCOMPARE(history.size(), std::size_t(2));
    QCOMPARE(history.front().id, second.id);
    QCOMPARE(history.back().state, RolloutState::done);
    QVERIFY(orDie(store().listRollouts(m_hospital.organisation, PoolId("none"))).empty());
}

void StoreRollouts::thePoolsImageFollowsItsRollout()
{
    Rollout later = m_hospital.rollout(m_next);
    later.state = RolloutState::scheduled;
    check(store().beginRollout(later, {}));
    QCOMPARE(present(), m_hospital.image);
    check(change(RolloutState::scheduled, RolloutState::running));
    QCOMPARE(present(), m_next);
    check(change(RolloutState::running, RolloutState::stopped));
    QCOMPARE(present(), m_hospital.image);
    check(change(RolloutState::stopped, RolloutState::running));
    check(change(RolloutState::running, RolloutState::done));
    QCOMPARE(present(), m_next);
}

void StoreRollouts::aPoolHasOneOpenRollout()
{
    check(store().beginRollout(m_hospital.rollout(m_next), {}));
    Rollout second = m_hospital.rollout(m_hospital.image, "rollout-2");
    second.from = m_next;
    REFUSED(store().beginRollout(second, {}), Errc::conflict);
    check(change(RolloutState::running, RolloutState::stopped));
    REFUSED(store().beginRollout(second, {}), Errc::conflict);
    QCOMPARE(orDie(store().listRollouts(m_hospital.organisation, {})).size(), std::size_t(1));
}

void StoreRollouts::whoIsLateChangesNothing()
{
    check(store().beginRollout(m_hospital.rollout(m_next), {}));
    check(change(RolloutState::running, RolloutState::stopped));
    REFUSED(change(RolloutState::running, RolloutState::done), Errc::stale);
    QCOMPARE(present(), m_hospital.image);
    Rollout wrong = m_hospital.rollout(m_next, "rollout-2");
    wrong.from = m_next; // as it was a moment ago
    REFUSED(store().beginRollout(wrong, RolloutId("none")), Errc::conflict);
    check(change(RolloutState::stopped, RolloutState::cancelled));
    REFUSED(store().beginRollout(wrong, RolloutId("rollout-1")), Errc::stale);
    REFUSED(store().beginRollout(wrong, {}), Errc::stale);
    REFUSED(
        store().changeRollout({ .id = RolloutId("none"), .reason = {}, .by = {} }), Errc::notFound);
}

void StoreRollouts::aRollbackTakesThePlaceOfWhatIsOpen()
{
    check(store().beginRollout(m_hospital.rollout(m_next), {}));
    check(change(RolloutState::running, RolloutState::stopped));
    Rollout back = m_hospital.rollout(m_hospital.image, "rollout-2");
    back.from = m_next;
    back.createdAt = at(20s);
    check(store().beginRollout(back, RolloutId("rollout-1")));
    QCOMPARE(orDie(store().findOpenRollout(m_hospital.pool))->id, back.id);
    QCOMPARE(present(), m_hospital.image);
    const Rollout first = orDie(store().listRollouts(m_hospital.organisation, {})).back();
    QCOMPARE(first.state, RolloutState::rolledBack);
    QCOMPARE(first.reason, back.note);
    QCOMPARE(first.changedAt, at(20s));
}

void StoreRollouts::aChangeOfThePoolLeavesItsImage()
{
    Pool pool = orDie(store().findPool(m_hospital.organisation, m_hospital.pool));
    check(store().beginRollout(m_hospital.rollout(m_next), {}));
    pool.spare = 5; // with the image that was read before
    check(store().updatePool(pool));
    QCOMPARE(present(), m_next);
    QCOMPARE(orDie(store().listPools()).front().spare, std::int64_t(5));
}

void StoreRollouts::anotherOrganisationSeesNothing_A7()
{
    const OrganisationId other("org-2");
    std::ignore = orDie(store().ensureOrganisation(other, "another hospital"));
    Rollout rollout = m_hospital.rollout(m_next);
    rollout.organisation = other;
    REFUSED(store().beginRollout(rollout, {}), Errc::notFound);
    check(store().beginRollout(m_hospital.rollout(m_next), {}));
    QVERIFY(orDie(store().listRollouts(other, {})).empty());
    QVERIFY(orDie(store().listRollouts(other, m_hospital.pool)).empty());
    REFUSED(
        store().setImageState(other, m_next, ImageState::published, "x", at(1s)), Errc::notFound);
    REFUSED(store().recordImageCheck(other, m_next, "x", at(1s)), Errc::notFound);
}

QTEST_GUILESS_MAIN(StoreRollouts)
#include "tst_storerollouts.moc"
