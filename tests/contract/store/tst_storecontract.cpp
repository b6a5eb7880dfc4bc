// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/memorystore.h"
#include "broker/store/storefactory.h"
#include "protocols/base/encoding.h"
#include "tests/contract/store/storefixture.h"
#include "tests/contract/store/storeundertest.h"

#include <QTest>
#include <algorithm>

using namespace wardesk;
using namespace wardesk::broker;
using namespace std::chrono_literals;
using test::at;
using test::check;
using test::orDie;

/// What every store must do; each function runs once for each store.
class StoreContract : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase_data();
    void init();
    void cleanup();

    void usersAreFoundWithoutRegardToCase();
    void aNameIsTakenOnceInAnOrganisation();
    void tokensEnd();
    void aNewPasswordRevokesTokens();
    void switchingAUserOffRevokesTokens();
    void aTokenIsForTheAccountThatWasLookedAt();
    void signInFailuresAreCountedAndForgotten();
    void imagesAndPoolsComeBackAsTheyWere();
    void aPoolWithDesktopsIsNotDeleted();
    void anotherOrganisationSeesNothing_A7();
    void addressesAreTheLowestFree();
    void anIncarnationLivesAndEnds();
    void factsOfAnotherIncarnationAreStale_R3();
    void startFailuresAreCountedOverIncarnations();
    void unreadyIsRememberedAndMended();
    void aLeasedDesktopIsNotEnded();
    void aDomainBelongsToOneIncarnation_R4();
    void quarantineHidesADesktop();
    void bootstrapSecretsAreForLivingIncarnations();
    void aRemovedDesktopKeepsItsHistory();
    void grantsGiveEachUserOneDesktop_R1_R2();
    void aUserGetsTheSameDesktopAgain_R7();
    void aRepeatedKeyGrantsNothingNew_R9();
    void aUsedIncarnationIsNeverGrantedAgain_R1();
    void theImageOfThePoolIsPreferred();
    void aDisabledPoolGrantsNothing();
    void connectionsFollowTheEpoch_R3();
    void reviewShutsTheDoor_R3();
    void closingALeaseIsIdempotent();
    void timeAloneEndsOnlyWhatWasNeverConnected_R6();
    void ticketsWorkOnce_S1();
    void ticketsOfOldEpochsAreStale_S1_R3();
    void auditIsAChain_A10();
    void epochsAreNeverGivenTwice_R3();
    void purgeDropsOnlyWhatIsOver();
    void textSurvivesAsItIs();
    void probeNamesTheStore();

private:
    PoolId addPool(const std::string& name);
    Grant grantTo(const UserId& user, const std::string& key, WallTime now = at({}))
    {
        return orDie(m_store->grant(m_hospital.request(user, key, now)));
    }
    /// Log-off to ready again.
    void recycle(const Desktop& desktop);

    std::unique_ptr<test::StoreUnderTest> m_under;
    Store* m_store = nullptr;
    test::Hospital m_hospital;
};

void StoreContract::initTestCase_data()
{
    test::addStoreRows();
}

void StoreContract::init()
{
    QFETCH_GLOBAL(test::StoreKind, kind);
    m_under = std::make_unique<test::StoreUnderTest>(kind);
    m_store = &m_under->store();
    m_hospital = {};
    m_hospital.build(*m_store);
}

void StoreContract::cleanup()
{
    m_under.reset();
}

#define GOOD(expression)                                                                           \
    do {                                                                                           \
        const auto goodResult = (expression);                                                      \
        QVERIFY2(goodResult.has_value(), goodResult ? "" : goodResult.error().detail.c_str());     \
    } while (false)

PoolId StoreContract::addPool(const std::string& name)
{
    Pool pool = orDie(m_store->findPool(m_hospital.organisation, m_hospital.pool));
    pool.id = PoolId("pool-" + name);
    pool.name = name;
    check(m_store->insertPool(pool));
    return pool.id;
}

void StoreContract::recycle(const Desktop& desktop)
{
    const Incarnation number = desktop.incarnation.number;
    check(m_store->beginEnding(desktop.id, number, EndReason::loggedOff, at(1s)));
    check(m_store->recordEnded(desktop.id, number, DiskFate::removed, at(1s)));
    NewIncarnation next;
    next.desktop = desktop.id;
    next.number = Incarnation(number.value() + 1);
    next.domain = DomainUuid(randomUuid());
    next.image = m_hospital.image;
    next.bootstrapHash = SecretHash("next");
    next.now = at(2s);
    orDie(m_store->beginIncarnation(next));
    check(m_store->recordStarted(desktop.id, next.number, at(2s)));
    check(m_store->recordReady(desktop.id, next.number, "cd34", at(3s)));
}

void StoreContract::usersAreFoundWithoutRegardToCase()
{
    static_cast<void>(m_hospital.addUser(*m_store, "Müller"));
    QCOMPARE(orDie(m_store->findUserByName(m_hospital.organisation, "mÜLLER")).name,
        std::string("Müller"));
    REFUSED(m_store->findUserByName(m_hospital.organisation, "nobody"), Errc::notFound);
    REFUSED(m_store->findUser(UserId("nobody")), Errc::notFound);
    QCOMPARE(orDie(m_store->listUsers(m_hospital.organisation)).size(), std::size_t(1));
    QCOMPARE(orDie(m_store->findOrganisation("Saint Mary")).id, m_hospital.organisation);
    REFUSED(m_store->findOrganisation("Saint Nobody"), Errc::notFound);
    QCOMPARE(orDie(m_store->ensureOrganisation(OrganisationId("other"), "Saint Mary")).id,
        m_hospital.organisation);
}

void StoreContract::aNameIsTakenOnceInAnOrganisation()
{
    const UserId id = m_hospital.addUser(*m_store, "nurse");
    User twin = orDie(m_store->findUser(id));
    twin.id = UserId("another");
    twin.name = "NURSE";
    REFUSED(m_store->insertUser(twin), Errc::conflict);
    orDie(m_store->ensureOrganisation(OrganisationId("org-2"), "Saint John"));
    twin.organisation = OrganisationId("org-2");
    GOOD(m_store->insertUser(twin));
    Pool pool = orDie(m_store->findPool(m_hospital.organisation, m_hospital.pool));
    pool.id = PoolId("another");
    REFUSED(m_store->insertPool(pool), Errc::conflict);
    Image image = orDie(m_store->findImage(m_hospital.image));
    image.id = ImageId("another");
    REFUSED(m_store->insertImage(image), Errc::conflict);
}

void StoreContract::tokensEnd()
{
    const UserId nurse = m_hospital.addUser(*m_store, "nurse");
    NewToken token;
    token.hash = SecretHash("hash");
    token.user = nurse;
    token.organisation = m_hospital.organisation;
    token.terminal = "ward 3";
    token.expiresAt = at(1h);
    GOOD(m_store->insertToken(token));
    REFUSED(m_store->insertToken(token), Errc::conflict);
    QCOMPARE(orDie(m_store->findTokenOwner(token.hash, at(1h - 1ms))).user.id, nurse);
    QCOMPARE(orDie(m_store->findTokenOwner(token.hash, at({}))).terminal, token.terminal);
    REFUSED(m_store->findTokenOwner(token.hash, at(1h)), Errc::unauthenticated);
    REFUSED(m_store->findTokenOwner(SecretHash("other"), at({})), Errc::unauthenticated);
    GOOD(m_store->revokeToken(token.hash));
    GOOD(m_store->revokeToken(token.hash));
    REFUSED(m_store->findTokenOwner(token.hash, at({})), Errc::unauthenticated);
}

void StoreContract::switchingAUserOffRevokesTokens()
{
    const UserId nurse = m_hospital.addUser(*m_store, "nurse");
    NewToken token;
    token.hash = SecretHash("hash");
    token.user = nurse;
    token.organisation = m_hospital.organisation;
    token.expiresAt = at(1h);
    check(m_store->insertToken(token));
    QCOMPARE(orDie(m_store->findTokenOwner(token.hash, at({}))).expiresAt, at(1h));
    GOOD(m_store->setUserDisabled(nurse, true));
    QVERIFY(orDie(m_store->findUser(nurse)).disabled);
    GOOD(m_store->setUserDisabled(nurse, false));
    QVERIFY(!orDie(m_store->findUser(nurse)).disabled);
    // It was signed out, and stays so.
    REFUSED(m_store->findTokenOwner(token.hash, at({})), Errc::unauthenticated);
    REFUSED(m_store->setUserDisabled(UserId("nobody"), true), Errc::notFound);
}

void StoreContract::aNewPasswordRevokesTokens()
{
    const UserId nurse = m_hospital.addUser(*m_store, "nurse");
    NewToken token;
    token.hash = SecretHash("hash");
    token.user = nurse;
    token.organisation = m_hospital.organisation;
    token.expiresAt = at(1h);
    check(m_store->insertToken(token));
    GOOD(m_store->setPasswordHash(nurse, "$new"));
    QCOMPARE(orDie(m_store->findUser(nurse)).passwordHash, std::string("$new"));
    REFUSED(m_store->findTokenOwner(token.hash, at({})), Errc::unauthenticated);
    REFUSED(m_store->setPasswordHash(UserId("nobody"), "$new"), Errc::notFound);

    User retired;
    retired.id = UserId("retired");
    retired.organisation = m_hospital.organisation;
    retired.name = "retired";
    retired.disabled = true;
    retired.role = Role::administrator;
    check(m_store->insertUser(retired));
    QVERIFY(orDie(m_store->findUser(retired.id)).disabled);
    QCOMPARE(orDie(m_store->findUser(retired.id)).role, Role::administrator);
    token.hash = SecretHash("theirs");
    token.user = retired.id;
    check(m_store->insertToken(token));
    REFUSED(m_store->findTokenOwner(token.hash, at({})), Errc::unauthenticated);
}

void StoreContract::aTokenIsForTheAccountThatWasLookedAt()
{
    const UserId nurse = m_hospital.addUser(*m_store, "nurse");
    NewToken token;
    token.hash = SecretHash("token");
    token.user = nurse;
    token.organisation = m_hospital.organisation;
    token.expiresAt = at(1h);
    token.passwordHash = "another";
    REFUSED(m_store->insertToken(token), Errc::stale);
    token.passwordHash = orDie(m_store->findUser(nurse)).passwordHash;
    GOOD(m_store->insertToken(token));
    check(m_store->setPasswordHash(nurse, "new"));
    token.hash = SecretHash("later");
    REFUSED(m_store->insertToken(token), Errc::stale);
    REFUSED(m_store->findTokenOwner(SecretHash("later"), at(1s)), Errc::unauthenticated);
}

void StoreContract::timeAloneEndsOnlyWhatWasNeverConnected_R6()
{
    m_hospital.addReadyDesktop(*m_store, "ward-01");
    m_hospital.addReadyDesktop(*m_store, "ward-02");
    const Lease used = *grantTo(m_hospital.addUser(*m_store, "nurse"), "key-1").lease;
    const Lease unused = *grantTo(m_hospital.addUser(*m_store, "doctor"), "key-2").lease;
    check(m_store->recordConnected(used.id, used.epoch, at(1s)));
    check(m_store->recordDisconnected(used.id, at(2s)));
    REFUSED(m_store->closeLease(used.id, CloseReason::neverConnected, at(3s)), Errc::conflict);
    GOOD(m_store->closeLease(unused.id, CloseReason::neverConnected, at(3s)));
    GOOD(m_store->closeLease(used.id, CloseReason::loggedOff, at(4s)));
    GOOD(m_store->closeLease(used.id, CloseReason::neverConnected, at(5s))); // it is closed
}

void StoreContract::signInFailuresAreCountedAndForgotten()
{
    for (int second = 0; second < 3; ++second)
        GOOD(m_store->recordSignInFailure("account:nurse", at(std::chrono::seconds(second))));
    GOOD(m_store->recordSignInFailure("address:10.0.0.1", at({})));
    QCOMPARE(orDie(m_store->countSignInFailures("account:nurse", at({}))), 3);
    QCOMPARE(orDie(m_store->countSignInFailures("account:nurse", at(1s))), 2);
    GOOD(m_store->clearSignInFailures("account:nurse"));
    QCOMPARE(orDie(m_store->countSignInFailures("account:nurse", at({}))), 0);
    QCOMPARE(orDie(m_store->countSignInFailures("address:10.0.0.1", at({}))), 1);
}

void StoreContract::imagesAndPoolsComeBackAsTheyWere()
{
    const Image image = orDie(m_store->findImage(m_hospital.image));
    QCOMPARE(image.source, std::string("/images/base"));
    QCOMPARE(orDie(m_store->listImages(m_hospital.organisation)).size(), std::size_t(1));
    REFUSED(m_store->findImage(ImageId("none")), Errc::notFound);

    Pool pool = orDie(m_store->findPool(m_hospital.organisation, m_hospital.pool));
    QCOMPARE(pool.max, std::int64_t(10));
    QVERIFY(!pool.clipboard);
    pool.name = "night ward";
    pool.description = "Nights";
    pool.spare = 0;
    pool.max = 5;
    pool.memoryMiB = 2048;
    pool.clipboard = true;
    pool.enabled = false;
    GOOD(m_store->updatePool(pool));
    const Pool updated = orDie(m_store->findPool(m_hospital.organisation, m_hospital.pool));
    QCOMPARE(updated.name, pool.name);
    QCOMPARE(updated.description, pool.description);
    QCOMPARE(updated.spare, pool.spare);
    QCOMPARE(updated.max, pool.max);
    QCOMPARE(updated.memoryMiB, pool.memoryMiB);
    QVERIFY(updated.clipboard);
    QVERIFY(!updated.enabled);
    QCOMPARE(updated.createdAt, at({}));

    const PoolId other = addPool("day ward");
    Pool renamed = orDie(m_store->findPool(m_hospital.organisation, other));
    renamed.name = "night ward";
    REFUSED(m_store->updatePool(renamed), Errc::conflict);
    renamed.id = PoolId("none");
    REFUSED(m_store->updatePool(renamed), Errc::notFound);
    REFUSED(m_store->findPool(m_hospital.organisation, PoolId("none")), Errc::notFound);
    QCOMPARE(orDie(m_store->listPools()).size(), std::size_t(2));
}

void StoreContract::aPoolWithDesktopsIsNotDeleted()
{
    const Desktop desktop = m_hospital.addDesktop(*m_store, "ward-01");
    REFUSED(m_store->deletePool(m_hospital.pool), Errc::conflict);
    REFUSED(m_store->removeDesktop(desktop.id), Errc::conflict);
    check(m_store->beginEnding(desktop.id, Incarnation(1), EndReason::poolDeleted, at(1s)));
    check(m_store->recordEnded(desktop.id, Incarnation(1), DiskFate::removed, at(2s)));
    const DomainUuid domain = desktop.incarnation.domain;
    QVERIFY(!orDie(m_store->isRemoved(desktop.id, domain)));
    GOOD(m_store->removeDesktop(desktop.id));
    QVERIFY(orDie(m_store->isRemoved(desktop.id, domain)));
    QVERIFY(!orDie(m_store->isRemoved(desktop.id, DomainUuid("another"))));
    QVERIFY(!orDie(m_store->isRemoved(DesktopId("another"), domain)));
    GOOD(m_store->deletePool(m_hospital.pool));
    REFUSED(m_store->deletePool(m_hospital.pool), Errc::notFound);
    REFUSED(m_store->findPool(m_hospital.organisation, m_hospital.pool), Errc::notFound);
    QVERIFY(orDie(m_store->listPools()).empty());
}

void StoreContract::anotherOrganisationSeesNothing_A7()
{
    const UserId nurse = m_hospital.addUser(*m_store, "nurse");
    m_hospital.addReadyDesktop(*m_store, "ward-01");
    const Grant grant = grantTo(nurse, "key");
    const OrganisationId other("org-2");
    orDie(m_store->ensureOrganisation(other, "Saint John"));
    REFUSED(m_store->findUserByName(other, "nurse"), Errc::notFound);
    REFUSED(m_store->findPool(other, m_hospital.pool), Errc::notFound);
    REFUSED(m_store->findLease(other, grant.lease->id), Errc::notFound);
    QVERIFY(orDie(m_store->listUsers(other)).empty());
    QVERIFY(orDie(m_store->listImages(other)).empty());
    QVERIFY(orDie(m_store->listPools(other)).empty());
    QVERIFY(orDie(m_store->listOpenLeases(other)).empty());
    QVERIFY(orDie(m_store->listAudit(other, 0, 10)).empty());
    LeaseRequest request = m_hospital.request(nurse, "other key");
    request.organisation = other;
    REFUSED(m_store->grant(request), Errc::notFound);
    Pool stolen = orDie(m_store->findPool(m_hospital.organisation, m_hospital.pool));
    stolen.organisation = other;
    REFUSED(m_store->updatePool(stolen), Errc::notFound);
    Desktop desktop = m_hospital.desktop("ward-02");
    desktop.organisation = other;
    REFUSED(m_store->addDesktop(desktop, "10.20.0.2", "10.20.0.9"), Errc::notFound);
}

void StoreContract::addressesAreTheLowestFree()
{
    m_hospital.lastAddress = "10.20.0.4";
    const Desktop first = m_hospital.addDesktop(*m_store, "ward-01");
    QCOMPARE(first.address, std::string("10.20.0.2"));
    const Desktop second = m_hospital.addDesktop(*m_store, "ward-02");
    QCOMPARE(second.address, std::string("10.20.0.3"));
    QCOMPARE(m_hospital.addDesktop(*m_store, "ward-03").address, std::string("10.20.0.4"));
    const Desktop fourth = m_hospital.desktop("ward-04");
    REFUSED(m_store->addDesktop(fourth, "10.20.0.2", "10.20.0.4"), Errc::poolFull);
    REFUSED(m_store->addDesktop(fourth, "10.20.0.x", "10.20.0.4"), Errc::invalidArgument);
    REFUSED(m_store->addDesktop(fourth, "10.20.0.2", ""), Errc::invalidArgument);
    check(m_store->beginEnding(second.id, Incarnation(1), EndReason::poolShrunk, at({})));
    check(m_store->recordEnded(second.id, Incarnation(1), DiskFate::removed, at({})));
    check(m_store->removeDesktop(second.id));
    QCOMPARE(m_hospital.addDesktop(*m_store, "ward-04").address, std::string("10.20.0.3"));
    QCOMPARE(
        orDie(m_store->addDesktop(m_hospital.desktop("last"), "255.255.255.255", "255.255.255.255"))
            .address,
        std::string("255.255.255.255"));
    // A name that exists now is taken; one of a removed desktop is free again.
    Desktop twin = m_hospital.desktop("ward-01");
    twin.id = DesktopId("twin");
    REFUSED(m_store->addDesktop(twin, "10.21.0.2", "10.21.0.9"), Errc::conflict);
    twin.name = "ward-02";
    GOOD(m_store->addDesktop(twin, "10.21.0.2", "10.21.0.9"));
    Desktop later = m_hospital.desktop("later");
    later.incarnation.number = Incarnation(2);
    REFUSED(m_store->addDesktop(later, "10.21.0.2", "10.21.0.9"), Errc::invalidArgument);
}

void StoreContract::anIncarnationLivesAndEnds()
{
    const Desktop added = m_hospital.addDesktop(*m_store, "ward-01");
    QVERIFY(!added.incarnation.startedAt);
    GOOD(m_store->recordStarted(added.id, Incarnation(1), at(1s)));
    GOOD(m_store->recordStarted(added.id, Incarnation(1), at(2s)));
    GOOD(m_store->recordReady(added.id, Incarnation(1), "ab12", at(3s)));
    IncarnationFacts facts = orDie(m_store->findDesktop(added.id)).desktop.incarnation;
    QVERIFY(facts.startedAt == at(1s));
    QVERIFY(facts.readyAt == at(3s));
    QCOMPARE(facts.certificateSha256, std::string("ab12"));
    REFUSED(
        m_store->recordEnded(added.id, Incarnation(1), DiskFate::removed, at(4s)), Errc::conflict);
    NewIncarnation next;
    next.desktop = added.id;
    next.number = Incarnation(2);
    next.domain = DomainUuid("uuid-2");
    next.image = m_hospital.image;
    next.now = at(9s);
    REFUSED(m_store->beginIncarnation(next), Errc::conflict);
    GOOD(m_store->beginEnding(added.id, Incarnation(1), EndReason::loggedOff, at(5s)));
    GOOD(m_store->beginEnding(added.id, Incarnation(1), EndReason::poolShrunk, at(6s)));
    REFUSED(m_store->recordReady(added.id, Incarnation(1), "ab12", at(6s)), Errc::stale);
    GOOD(m_store->recordStartFailure(added.id, Incarnation(1), "cannot destroy", at(6s)));
    facts = orDie(m_store->findDesktop(added.id)).desktop.incarnation;
    QCOMPARE(facts.startAttempts, std::int64_t(0));
    QCOMPARE(facts.lastError, std::string("cannot destroy"));
    GOOD(m_store->recordEnded(added.id, Incarnation(1), DiskFate::removed, at(7s)));
    GOOD(m_store->recordEnded(added.id, Incarnation(1), DiskFate::removed, at(8s)));
    REFUSED(m_store->recordStarted(added.id, Incarnation(1), at(8s)), Errc::stale);
    REFUSED(m_store->recordStartFailure(added.id, Incarnation(1), "x", at(8s)), Errc::stale);
    facts = orDie(m_store->findDesktop(added.id)).desktop.incarnation;
    QVERIFY(facts.endingAt == at(5s));
    QVERIFY(facts.endedAt == at(7s));
    QVERIFY(facts.endReason == EndReason::loggedOff);
    next.number = Incarnation(3);
    REFUSED(m_store->beginIncarnation(next), Errc::conflict);
    next.number = Incarnation(2);
    facts = orDie(m_store->beginIncarnation(next)).incarnation;
    QCOMPARE(facts.number, Incarnation(2));
    QVERIFY(!facts.endedAt && !facts.startedAt && !facts.readyAt);
    QCOMPARE(facts.createdAt, at(9s));
    const DesktopRow row = orDie(m_store->findDesktop(added.id));
    QCOMPARE(row.desktop.incarnation.domain, DomainUuid("uuid-2"));
    QCOMPARE(row.desktop.address, added.address);
    next.desktop = DesktopId("none");
    REFUSED(m_store->beginIncarnation(next), Errc::notFound);
    REFUSED(m_store->findDesktop(next.desktop), Errc::notFound);
    REFUSED(m_store->removeDesktop(next.desktop), Errc::notFound);
    REFUSED(m_store->recordStarted(next.desktop, Incarnation(1), at({})), Errc::notFound);
}

void StoreContract::factsOfAnotherIncarnationAreStale_R3()
{
    const Desktop desktop = m_hospital.addReadyDesktop(*m_store, "ward-01");
    recycle(desktop);
    const Incarnation old(1);
    REFUSED(m_store->recordStarted(desktop.id, old, at(9s)), Errc::stale);
    REFUSED(m_store->recordStartFailure(desktop.id, old, "x", at(9s)), Errc::stale);
    REFUSED(m_store->recordReady(desktop.id, old, "ff", at(9s)), Errc::stale);
    REFUSED(m_store->recordUnready(desktop.id, old, at(9s)), Errc::stale);
    REFUSED(m_store->beginEnding(desktop.id, old, EndReason::loggedOff, at(9s)), Errc::stale);
    REFUSED(m_store->recordEnded(desktop.id, old, DiskFate::removed, at(9s)), Errc::stale);
    QCOMPARE(orDie(m_store->findDesktop(desktop.id)).desktop.incarnation.certificateSha256,
        std::string("cd34"));
}

void StoreContract::startFailuresAreCountedOverIncarnations()
{
    const Desktop desktop = m_hospital.addDesktop(*m_store, "ward-01");
    GOOD(m_store->recordStartFailure(desktop.id, Incarnation(1), "no memory", at(1s)));
    check(m_store->recordStarted(desktop.id, Incarnation(1), at(2s)));
    check(m_store->beginEnding(desktop.id, Incarnation(1), EndReason::failedToStart, at(3s)));
    check(m_store->recordEnded(desktop.id, Incarnation(1), DiskFate::removed, at(3s)));
    NewIncarnation next;
    next.desktop = desktop.id;
    next.number = Incarnation(2);
    next.domain = DomainUuid("uuid-2");
    next.image = m_hospital.image;
    next.now = at(4s);
    const IncarnationFacts facts = orDie(m_store->beginIncarnation(next)).incarnation;
    QCOMPARE(facts.startAttempts, std::int64_t(2));
    QVERIFY(facts.lastFailureAt == at(3s));
    QVERIFY(!facts.lastError.empty());
    check(m_store->recordReady(desktop.id, Incarnation(2), "ab", at(5s)));
    const IncarnationFacts mended = orDie(m_store->findDesktop(desktop.id)).desktop.incarnation;
    QCOMPARE(mended.startAttempts, std::int64_t(0));
    QVERIFY(!mended.lastFailureAt);
    QVERIFY(mended.lastError.empty());
    QVERIFY(mended.startedAt == at(5s)); // the agent was quicker than the start call's answer
}

void StoreContract::unreadyIsRememberedAndMended()
{
    const Desktop desktop = m_hospital.addReadyDesktop(*m_store, "ward-01");
    GOOD(m_store->recordUnready(desktop.id, Incarnation(1), at(7s)));
    GOOD(m_store->recordUnready(desktop.id, Incarnation(1), at(8s)));
    IncarnationFacts facts = orDie(m_store->findDesktop(desktop.id)).desktop.incarnation;
    QVERIFY(!facts.readyAt);
    QVERIFY(facts.unreadyAt == at(7s));
    const UserId nurse = m_hospital.addUser(*m_store, "nurse");
    QCOMPARE(grantTo(nurse, "key").outcome, GrantOutcome::nothingReady);
    GOOD(m_store->recordReady(desktop.id, Incarnation(1), "ab12", at(9s)));
    facts = orDie(m_store->findDesktop(desktop.id)).desktop.incarnation;
    QVERIFY(facts.readyAt == at(9s));
    QVERIFY(!facts.unreadyAt);
}

void StoreContract::aLeasedDesktopIsNotEnded()
{
    const UserId nurse = m_hospital.addUser(*m_store, "nurse");
    const Desktop desktop = m_hospital.addReadyDesktop(*m_store, "ward-01");
    const Grant grant = grantTo(nurse, "key");
    REFUSED(m_store->beginEnding(desktop.id, Incarnation(1), EndReason::recycledByAdmin, at(1s)),
        Errc::conflict);
    check(m_store->closeLease(grant.lease->id, CloseReason::endedByAdmin, at(2s)));
    GOOD(m_store->beginEnding(desktop.id, Incarnation(1), EndReason::recycledByAdmin, at(3s)));
}

void StoreContract::aDomainBelongsToOneIncarnation_R4()
{
    const Desktop first = m_hospital.addDesktop(*m_store, "ward-01");
    Desktop second = m_hospital.desktop("ward-02");
    second.incarnation.domain = first.incarnation.domain;
    REFUSED(m_store->addDesktop(second, "10.20.0.2", "10.20.0.9"), Errc::conflict);
    // Nothing of the refused one is left.
    QCOMPARE(orDie(m_store->listDesktops()).size(), std::size_t(1));
    check(m_store->beginEnding(first.id, Incarnation(1), EndReason::loggedOff, at({})));
    check(m_store->recordEnded(first.id, Incarnation(1), DiskFate::removed, at({})));
    NewIncarnation next;
    next.desktop = first.id;
    next.number = Incarnation(2);
    next.domain = first.incarnation.domain;
    next.image = m_hospital.image;
    REFUSED(m_store->beginIncarnation(next), Errc::conflict);
}

void StoreContract::quarantineHidesADesktop()
{
    const UserId nurse = m_hospital.addUser(*m_store, "nurse");
    const Desktop desktop = m_hospital.addReadyDesktop(*m_store, "ward-01");
    GOOD(m_store->quarantine(desktop.id, "it looks odd", at(1s)));
    GOOD(m_store->quarantine(desktop.id, "another reason", at(2s)));
    const Desktop aside = orDie(m_store->findDesktop(desktop.id)).desktop;
    QVERIFY(aside.quarantinedAt == at(1s));
    QCOMPARE(aside.quarantineReason, std::string("it looks odd"));
    QCOMPARE(grantTo(nurse, "key").outcome, GrantOutcome::nothingReady);
    GOOD(m_store->releaseQuarantine(desktop.id));
    QVERIFY(!orDie(m_store->findDesktop(desktop.id)).desktop.quarantinedAt);
    QCOMPARE(grantTo(nurse, "key").outcome, GrantOutcome::granted);
    REFUSED(m_store->quarantine(DesktopId("none"), "x", at({})), Errc::notFound);
    REFUSED(m_store->releaseQuarantine(DesktopId("none")), Errc::notFound);
}

void StoreContract::bootstrapSecretsAreForLivingIncarnations()
{
    const Desktop desktop = m_hospital.addDesktop(*m_store, "ward-01");
    const SecretHash hash = desktop.incarnation.bootstrapHash;
    QCOMPARE(orDie(m_store->findByBootstrap(desktop.id, Incarnation(1), hash)).desktop.name,
        std::string("ward-01"));
    REFUSED(m_store->findByBootstrap(desktop.id, Incarnation(1), SecretHash("no")), Errc::notFound);
    REFUSED(m_store->findByBootstrap(desktop.id, Incarnation(2), hash), Errc::notFound);
    REFUSED(m_store->findByBootstrap(DesktopId("no"), Incarnation(1), hash), Errc::notFound);
    check(m_store->beginEnding(desktop.id, Incarnation(1), EndReason::poolShrunk, at({})));
    GOOD(m_store->findByBootstrap(desktop.id, Incarnation(1), hash));
    check(m_store->recordEnded(desktop.id, Incarnation(1), DiskFate::removed, at({})));
    REFUSED(m_store->findByBootstrap(desktop.id, Incarnation(1), hash), Errc::notFound);
}

void StoreContract::aRemovedDesktopKeepsItsHistory()
{
    const UserId nurse = m_hospital.addUser(*m_store, "nurse");
    const Desktop desktop = m_hospital.addReadyDesktop(*m_store, "ward-01");
    const Lease lease = *grantTo(nurse, "key").lease;
    check(m_store->closeLease(lease.id, CloseReason::loggedOff, at(1s)));
    check(m_store->beginEnding(desktop.id, Incarnation(1), EndReason::loggedOff, at(1s)));
    check(m_store->recordEnded(desktop.id, Incarnation(1), DiskFate::removed, at(1s)));
    GOOD(m_store->removeDesktop(desktop.id));
    REFUSED(m_store->findDesktop(desktop.id), Errc::notFound);
    QVERIFY(orDie(m_store->listDesktops()).empty());
    QVERIFY(orDie(m_store->listDesktops(m_hospital.pool)).empty());
    QCOMPARE(orDie(m_store->findLease(m_hospital.organisation, lease.id)).desktop, desktop.id);
    // R9: who has not heard the answer hears it, though there is nothing left to connect to.
    const Grant repeated = grantTo(nurse, "key");
    QVERIFY(repeated.outcome == GrantOutcome::repeated && repeated.lease->id == lease.id);
    QVERIFY(repeated.lease->closedAt && !repeated.desktop);
    REFUSED(m_store->recordStarted(desktop.id, Incarnation(1), at(2s)), Errc::notFound);
}

void StoreContract::grantsGiveEachUserOneDesktop_R1_R2()
{
    const UserId nurse = m_hospital.addUser(*m_store, "nurse");
    const UserId doctor = m_hospital.addUser(*m_store, "doctor");
    const UserId porter = m_hospital.addUser(*m_store, "porter");
    m_hospital.addReadyDesktop(*m_store, "ward-01");
    m_hospital.addReadyDesktop(*m_store, "ward-02");
    m_hospital.addDesktop(*m_store, "ward-03");
    const Grant first = grantTo(nurse, "a");
    const Grant second = grantTo(doctor, "b");
    QCOMPARE(first.outcome, GrantOutcome::granted);
    QCOMPARE(second.outcome, GrantOutcome::granted);
    QVERIFY(first.lease->desktop != second.lease->desktop);
    QVERIFY(second.lease->epoch > first.lease->epoch);
    QCOMPARE(first.desktop->id, first.lease->desktop);
    const Grant third = grantTo(porter, "c");
    QCOMPARE(third.outcome, GrantOutcome::nothingReady);
    QVERIFY(!third.lease && !third.desktop);
    QCOMPARE(orDie(m_store->listOpenLeases(m_hospital.organisation)).size(), std::size_t(2));
    QCOMPARE(orDie(m_store->listOpenLeasesOf(nurse)).size(), std::size_t(1));
    const DesktopRow row = orDie(m_store->findDesktop(first.lease->desktop));
    QVERIFY(row.lease.has_value());
    QCOMPARE(row.lease->user, nurse);
    QCOMPARE(row.lease->terminal, std::string("terminal-1"));
    QCOMPARE(orDie(m_store->listDesktops(m_hospital.pool)).size(), std::size_t(3));
    // What found nothing may be asked again with the same key.
    m_hospital.addReadyDesktop(*m_store, "ward-04");
    QCOMPARE(grantTo(porter, "c").outcome, GrantOutcome::granted);
    LeaseRequest request = m_hospital.request(nurse, "");
    REFUSED(m_store->grant(request), Errc::invalidArgument);
    request.idempotencyKey = "d";
    request.pool = PoolId("none");
    REFUSED(m_store->grant(request), Errc::notFound);
}

void StoreContract::aUserGetsTheSameDesktopAgain_R7()
{
    const UserId nurse = m_hospital.addUser(*m_store, "nurse");
    m_hospital.addReadyDesktop(*m_store, "ward-01");
    m_hospital.addReadyDesktop(*m_store, "ward-02");
    const Grant first = grantTo(nurse, "a");
    LeaseRequest request = m_hospital.request(nurse, "b", at(5s));
    request.terminal = "ward 7";
    const Grant again = orDie(m_store->grant(request));
    QCOMPARE(again.outcome, GrantOutcome::resumed);
    QCOMPARE(again.lease->id, first.lease->id);
    QVERIFY(again.lease->epoch > first.lease->epoch);
    QCOMPARE(again.lease->terminal, std::string("ward 7"));
    QCOMPARE(again.lease->grantedAt, first.lease->grantedAt);
    QCOMPARE(orDie(m_store->findLease(m_hospital.organisation, first.lease->id)).epoch,
        again.lease->epoch);
    // Set aside is not taken away.
    check(m_store->quarantine(first.lease->desktop, "odd", at(6s)));
    QCOMPARE(grantTo(nurse, "c").lease->id, first.lease->id);
    // A pool of its own is another desktop.
    const PoolId other = addPool("other");
    request = m_hospital.request(nurse, "d");
    request.pool = other;
    QCOMPARE(orDie(m_store->grant(request)).outcome, GrantOutcome::nothingReady);
}

void StoreContract::aRepeatedKeyGrantsNothingNew_R9()
{
    const UserId nurse = m_hospital.addUser(*m_store, "nurse");
    const UserId doctor = m_hospital.addUser(*m_store, "doctor");
    m_hospital.addReadyDesktop(*m_store, "ward-01");
    m_hospital.addReadyDesktop(*m_store, "ward-02");
    const Grant first = grantTo(nurse, "a");
    const Grant again = grantTo(nurse, "a", at(10min - 1ms));
    QCOMPARE(again.outcome, GrantOutcome::repeated);
    QCOMPARE(again.lease->id, first.lease->id);
    QCOMPARE(again.lease->epoch, first.lease->epoch);
    // The keys of one user are nobody else's.
    QCOMPARE(grantTo(doctor, "a").outcome, GrantOutcome::granted);
    LeaseRequest request = m_hospital.request(nurse, "a");
    request.pool = addPool("other");
    REFUSED(m_store->grant(request), Errc::conflict);
    // Also when the lease has ended meanwhile: a late retry must not take another desktop.
    check(m_store->closeLease(first.lease->id, CloseReason::loggedOff, at(1min)));
    m_hospital.addReadyDesktop(*m_store, "ward-03");
    const Grant late = grantTo(nurse, "a", at(2min));
    QCOMPARE(late.outcome, GrantOutcome::repeated);
    QVERIFY(late.lease->closedAt.has_value());
    const Grant next = grantTo(nurse, "a", at(10min));
    QCOMPARE(next.outcome, GrantOutcome::granted);
    QVERIFY(next.lease->id != first.lease->id);
}

void StoreContract::aUsedIncarnationIsNeverGrantedAgain_R1()
{
    const UserId nurse = m_hospital.addUser(*m_store, "nurse");
    const UserId doctor = m_hospital.addUser(*m_store, "doctor");
    const Desktop desktop = m_hospital.addReadyDesktop(*m_store, "ward-01");
    const Lease lease = *grantTo(nurse, "a").lease;
    check(m_store->closeLease(lease.id, CloseReason::loggedOff, at(1s)));
    QCOMPARE(grantTo(doctor, "b").outcome, GrantOutcome::nothingReady);
    QCOMPARE(grantTo(nurse, "c").outcome, GrantOutcome::nothingReady);
    recycle(desktop);
    const Grant grant = grantTo(doctor, "d");
    QCOMPARE(grant.outcome, GrantOutcome::granted);
    QCOMPARE(grant.lease->desktop, desktop.id);
    QCOMPARE(grant.lease->incarnation, Incarnation(2));
    QCOMPARE(
        orDie(m_store->findLease(m_hospital.organisation, lease.id)).incarnation, Incarnation(1));
}

void StoreContract::theImageOfThePoolIsPreferred()
{
    const UserId nurse = m_hospital.addUser(*m_store, "nurse");
    const UserId doctor = m_hospital.addUser(*m_store, "doctor");
    m_hospital.addReadyDesktop(*m_store, "ward-01");
    const ImageId next = m_hospital.addVersion(*m_store, "2");
    check(m_store->beginRollout(m_hospital.rollout(next), {}));
    m_hospital.image = next;
    const Desktop fresh = m_hospital.addReadyDesktop(*m_store, "ward-02");
    m_hospital.image = ImageId("image-1");
    QCOMPARE(grantTo(nurse, "a").lease->desktop, fresh.id);
    QCOMPARE(grantTo(doctor, "b").outcome, GrantOutcome::granted);
}

void StoreContract::aDisabledPoolGrantsNothing()
{
    const UserId nurse = m_hospital.addUser(*m_store, "nurse");
    const UserId doctor = m_hospital.addUser(*m_store, "doctor");
    m_hospital.addReadyDesktop(*m_store, "ward-01");
    m_hospital.addReadyDesktop(*m_store, "ward-02");
    const Grant grant = grantTo(nurse, "a");
    Pool pool = orDie(m_store->findPool(m_hospital.organisation, m_hospital.pool));
    pool.enabled = false;
    check(m_store->updatePool(pool));
    QCOMPARE(grantTo(doctor, "b").outcome, GrantOutcome::nothingReady);
    QCOMPARE(grantTo(nurse, "c").lease->id, grant.lease->id);
}

void StoreContract::connectionsFollowTheEpoch_R3()
{
    const UserId nurse = m_hospital.addUser(*m_store, "nurse");
    m_hospital.addReadyDesktop(*m_store, "ward-01");
    const Lease first = *grantTo(nurse, "a").lease;
    const Lease second = *grantTo(nurse, "b").lease;
    REFUSED(m_store->recordConnected(first.id, first.epoch, at(1s)), Errc::stale);
    GOOD(m_store->recordConnected(first.id, second.epoch, at(2s)));
    Lease lease = orDie(m_store->findLease(m_hospital.organisation, first.id));
    QVERIFY(lease.connectedAt == at(2s));
    QVERIFY(lease.firstConnectedAt == at(2s));
    GOOD(m_store->recordDisconnected(first.id, at(3s)));
    lease = orDie(m_store->findLease(m_hospital.organisation, first.id));
    QVERIFY(!lease.connectedAt);
    QVERIFY(lease.disconnectedAt == at(3s));
    GOOD(m_store->recordConnected(first.id, second.epoch, at(4s)));
    lease = orDie(m_store->findLease(m_hospital.organisation, first.id));
    QVERIFY(lease.firstConnectedAt == at(2s));
    QVERIFY(lease.connectedAt == at(4s));
    QVERIFY(!lease.disconnectedAt);
    REFUSED(m_store->recordConnected(LeaseId("none"), second.epoch, at({})), Errc::notFound);
    REFUSED(m_store->recordDisconnected(LeaseId("none"), at({})), Errc::notFound);
}

void StoreContract::reviewShutsTheDoor_R3()
{
    const UserId nurse = m_hospital.addUser(*m_store, "nurse");
    m_hospital.addReadyDesktop(*m_store, "ward-01");
    const Lease lease = *grantTo(nurse, "a").lease;
    GOOD(m_store->insertTicket({ SecretHash("ticket"), lease.id, lease.epoch, nurse, at(30s) }));
    const Lease reviewed = orDie(m_store->reviewLease(lease.id, at(1s)));
    QVERIFY(reviewed.epoch > lease.epoch);
    QVERIFY(orDie(m_store->findLease(m_hospital.organisation, lease.id)).epoch == reviewed.epoch);
    REFUSED(m_store->redeemTicket(SecretHash("ticket"), nurse, at(2s)), Errc::stale);
    REFUSED(m_store->recordConnected(lease.id, lease.epoch, at(2s)), Errc::stale);
    GOOD(m_store->recordConnected(lease.id, reviewed.epoch, at(3s)));
    REFUSED(m_store->reviewLease(lease.id, at(4s)), Errc::stale);
    GOOD(m_store->closeLease(lease.id, CloseReason::loggedOff, at(5s)));
    REFUSED(m_store->reviewLease(lease.id, at(6s)), Errc::stale);
    REFUSED(m_store->reviewLease(LeaseId("none"), at({})), Errc::notFound);
}

void StoreContract::closingALeaseIsIdempotent()
{
    const UserId nurse = m_hospital.addUser(*m_store, "nurse");
    m_hospital.addReadyDesktop(*m_store, "ward-01");
    const Lease lease = *grantTo(nurse, "a").lease;
    GOOD(m_store->closeLease(lease.id, CloseReason::loggedOff, at(1s)));
    GOOD(m_store->closeLease(lease.id, CloseReason::desktopLost, at(2s)));
    const Lease closed = orDie(m_store->findLease(m_hospital.organisation, lease.id));
    QVERIFY(closed.closedAt == at(1s));
    QVERIFY(closed.closeReason == CloseReason::loggedOff);
    QVERIFY(orDie(m_store->listOpenLeasesOf(nurse)).empty());
    REFUSED(m_store->recordConnected(lease.id, lease.epoch, at(3s)), Errc::stale);
    GOOD(m_store->recordDisconnected(lease.id, at(3s)));
    REFUSED(m_store->closeLease(LeaseId("none"), CloseReason::loggedOff, at({})), Errc::notFound);
}

void StoreContract::ticketsWorkOnce_S1()
{
    const UserId nurse = m_hospital.addUser(*m_store, "nurse");
    const UserId doctor = m_hospital.addUser(*m_store, "doctor");
    m_hospital.addReadyDesktop(*m_store, "ward-01");
    const Lease lease = *grantTo(nurse, "a").lease;
    NewTicket ticket;
    ticket.hash = SecretHash("ticket");
    ticket.lease = lease.id;
    ticket.epoch = lease.epoch;
    ticket.user = nurse;
    ticket.expiresAt = at(30s);
    GOOD(m_store->insertTicket(ticket));
    REFUSED(m_store->insertTicket(ticket), Errc::conflict);
    REFUSED(m_store->redeemTicket(ticket.hash, doctor, at(1s)), Errc::stale);
    REFUSED(m_store->redeemTicket(SecretHash("guessed"), nurse, at(1s)), Errc::stale);
    REFUSED(m_store->redeemTicket(ticket.hash, nurse, at(30s)), Errc::stale);
    const RedeemedTicket redeemed = orDie(m_store->redeemTicket(ticket.hash, nurse, at(1s)));
    QCOMPARE(redeemed.lease.id, lease.id);
    QCOMPARE(redeemed.desktop.id, lease.desktop);
    REFUSED(m_store->redeemTicket(ticket.hash, nurse, at(1s)), Errc::stale);
    ticket.hash = SecretHash("lost");
    ticket.lease = LeaseId("none");
    REFUSED(m_store->insertTicket(ticket), Errc::conflict);
}

void StoreContract::ticketsOfOldEpochsAreStale_S1_R3()
{
    const UserId nurse = m_hospital.addUser(*m_store, "nurse");
    m_hospital.addReadyDesktop(*m_store, "ward-01");
    Lease lease = *grantTo(nurse, "a").lease;
    NewTicket ticket;
    ticket.hash = SecretHash("old");
    ticket.lease = lease.id;
    ticket.epoch = lease.epoch;
    ticket.user = nurse;
    ticket.expiresAt = at(30s);
    check(m_store->insertTicket(ticket));
    lease = *grantTo(nurse, "b").lease;
    REFUSED(m_store->redeemTicket(ticket.hash, nurse, at(1s)), Errc::stale);
    ticket.hash = SecretHash("new");
    ticket.epoch = lease.epoch;
    check(m_store->insertTicket(ticket));
    check(m_store->closeLease(lease.id, CloseReason::loggedOff, at(1s)));
    REFUSED(m_store->redeemTicket(ticket.hash, nurse, at(2s)), Errc::stale);
}

void StoreContract::auditIsAChain_A10()
{
    QCOMPARE(orDie(m_store->verifyAudit()), std::int64_t(0));
    AuditRecord record;
    record.organisation = m_hospital.organisation;
    record.actor = "admin";
    record.action = "pool.create";
    record.outcome = "done";
    for (int i = 0; i < 5; ++i) {
        record.at = at(std::chrono::seconds(i));
        record.object = "pool " + std::to_string(i);
        GOOD(m_store->appendAudit(record));
    }
    const std::vector<AuditRecord> all = orDie(m_store->listAudit(m_hospital.organisation, 0, 100));
    QCOMPARE(all.size(), std::size_t(5));
    for (std::size_t i = 0; i < all.size(); ++i) {
        QCOMPARE(all[i].number, static_cast<std::int64_t>(i) + 1);
        QCOMPARE(all[i].hash.size(), std::size_t(64));
        QCOMPARE(all[i].object, "pool " + std::to_string(i));
        QCOMPARE(all[i].at, at(std::chrono::seconds(i)));
    }
    const std::vector<AuditRecord> newest
        = orDie(m_store->listAudit(m_hospital.organisation, 1, 2));
    QCOMPARE(newest.size(), std::size_t(2));
    QCOMPARE(newest.front().number, std::int64_t(4));
    QCOMPARE(newest.back().number, std::int64_t(5));
    QVERIFY(orDie(m_store->listAudit(m_hospital.organisation, 5, 2)).empty());
    QCOMPARE(orDie(m_store->verifyAudit()), std::int64_t(0));
}

void StoreContract::epochsAreNeverGivenTwice_R3()
{
    const UserId nurse = m_hospital.addUser(*m_store, "nurse");
    m_hospital.addReadyDesktop(*m_store, "ward-01");
    const Epoch first = orDie(m_store->nextEpoch());
    const Epoch second = grantTo(nurse, "a").lease->epoch;
    const Epoch third = orDie(m_store->nextEpoch());
    QVERIFY(first < second);
    QVERIFY(second < third);
}

void StoreContract::purgeDropsOnlyWhatIsOver()
{
    const UserId nurse = m_hospital.addUser(*m_store, "nurse");
    m_hospital.addReadyDesktop(*m_store, "ward-01");
    const Lease lease = *grantTo(nurse, "a").lease;
    NewToken token;
    token.hash = SecretHash("token");
    token.user = nurse;
    token.organisation = m_hospital.organisation;
    token.expiresAt = at(1h);
    check(m_store->insertToken(token));
    NewTicket ticket;
    ticket.hash = SecretHash("ticket");
    ticket.lease = lease.id;
    ticket.epoch = lease.epoch;
    ticket.user = nurse;
    ticket.expiresAt = at(30s);
    check(m_store->insertTicket(ticket));
    check(m_store->recordSignInFailure("account:nurse", at({})));

    GOOD(m_store->purge(at(29s)));
    QCOMPARE(grantTo(nurse, "a").outcome, GrantOutcome::repeated);
    GOOD(m_store->findTokenOwner(token.hash, at({})));
    QCOMPARE(orDie(m_store->countSignInFailures("account:nurse", at({}))), 1);
    GOOD(m_store->redeemTicket(ticket.hash, nurse, at(29s)));

    GOOD(m_store->purge(at(48h)));
    QCOMPARE(orDie(m_store->countSignInFailures("account:nurse", at({}))), 0);
    REFUSED(m_store->findTokenOwner(token.hash, at({})), Errc::unauthenticated);
    GOOD(m_store->insertTicket(ticket)); // the row is gone
    QCOMPARE(grantTo(nurse, "a").outcome, GrantOutcome::resumed); // so is the key
    GOOD(m_store->findLease(m_hospital.organisation, lease.id));
}

void StoreContract::textSurvivesAsItIs()
{
    const std::string odd = "Übung'; DROP TABLE users; -- \"\\ \xe2\x82\xac\xf0\x9f\x8f\xa5 :id ?";
    User user;
    user.id = UserId(odd);
    user.organisation = m_hospital.organisation;
    user.name = odd;
    user.displayName = "";
    user.passwordHash = "";
    check(m_store->insertUser(user));
    const User found = orDie(m_store->findUser(UserId(odd)));
    QCOMPARE(found.name, odd);
    QCOMPARE(found.displayName, std::string());
}

void StoreContract::probeNamesTheStore()
{
    QVERIFY(!orDie(m_store->probe()).empty());
}

QTEST_GUILESS_MAIN(StoreContract)
#include "tst_storecontract.moc"
