// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/signinlimits.h"
#include "tests/broker/service/world.h"

#include <QtTest>

using namespace wardesk;
using namespace wardesk::broker;
using namespace wardesk::broker::test;

class tst_SignIns : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void goodPassword();
    void wrongPasswordAndUnknownUserReadTheSame();
    void A1_anUnknownUserCostsAHashToo();
    void A2_fiveFailuresLockThatPlaceOnly();
    void A2_aBurstInParallelGetsNoMoreTries();
    void A2_otherWaysToWriteAnAccountGetNoMoreTries();
    void A2_accountsAndAddressesAreDelayedNeverLocked();
    void successForgetsFailures();
    void A5_tokensAreHashedAndRevoked();
    void tokensEndAfterTwelveHours();
    void passwordChangeEndsEverything();
    void disabledUsersDoNotComeIn();
    void A5_switchingOffEndsEverySignIn();
    void switchingOffLeavesSessionsUnlessTheirEndIsAskedFor();
    void nobodySwitchesThemselvesOff();
    void A5_theEventsEndWithTheToken();
    void R14_signingInWorksOnAFullDisk();
    void A5_aTokenOfAFullDiskEndsWithThePassword();
    void A5_aSignInThatAPasswordChangeOvertookIsRefused();
    void A9_aNameThatMayBeAPasswordIsNotWritten();

private:
    static Result<wire::SignedIn> signIn(World& world, const std::string& user,
        const std::string& password, const std::string& address = "192.0.2.1");
    static Result<Principal> authenticate(World& world, const std::string& token);
    static Result<wire::UserItem> change(World& world, const Principal& admin,
        const std::string& user, const wire::UserChange& wanted);
};

Result<wire::UserItem> tst_SignIns::change(
    World& world, const Principal& admin, const std::string& user, const wire::UserChange& wanted)
{
    return world.await<wire::UserItem>([&](Done<wire::UserItem> done) {
        world.users.change(admin, user, wanted, std::move(done));
    });
}

Result<wire::SignedIn> tst_SignIns::signIn(
    World& world, const std::string& user, const std::string& password, const std::string& address)
{
    wire::SignIn request;
    request.user = user;
    request.password = password;
    request.terminal = "ward-1";
    return world.await<wire::SignedIn>([&](Done<wire::SignedIn> done) {
        world.signIns.signIn(request, address, std::move(done));
    });
}

Result<Principal> tst_SignIns::authenticate(World& world, const std::string& token)
{
    return world.await<Principal>([&](Done<Principal> done) {
        world.signIns.authenticate(token, "192.0.2.1", std::move(done));
    });
}

void tst_SignIns::goodPassword()
{
    World world;
    world.addUser("nurse");
    const auto signedIn = signIn(world, "Nurse", "secret-nurse");
    QVERIFY2(signedIn, signedIn ? "" : signedIn.error().detail.c_str());
    QCOMPARE(QString::fromStdString(signedIn->user), QStringLiteral("nurse"));
    const auto who = authenticate(world, signedIn->token);
    QVERIFY(who);
    QCOMPARE(QString::fromStdString(who->terminal), QStringLiteral("ward-1"));
    QCOMPARE(world.countAudit("session.signIn"), std::size_t(1));
}

void tst_SignIns::wrongPasswordAndUnknownUserReadTheSame()
{
    World world;
    world.addUser("nurse");
    const auto wrong = signIn(world, "nurse", "x");
    const auto unknown = signIn(world, "nobody", "x");
    QVERIFY(!wrong && !unknown);
    QCOMPARE(wrong.error().code, Errc::wrongCredentials);
    QCOMPARE(unknown.error().code, Errc::wrongCredentials);
    QCOMPARE(wrong.error().detail, unknown.error().detail);
    QCOMPARE(world.countAudit("session.signIn"), std::size_t(2));
}

void tst_SignIns::A1_anUnknownUserCostsAHashToo()
{
    World world;
    QVERIFY(!signIn(world, "nobody", "x"));
    QCOMPARE(world.hasher.verified, 1);
}

void tst_SignIns::A2_fiveFailuresLockThatPlaceOnly()
{
    World world;
    world.addUser("nurse");
    for (int i = 0; i < maxFailuresOfPair; ++i)
        QCOMPARE(signIn(world, "nurse", "x").error().code, Errc::wrongCredentials);
    const int before = world.hasher.verified;
    QCOMPARE(signIn(world, "nurse", "secret-nurse").error().code, Errc::tooMany);
    QCOMPARE(world.hasher.verified, before);
    QVERIFY(signIn(world, "nurse", "secret-nurse", "192.0.2.2"));
    world.advance(std::chrono::minutes(6));
    QVERIFY(signIn(world, "nurse", "secret-nurse"));
}

void tst_SignIns::A2_aBurstInParallelGetsNoMoreTries()
{
    World world;
    world.addUser("nurse");
    int wrong = 0;
    int refused = 0;
    for (int i = 0; i < 20; ++i) {
        wire::SignIn request;
        request.user = "nurse";
        request.password = "guess";
        world.signIns.signIn(request, "192.0.2.1", [&](const Result<wire::SignedIn>& result) {
            (result.error().code == Errc::tooMany ? refused : wrong) += 1;
        });
    }
    world.settle();
    QCOMPARE(wrong, maxFailuresOfPair);
    QCOMPARE(refused, 20 - maxFailuresOfPair);
}

void tst_SignIns::A2_otherWaysToWriteAnAccountGetNoMoreTries()
{
    World world;
    QVERIFY(world.store.ensureOrganisation(world.organisation, "hospital"));
    world.addUser("nurse");
    int wrong = 0;
    for (const char* organisation : { "", "hospital" }) {
        for (const char* name : { "nurse", "NURSE", "nur\u017fe" }) {
            for (int i = 0; i < maxFailuresOfPair; ++i) {
                wire::SignIn request;
                request.user = name;
                request.password = "guess";
                if (*organisation != '\0')
                    request.organisation = organisation;
                const auto result = world.await<wire::SignedIn>([&](Done<wire::SignedIn> done) {
                    world.signIns.signIn(request, "192.0.2.1", std::move(done));
                });
                wrong += result.error().code == Errc::wrongCredentials ? 1 : 0;
            }
        }
    }
    QCOMPARE(wrong, maxFailuresOfPair);
    QCOMPARE(world.hasher.verified, maxFailuresOfPair);
}

void tst_SignIns::A2_accountsAndAddressesAreDelayedNeverLocked()
{
    QVERIFY(!judge({ .pair = 0, .address = 0, .account = 1000000 }).refused);
    QVERIFY(judge({ .pair = 0, .address = 0, .account = 1000000 }).delay.count() > 0);
    QCOMPARE(judge({ .pair = 0, .address = 0, .account = 5 }).delay.count(), 0);
    QVERIFY(!judge({ .pair = 0, .address = 1000000, .account = 0 }).refused);
    QVERIFY(judge({ .pair = 0, .address = 1000000, .account = 0 }).delay.count() > 0);
    QCOMPARE(judge({ .pair = 0, .address = 50, .account = 0 }).delay.count(), 0);
}

void tst_SignIns::successForgetsFailures()
{
    World world;
    world.addUser("nurse");
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i + 1 < maxFailuresOfPair; ++i)
            QVERIFY(!signIn(world, "nurse", "x"));
        QVERIFY(signIn(world, "nurse", "secret-nurse"));
    }
}

void tst_SignIns::A5_tokensAreHashedAndRevoked()
{
    World world;
    world.addUser("nurse");
    const auto signedIn = signIn(world, "nurse", "secret-nurse");
    const auto who = authenticate(world, signedIn->token);
    QVERIFY(who);
    QVERIFY(who->token.value() != signedIn->token);
    auto events = std::make_shared<FakeEvents>();
    std::ignore = world.events.attach(*who, events);
    QVERIFY(
        world.await<bool>([&](Done<bool> done) { world.signIns.signOut(*who, std::move(done)); }));
    const auto after = authenticate(world, signedIn->token);
    QVERIFY(!after);
    QCOMPARE(after.error().code, Errc::unauthenticated);
    QCOMPARE(events->count(wire::EventKind::signedOut), std::size_t(1));
    QVERIFY(events->closed);
}

void tst_SignIns::tokensEndAfterTwelveHours()
{
    World world;
    world.addUser("nurse");
    const auto signedIn = signIn(world, "nurse", "secret-nurse");
    world.advance(std::chrono::hours(11));
    QVERIFY(authenticate(world, signedIn->token));
    world.advance(std::chrono::hours(2));
    QVERIFY(!authenticate(world, signedIn->token));
}

void tst_SignIns::passwordChangeEndsEverything()
{
    World world;
    world.addUser("nurse");
    const auto signedIn = signIn(world, "nurse", "secret-nurse");
    const auto who = authenticate(world, signedIn->token);
    auto events = std::make_shared<FakeEvents>();
    std::ignore = world.events.attach(*who, events);
    QVERIFY(world.await<bool>([&](Done<bool> done) {
        world.users.setPassword(world.addUser("admin", Role::administrator), "nurse",
            { "a new password" }, std::move(done));
    }));
    QVERIFY(events->closed);
    QVERIFY(!authenticate(world, signedIn->token));
    QVERIFY(!signIn(world, "nurse", "secret-nurse"));
    QVERIFY(signIn(world, "nurse", "a new password"));
    QCOMPARE(world.countAudit("user.password"), std::size_t(1));
}

void tst_SignIns::disabledUsersDoNotComeIn()
{
    World world;
    User user;
    user.id = UserId("u");
    user.organisation = world.organisation;
    user.name = "gone";
    user.disabled = true;
    user.passwordHash = "hash of secret-gone";
    QVERIFY(world.store.insertUser(user));
    QCOMPARE(signIn(world, "gone", "secret-gone").error().code, Errc::wrongCredentials);
}

void tst_SignIns::A5_switchingOffEndsEverySignIn()
{
    World world;
    const Principal admin = world.addUser("admin", Role::administrator);
    world.addUser("nurse");
    const auto signedIn = signIn(world, "nurse", "secret-nurse");
    const auto who = authenticate(world, signedIn->token);
    QVERIFY(who);
    auto events = std::make_shared<FakeEvents>();
    std::ignore = world.events.attach(*who, events);
    const auto off = change(world, admin, "Nurse", { .disabled = true, .endSessions = {} });
    QVERIFY2(off, off ? "" : off.error().detail.c_str());
    QVERIFY(off->disabled);
    QVERIFY(events->closed);
    QCOMPARE(events->count(wire::EventKind::signedOut), std::size_t(1));
    QVERIFY(!authenticate(world, signedIn->token));
    QVERIFY(!signIn(world, "nurse", "secret-nurse"));
    QVERIFY(!change(world, admin, "nurse", { .disabled = false, .endSessions = {} })->disabled);
    QVERIFY(!authenticate(world, signedIn->token)); // an ended token does not come back
    QVERIFY(signIn(world, "nurse", "secret-nurse"));
    QCOMPARE(world.countAudit("user.change"), std::size_t(2));
    QCOMPARE(change(world, admin, "nobody", { .disabled = true, .endSessions = {} }).error().code,
        Errc::notFound);
}

void tst_SignIns::switchingOffLeavesSessionsUnlessTheirEndIsAskedFor()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 1);
    world.bootDesktops();
    const Principal admin = world.addUser("admin", Role::administrator);
    const Principal nurse = world.addUser("nurse");
    const auto granted = world.connect(nurse, pool, "key-of-nurse");
    QVERIFY(granted && world.redeem(nurse, *granted->ticket));
    world.agentOf("ward-01")->session(wire::SessionState::connected);
    QVERIFY(change(world, admin, "nurse", { .disabled = true, .endSessions = {} }));
    world.advance(std::chrono::minutes(10));
    const LeaseId lease(*granted->lease);
    QVERIFY(!world.store.findLease(world.organisation, lease)->closedAt); // R7
    QVERIFY(!change(world, admin, "nurse", { .disabled = false, .endSessions = true }));
    QVERIFY(change(world, admin, "nurse", { .disabled = true, .endSessions = true }));
    world.bootDesktops();
    const auto closed = world.store.findLease(world.organisation, lease);
    QVERIFY(closed->closedAt);
    QCOMPARE(*closed->closeReason, CloseReason::endedByAdmin);
    QCOMPARE(world.row("ward-01").desktop.incarnation.number.value(), 2LL);
}

void tst_SignIns::nobodySwitchesThemselvesOff()
{
    World world;
    const Principal admin = world.addUser("admin", Role::administrator);
    const auto off = change(world, admin, "admin", { .disabled = true, .endSessions = {} });
    QVERIFY(!off);
    QCOMPARE(off.error().code, Errc::conflict);
    QVERIFY(!world.store.findUser(admin.user.id)->disabled);
}

void tst_SignIns::A5_theEventsEndWithTheToken()
{
    World world;
    world.addUser("nurse");
    const auto signedIn = signIn(world, "nurse", "secret-nurse");
    const auto who = authenticate(world, signedIn->token);
    auto events = std::make_shared<FakeEvents>();
    std::ignore = world.events.attach(*who, events);
    auto gone = std::make_shared<FakeEvents>();
    world.events.detach(world.events.attach(*who, gone));
    world.advance(std::chrono::hours(12) - std::chrono::minutes(1));
    QVERIFY(!events->closed);
    world.advance(std::chrono::minutes(2));
    QVERIFY(events->closed);
    QCOMPARE(events->count(wire::EventKind::signedOut), std::size_t(1));
    QVERIFY(!gone->closed);
    QCOMPARE(world.events.count(), std::size_t(0));
}

void tst_SignIns::R14_signingInWorksOnAFullDisk()
{
    World world;
    world.addUser("nurse");
    world.store.setFull(true);
    const auto signedIn = signIn(world, "nurse", "secret-nurse");
    QVERIFY2(signedIn, signedIn ? "" : signedIn.error().detail.c_str());
    const auto who = authenticate(world, signedIn->token);
    QVERIFY(who);
    QVERIFY(
        world.await<bool>([&](Done<bool> done) { world.signIns.signOut(*who, std::move(done)); }));
    QVERIFY(!authenticate(world, signedIn->token));
}

void tst_SignIns::A5_aTokenOfAFullDiskEndsWithThePassword()
{
    World world;
    world.addUser("nurse");
    world.store.setFull(true);
    const auto signedIn = signIn(world, "nurse", "secret-nurse");
    QVERIFY(signedIn);
    world.store.setFull(false);
    QVERIFY(authenticate(world, signedIn->token));
    QVERIFY(world.await<bool>([&](Done<bool> done) {
        world.users.setPassword(world.addUser("admin", Role::administrator), "nurse",
            { "a new password" }, std::move(done));
    }));
    const auto after = authenticate(world, signedIn->token);
    QVERIFY(!after);
    QCOMPARE(after.error().code, Errc::unauthenticated);
}

void tst_SignIns::A5_aSignInThatAPasswordChangeOvertookIsRefused()
{
    World world;
    world.addUser("nurse");
    std::optional<Result<wire::SignedIn>> answer;
    wire::SignIn request;
    request.user = "nurse";
    request.password = "secret-nurse";
    world.signIns.signIn(
        request, "192.0.2.1", [&](Result<wire::SignedIn> result) { answer = std::move(result); });
    QVERIFY(world.storeLane.runOne()); // the account is looked up
    QVERIFY(world.main.runOne());
    QVERIFY(world.hashLane.runOne()); // its password is right
    const auto nurse = world.store.findUserByName(world.organisation, "nurse");
    QVERIFY(world.store.setPasswordHash(nurse->id, "hash of a new password"));
    world.settle();
    QVERIFY(answer);
    QVERIFY(!*answer);
    QCOMPARE(answer->error().code, Errc::wrongCredentials);
    QCOMPARE(world.countAudit("session.signIn"), std::size_t(1));
}

void tst_SignIns::A9_aNameThatMayBeAPasswordIsNotWritten()
{
    World world;
    QVERIFY(!signIn(world, "Hunter2-typed-in-the-wrong-field", "x"));
    for (const AuditRecord& record : world.audit()) {
        QVERIFY(record.actor.find("Hunter2") == std::string::npos);
        QVERIFY(record.detail.find("Hunter2") == std::string::npos);
        QVERIFY(record.object.find("Hunter2") == std::string::npos);
    }
}

QTEST_GUILESS_MAIN(tst_SignIns)
#include "tst_signins.moc"
