// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/store/storefixture.h"
#include "tests/contract/store/storeundertest.h"

#include <QTest>
#include <algorithm>

using namespace wardesk;
using namespace wardesk::broker;
using namespace std::chrono_literals;
using std::chrono::days;
using test::at;
using test::check;
using test::Hospital;
using test::orDie;

namespace {

const UserGroupId nurses("group-nurses");
const UserGroupId doctors("group-doctors");
const UserGroupId strangers("group-strangers"); ///< of the other hospital
const TerminalGroupId intensiveCare("terminals-icu");
const TerminalGroupId elsewhere("terminals-elsewhere"); ///< of the other hospital
const UserId anna("user-anna");
const UserId bert("user-bert");
const UserId zoe("user-zoe"); ///< of the other hospital

Entitlement forEverybody()
{
    Entitlement entitlement;
    entitlement.createdAt = at(1s);
    entitlement.createdBy = "admin";
    return entitlement;
}

Entitlement forUser(const UserId& user)
{
    Entitlement entitlement = forEverybody();
    entitlement.subject = SubjectKind::user;
    entitlement.user = user;
    return entitlement;
}

Entitlement forGroup(const UserGroupId& group)
{
    Entitlement entitlement = forEverybody();
    entitlement.subject = SubjectKind::group;
    entitlement.group = group;
    return entitlement;
}

Entitlement onlyAt(const TerminalGroupId& terminals, Entitlement entitlement)
{
    entitlement.terminals = terminals;
    return entitlement;
}

Entitlement onlyDuring(const WeekHours& hours, Entitlement entitlement)
{
    entitlement.hours = hours;
    return entitlement;
}

constexpr WeekHours nights { .weekdays = 0x1F, .from = 22h + 30min, .to = 6h };

/// One of each kind, with and without all that may be missing.
std::vector<Entitlement> manyKinds()
{
    std::vector<Entitlement> all { forGroup(nurses),
        onlyAt(intensiveCare, onlyDuring(nights, forEverybody())), forUser(bert),
        onlyAt(intensiveCare, forGroup(doctors)), forEverybody(),
        onlyDuring(nights, forUser(anna)) };
    all[0].firstDay = Day(days(20446));
    all[2].lastDay = Day(days(20448));
    // What is zero is not the same as what is missing.
    all[3].firstDay = all[3].lastDay = Day(days(0));
    all[3].hours = WeekHours { .weekdays = 1, .from = 0min, .to = 0min };
    all[4].createdAt = at(12'345ms);
    all[4].createdBy = "administrator \u00fc";
    all[5].hours->to = 24h;
    return all;
}

}

Q_DECLARE_METATYPE(wardesk::broker::Entitlement)

/// Groups, entitlements and limits; each function runs once for each store.
class StoreEntitlements : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase_data() { test::addStoreRows(); }
    void init();
    void cleanup() { m_under.reset(); }

    void userGroupsComeBackAsTheyWere();
    void aUserGroupsNameIsTakenOnce();
    void onlyItsOwnUsersAreInAGroup_A7();
    void membersAreAddedAndRemoved();
    void membersAreChangedWholeOrNotAtAll_A7();
    void anotherOrganisationsUserGroupIsNotFound_A7();
    void aUserGroupInUseIsKept();
    void terminalGroupsComeBackAsTheyWere();
    void aTerminalGroupsNameIsTakenOnce();
    void patternsAreReplacedWhole();
    void anotherOrganisationsTerminalGroupIsNotFound_A7();
    void aTerminalGroupInUseIsKept();

    void entitlementsComeBackAsTheyWere();
    void entitlementsAreReplacedWhole();
    void accessIsChangedOnlyFromWhatIsThere();
    void whatTheOrganisationHasNotIsNotEntitled_A7_data();
    void whatTheOrganisationHasNotIsNotEntitled_A7();
    void anotherOrganisationsPoolIsNotFound_A7();
    void aPoolIsDeletedWithItsEntitlements();

    void rightsAreOfWhomTheyName();
    void rightsAreOfThisPool();
    void rightsTellTheTerminals();
    void rightsFollowTheMembers();

    void limitsComeBackAsTheyWere();
    void limitsAreOfOneOrganisation_A7();
    void changingAPoolLeavesThem();

    void aPoolLimitHoldsBackTheNext();
    void aPoolLimitCountsItsOwnSessions();
    void aUserLimitHoldsBackTheNext();
    void aUserLimitIsOfOneOrganisation_A7();
    void aLimitBelowWhatIsOpenEndsNothing();
    void aReplacedDesktopIsNotCountedTwice();

private:
    Store& store() { return m_under->store(); }
    void addGroups();
    Hospital addPool(const std::string& name);
    void addReadyOn(const Hospital& where, const std::string& name, const HostId& host);
    std::vector<UserGroup> userGroups();
    std::vector<UserId> members();
    std::vector<TerminalGroup> terminalGroups();
    std::vector<Entitlement> entitlements();
    Result<void> entitle(const std::vector<Entitlement>& entitlements);
    bool hasRights(const UserId& user, const std::vector<Entitlement>& expected);
    Grant ask(const Hospital& where, const UserId& user, const std::string& key);

    std::unique_ptr<test::StoreUnderTest> m_under;
    Hospital m_hospital;
    Hospital m_other; ///< another organisation on the same database
};

void StoreEntitlements::init()
{
    QFETCH_GLOBAL(test::StoreKind, kind);
    m_under = std::make_unique<test::StoreUnderTest>(kind);
    m_hospital = {};
    m_hospital.build(store());
    QCOMPARE(m_hospital.addUser(store(), "anna"), anna);
    QCOMPARE(m_hospital.addUser(store(), "bert"), bert);

    m_other = {};
    m_other.organisation = OrganisationId("org-2");
    m_other.image = ImageId("image-other");
    m_other.pool = PoolId("pool-other");
    orDie(store().ensureOrganisation(m_other.organisation, "another hospital"));
    Image image = orDie(store().findImage(m_hospital.image));
    image.id = m_other.image;
    image.organisation = m_other.organisation;
    check(store().insertImage(image));
    Pool pool = orDie(store().findPool(m_hospital.organisation, m_hospital.pool));
    pool.id = m_other.pool;
    pool.organisation = m_other.organisation;
    pool.image = m_other.image;
    check(store().insertPool(pool));
    QCOMPARE(m_other.addUser(store(), "zoe"), zoe);
}

/// Without members; one of each kind in the other hospital, too.
void StoreEntitlements::addGroups()
{
    check(store().insertUserGroup({ nurses, m_hospital.organisation, "Nurses", {} }));
    check(store().insertUserGroup({ doctors, m_hospital.organisation, "Doctors", {} }));
    check(store().insertUserGroup({ strangers, m_other.organisation, "Strangers", { zoe } }));
    check(store().insertTerminalGroup(
        { intensiveCare, m_hospital.organisation, "Intensive care", { "icu-*", "er-?" } }));
    check(store().insertTerminalGroup({ elsewhere, m_other.organisation, "Elsewhere", { "*" } }));
}

/// The same hospital with another pool of its own.
Hospital StoreEntitlements::addPool(const std::string& name)
{
    Pool pool = orDie(store().findPool(m_hospital.organisation, m_hospital.pool));
    pool.id = PoolId("pool-" + name);
    pool.name = name;
    check(store().insertPool(pool));
    Hospital hospital = m_hospital;
    hospital.pool = pool.id;
    return hospital;
}

void StoreEntitlements::addReadyOn(
    const Hospital& where, const std::string& name, const HostId& host)
{
    Desktop desktop = where.desktop(name);
    desktop.host = host;
    orDie(store().addDesktop(desktop, where.firstAddress, where.lastAddress));
    check(store().recordStarted(desktop.id, Incarnation(1), at(1s)));
    check(store().recordReady(desktop.id, Incarnation(1), "AA", at(2s)));
}

std::vector<UserGroup> StoreEntitlements::userGroups()
{
    return orDie(store().listUserGroups(m_hospital.organisation));
}

/// Of the nurses.
std::vector<UserId> StoreEntitlements::members()
{
    for (const UserGroup& group : userGroups()) {
        if (group.id == nurses)
            return group.members;
    }
    test::die({ Errc::notFound, "there is no group of nurses" });
}

std::vector<TerminalGroup> StoreEntitlements::terminalGroups()
{
    return orDie(store().listTerminalGroups(m_hospital.organisation));
}

std::vector<Entitlement> StoreEntitlements::entitlements()
{
    return orDie(store().listEntitlements(m_hospital.pool));
}

Result<void> StoreEntitlements::entitle(const std::vector<Entitlement>& entitlements)
{
    return store().replaceEntitlements(m_hospital.organisation, m_hospital.pool, entitlements);
}

/// Just these, in any order.
bool StoreEntitlements::hasRights(const UserId& user, const std::vector<Entitlement>& expected)
{
    std::vector<Entitlement> found;
    for (const Right& right : orDie(store().rightsOf(m_hospital.pool, user)))
        found.push_back(right.entitlement);
    return std::is_permutation(found.begin(), found.end(), expected.begin(), expected.end());
}

Grant StoreEntitlements::ask(const Hospital& where, const UserId& user, const std::string& key)
{
    return orDie(store().grant(where.request(user, key)));
}

void StoreEntitlements::userGroupsComeBackAsTheyWere()
{
    QVERIFY(userGroups().empty());
    const UserId cleo = m_hospital.addUser(store(), "cleo");
    const UserGroup ward { UserGroupId("group-1"), m_hospital.organisation, "Ward \u00fc", {} };
    UserGroup night { UserGroupId("group-2"), m_hospital.organisation, "Night", { cleo, anna } };
    const UserGroup admission { UserGroupId("group-3"), m_hospital.organisation, "Admission",
        { bert, cleo } };
    const UserGroup theirs { UserGroupId("group-4"), m_other.organisation, "Night", { zoe } };
    for (const UserGroup& group : { ward, night, theirs, admission })
        check(store().insertUserGroup(group));
    night.members = { anna, cleo };
    QVERIFY(userGroups() == (std::vector { admission, night, ward }));
    QVERIFY(orDie(store().listUserGroups(m_other.organisation)) == std::vector { theirs });
}

void StoreEntitlements::aUserGroupsNameIsTakenOnce()
{
    const UserGroup first { nurses, m_hospital.organisation, "\u00c4rzte", { anna } };
    check(store().insertUserGroup(first));
    UserGroup second { doctors, m_hospital.organisation, "\u00e4RZTE", { bert } };
    REFUSED(store().insertUserGroup(second), Errc::conflict);
    second.name = first.name;
    REFUSED(store().insertUserGroup(second), Errc::conflict);
    QVERIFY(userGroups() == std::vector { first });
    // It is free where another organisation, or where no person, is called so.
    check(store().insertUserGroup({ strangers, m_other.organisation, first.name, {} }));
    check(store().insertTerminalGroup({ intensiveCare, m_hospital.organisation, first.name, {} }));
}

void StoreEntitlements::onlyItsOwnUsersAreInAGroup_A7()
{
    UserGroup group { nurses, m_hospital.organisation, "Nurses", { anna, zoe } };
    REFUSED(store().insertUserGroup(group), Errc::notFound);
    group.members = { bert, UserId("user-unknown") };
    REFUSED(store().insertUserGroup(group), Errc::notFound);
    QVERIFY(userGroups().empty());
    group.members = { bert };
    check(store().insertUserGroup(group)); // neither its name nor its id was taken
    QVERIFY(userGroups() == std::vector { group });
}

void StoreEntitlements::membersAreAddedAndRemoved()
{
    addGroups();
    const UserId cleo = m_hospital.addUser(store(), "cleo");
    const auto change = [&](const std::vector<UserId>& add, const std::vector<UserId>& remove) {
        check(store().changeMembers(m_hospital.organisation, nurses, add, remove));
        return members();
    };
    QVERIFY(change({ cleo, anna }, {}) == (std::vector { anna, cleo }));
    QVERIFY(change({ bert }, { cleo }) == (std::vector { anna, bert }));
    QVERIFY(change({ bert, bert }, {}) == (std::vector { anna, bert })); // is one already
    QVERIFY(change({}, { cleo }) == (std::vector { anna, bert })); // is none
    // Who is in both lists is a member, whether he was one or not.
    QVERIFY(change({ anna, cleo }, { anna, bert, cleo }) == (std::vector { anna, cleo }));
    QVERIFY(change({}, {}) == (std::vector { anna, cleo }));
    QVERIFY(change({}, { cleo, anna }).empty());
    QVERIFY(userGroups().front().members.empty()); // the doctors
}

void StoreEntitlements::membersAreChangedWholeOrNotAtAll_A7()
{
    addGroups();
    check(store().changeMembers(m_hospital.organisation, nurses, { anna }, {}));
    for (const UserId& wrong : { zoe, UserId("user-unknown") }) {
        REFUSED(store().changeMembers(m_hospital.organisation, nurses, { bert, wrong }, { anna }),
            Errc::notFound);
        QVERIFY(members() == std::vector { anna });
    }
}

void StoreEntitlements::anotherOrganisationsUserGroupIsNotFound_A7()
{
    addGroups();
    const auto theirs = orDie(store().listUserGroups(m_other.organisation));
    for (const UserGroupId& group : { strangers, UserGroupId("group-unknown") }) {
        REFUSED(
            store().changeMembers(m_hospital.organisation, group, { anna }, {}), Errc::notFound);
        REFUSED(store().changeMembers(m_hospital.organisation, group, {}, { zoe }), Errc::notFound);
        REFUSED(store().removeUserGroup(m_hospital.organisation, group), Errc::notFound);
    }
    QVERIFY(orDie(store().listUserGroups(m_other.organisation)) == theirs);
}

void StoreEntitlements::aUserGroupInUseIsKept()
{
    addGroups();
    check(store().changeMembers(m_hospital.organisation, nurses, { anna }, {}));
    check(entitle({ forEverybody(), forGroup(nurses) }));
    const auto before = userGroups();
    REFUSED(store().removeUserGroup(m_hospital.organisation, nurses), Errc::conflict);
    QVERIFY(userGroups() == before);
    check(entitle({ forEverybody(), forGroup(doctors) }));
    check(store().removeUserGroup(m_hospital.organisation, nurses));
    QCOMPARE(userGroups().size(), std::size_t(1));
    REFUSED(store().removeUserGroup(m_hospital.organisation, nurses), Errc::notFound);
    const UserGroup again { UserGroupId("group-again"), m_hospital.organisation, "NURSES", {} };
    check(store().insertUserGroup(again));
    QVERIFY(userGroups().back() == again);
}

void StoreEntitlements::terminalGroupsComeBackAsTheyWere()
{
    QVERIFY(terminalGroups().empty());
    const TerminalGroup ward { TerminalGroupId("terminals-1"), m_hospital.organisation,
        "Ward \u00fc", { "ward-*", "a?c", "Station \u00c4 *", "*" } };
    const TerminalGroup night { TerminalGroupId("terminals-2"), m_hospital.organisation, "Night",
        {} };
    const TerminalGroup admission { TerminalGroupId("terminals-3"), m_hospital.organisation,
        "Admission", { "z", "a" } };
    const TerminalGroup theirs { TerminalGroupId("terminals-4"), m_other.organisation, "Night",
        { "*" } };
    for (const TerminalGroup& group : { ward, night, theirs, admission })
        check(store().insertTerminalGroup(group));
    QVERIFY(terminalGroups() == (std::vector { admission, night, ward }));
    QVERIFY(orDie(store().listTerminalGroups(m_other.organisation)) == std::vector { theirs });
}

void StoreEntitlements::aTerminalGroupsNameIsTakenOnce()
{
    const TerminalGroup first { intensiveCare, m_hospital.organisation, "\u00c4rzte", { "a" } };
    check(store().insertTerminalGroup(first));
    TerminalGroup second { TerminalGroupId("terminals-2"), m_hospital.organisation, "\u00e4RZTE",
        { "b" } };
    REFUSED(store().insertTerminalGroup(second), Errc::conflict);
    second.name = first.name;
    REFUSED(store().insertTerminalGroup(second), Errc::conflict);
    QVERIFY(terminalGroups() == std::vector { first });
    check(store().insertTerminalGroup({ elsewhere, m_other.organisation, first.name, {} }));
}

void StoreEntitlements::patternsAreReplacedWhole()
{
    addGroups();
    const auto replace = [&](const std::vector<std::string>& patterns) {
        check(store().replacePatterns(m_hospital.organisation, intensiveCare, patterns));
        return terminalGroups();
    };
    TerminalGroup group = terminalGroups().front();
    group.patterns = { "z-*", "er-?", "a-*" };
    QVERIFY(replace(group.patterns) == std::vector { group });
    group.patterns = { "b" };
    QVERIFY(replace(group.patterns) == std::vector { group });
    group.patterns.clear();
    QVERIFY(replace(group.patterns) == std::vector { group });
}

void StoreEntitlements::anotherOrganisationsTerminalGroupIsNotFound_A7()
{
    addGroups();
    const auto theirs = orDie(store().listTerminalGroups(m_other.organisation));
    for (const TerminalGroupId& group : { elsewhere, TerminalGroupId("terminals-unknown") }) {
        REFUSED(store().replacePatterns(m_hospital.organisation, group, { "a" }), Errc::notFound);
        REFUSED(store().removeTerminalGroup(m_hospital.organisation, group), Errc::notFound);
    }
    QVERIFY(orDie(store().listTerminalGroups(m_other.organisation)) == theirs);
}

void StoreEntitlements::aTerminalGroupInUseIsKept()
{
    addGroups();
    check(entitle({ forEverybody(), onlyAt(intensiveCare, forUser(anna)) }));
    const auto before = terminalGroups();
    REFUSED(store().removeTerminalGroup(m_hospital.organisation, intensiveCare), Errc::conflict);
    QVERIFY(terminalGroups() == before);
    check(entitle({ forUser(anna) }));
    check(store().removeTerminalGroup(m_hospital.organisation, intensiveCare));
    QVERIFY(terminalGroups().empty());
    REFUSED(store().removeTerminalGroup(m_hospital.organisation, intensiveCare), Errc::notFound);
    const TerminalGroup again { TerminalGroupId("terminals-again"), m_hospital.organisation,
        "INTENSIVE CARE", {} };
    check(store().insertTerminalGroup(again));
    QVERIFY(terminalGroups() == std::vector { again });
}

void StoreEntitlements::entitlementsComeBackAsTheyWere()
{
    addGroups();
    QVERIFY(entitlements().empty()); // nobody may use what nobody was given
    const auto all = manyKinds();
    check(entitle(all));
    QVERIFY(entitlements() == all);
    QVERIFY(orDie(store().listEntitlements(m_other.pool)).empty());
    QVERIFY(orDie(store().listEntitlements(addPool("second").pool)).empty());
}

void StoreEntitlements::entitlementsAreReplacedWhole()
{
    addGroups();
    const Hospital second = addPool("second");
    check(store().replaceEntitlements(second.organisation, second.pool, { forUser(bert) }));
    check(entitle(manyKinds()));
    auto next = manyKinds();
    std::reverse(next.begin(), next.end());
    next.pop_back();
    check(entitle(next));
    QVERIFY(entitlements() == next);
    check(entitle({}));
    QVERIFY(entitlements().empty());
    QVERIFY(orDie(store().listEntitlements(second.pool)) == std::vector { forUser(bert) });
}

void StoreEntitlements::accessIsChangedOnlyFromWhatIsThere()
{
    const auto change = [this](const PoolAccess& from, const PoolAccess& to) {
        return store().changeAccess(m_hospital.organisation, m_hospital.pool, from, to);
    };
    const PoolAccess open { { forEverybody() }, 3 };
    check(change({}, open));
    QVERIFY(entitlements() == open.entitlements);
    QCOMPARE(orDie(store().sessionLimits(m_hospital.organisation, m_hospital.pool)).perPool,
        std::int64_t(3));
    REFUSED(change({}, { {}, 5 }), Errc::conflict); // another list by now
    REFUSED(change({ { forEverybody() }, 4 }, { {}, 5 }), Errc::conflict); // another limit
    QVERIFY(entitlements() == open.entitlements);
    QCOMPARE(orDie(store().sessionLimits(m_hospital.organisation, m_hospital.pool)).perPool,
        std::int64_t(3));
    check(change(open, {}));
    QVERIFY(entitlements().empty());
    QCOMPARE(orDie(store().sessionLimits(m_hospital.organisation, m_hospital.pool)).perPool,
        std::int64_t(0));
    REFUSED(
        store().changeAccess(m_hospital.organisation, PoolId("none"), {}, open), Errc::notFound);
}

void StoreEntitlements::whatTheOrganisationHasNotIsNotEntitled_A7_data()
{
    QTest::addColumn<Entitlement>("wrong");
    QTest::newRow("a user of another one") << forUser(zoe);
    QTest::newRow("an unknown user") << forUser(UserId("user-unknown"));
    QTest::newRow("a group of another one") << forGroup(strangers);
    QTest::newRow("an unknown group") << forGroup(UserGroupId("group-unknown"));
    QTest::newRow("terminals of another one") << onlyAt(elsewhere, forEverybody());
    QTest::newRow("unknown terminals") << onlyAt(TerminalGroupId("unknown"), forUser(anna));
}

void StoreEntitlements::whatTheOrganisationHasNotIsNotEntitled_A7()
{
    QFETCH(Entitlement, wrong);
    addGroups();
    const auto before = manyKinds();
    check(entitle(before));
    REFUSED(entitle({ forUser(bert), wrong }), Errc::notFound);
    QVERIFY(entitlements() == before);
}

void StoreEntitlements::anotherOrganisationsPoolIsNotFound_A7()
{
    addGroups();
    check(store().replaceEntitlements(m_other.organisation, m_other.pool, { forUser(zoe) }));
    for (const PoolId& pool : { m_other.pool, PoolId("pool-unknown") }) {
        REFUSED(store().replaceEntitlements(m_hospital.organisation, pool, { forEverybody() }),
            Errc::notFound);
        REFUSED(store().replaceEntitlements(m_hospital.organisation, pool, {}), Errc::notFound);
    }
    QVERIFY(orDie(store().listEntitlements(m_other.pool)) == std::vector { forUser(zoe) });
}

void StoreEntitlements::aPoolIsDeletedWithItsEntitlements()
{
    addGroups();
    check(entitle(manyKinds()));
    check(store().deletePool(m_hospital.pool));
    // Nobody could take them out of a pool that is gone.
    check(store().removeUserGroup(m_hospital.organisation, nurses));
    check(store().removeTerminalGroup(m_hospital.organisation, intensiveCare));
}

void StoreEntitlements::rightsAreOfWhomTheyName()
{
    addGroups();
    const UserGroupId visitors("group-visitors");
    const UserId cleo = m_hospital.addUser(store(), "cleo");
    check(store().insertUserGroup({ visitors, m_hospital.organisation, "Visitors", { cleo } }));
    check(store().changeMembers(m_hospital.organisation, nurses, { anna, bert }, {}));
    check(store().changeMembers(m_hospital.organisation, doctors, { anna }, {}));
    QVERIFY(hasRights(anna, {}));
    const Entitlement annas = forUser(anna);
    const Entitlement berts = forUser(bert);
    const Entitlement ofNurses = forGroup(nurses);
    const Entitlement ofNursesAtNight = onlyDuring(nights, forGroup(nurses));
    const Entitlement ofDoctors = forGroup(doctors);
    check(entitle({ annas, ofNurses, berts, forGroup(visitors), ofDoctors, ofNursesAtNight }));
    QVERIFY(hasRights(anna, { annas, ofNurses, ofDoctors, ofNursesAtNight }));
    QVERIFY(hasRights(bert, { berts, ofNurses, ofNursesAtNight }));
    QVERIFY(hasRights(cleo, { forGroup(visitors) }));
    QVERIFY(hasRights(m_hospital.addUser(store(), "dora"), {}));
    check(entitle({ ofDoctors, forEverybody() }));
    QVERIFY(hasRights(anna, { ofDoctors, forEverybody() }));
    QVERIFY(hasRights(bert, { forEverybody() }));
    check(entitle({}));
    QVERIFY(hasRights(anna, {}));
}

void StoreEntitlements::rightsAreOfThisPool()
{
    addGroups();
    check(store().changeMembers(m_hospital.organisation, nurses, { anna }, {}));
    const Hospital second = addPool("second");
    check(store().replaceEntitlements(
        second.organisation, second.pool, { forUser(anna), forGroup(nurses), forEverybody() }));
    QVERIFY(hasRights(anna, {}));
    QCOMPARE(orDie(store().rightsOf(second.pool, anna)).size(), std::size_t(3));
    check(entitle({ forGroup(nurses) }));
    QVERIFY(hasRights(anna, { forGroup(nurses) }));
}

void StoreEntitlements::rightsTellTheTerminals()
{
    addGroups();
    const auto only = [&] {
        const auto rights = orDie(store().rightsOf(m_hospital.pool, anna));
        return rights.size() == 1 ? rights.front() : Right {};
    };
    const Entitlement there = onlyAt(intensiveCare, onlyDuring(nights, forUser(anna)));
    check(entitle({ there }));
    QVERIFY(only() == (Right { there, "Intensive care", { "icu-*", "er-?" } }));
    check(store().replacePatterns(m_hospital.organisation, intensiveCare, { "b", "a" }));
    QVERIFY(only() == (Right { there, "Intensive care", { "b", "a" } }));
    // No terminal is in it, which is not the same as all.
    check(store().replacePatterns(m_hospital.organisation, intensiveCare, {}));
    QVERIFY(only() == (Right { there, "Intensive care", {} }));
    check(entitle({ forUser(anna) }));
    QVERIFY(only() == (Right { forUser(anna), "", {} }));
}

void StoreEntitlements::rightsFollowTheMembers()
{
    addGroups();
    check(entitle({ forGroup(nurses), forGroup(doctors) }));
    QVERIFY(hasRights(anna, {}));
    check(store().changeMembers(m_hospital.organisation, nurses, { anna }, {}));
    check(store().changeMembers(m_hospital.organisation, doctors, { anna }, {}));
    QVERIFY(hasRights(anna, { forGroup(nurses), forGroup(doctors) }));
    check(store().changeMembers(m_hospital.organisation, nurses, { bert }, { anna }));
    QVERIFY(hasRights(anna, { forGroup(doctors) }));
    QVERIFY(hasRights(bert, { forGroup(nurses) }));
}

void StoreEntitlements::limitsComeBackAsTheyWere()
{
    const auto limits
        = [&] { return orDie(store().sessionLimits(m_hospital.organisation, m_hospital.pool)); };
    QVERIFY(limits() == SessionLimits {});
    QCOMPARE(orDie(store().userLimit(m_hospital.organisation)), std::int64_t(0));
    check(store().setPoolLimit(m_hospital.organisation, m_hospital.pool, 40));
    QVERIFY(limits() == (SessionLimits { .perPool = 40, .perUser = 0 }));
    check(store().setUserLimit(m_hospital.organisation, 3));
    QVERIFY(limits() == (SessionLimits { .perPool = 40, .perUser = 3 }));
    QCOMPARE(orDie(store().userLimit(m_hospital.organisation)), std::int64_t(3));
    // A user's is for all pools together, a pool's for that one.
    const Hospital second = addPool("second");
    QVERIFY(orDie(store().sessionLimits(second.organisation, second.pool))
        == (SessionLimits { .perPool = 0, .perUser = 3 }));
    check(store().setPoolLimit(m_hospital.organisation, m_hospital.pool, 0));
    check(store().setUserLimit(m_hospital.organisation, 0));
    QVERIFY(limits() == SessionLimits {});
    REFUSED(
        store().setPoolLimit(m_hospital.organisation, PoolId("pool-unknown"), 1), Errc::notFound);
    REFUSED(store().sessionLimits(m_hospital.organisation, PoolId("pool-unknown")), Errc::notFound);
}

void StoreEntitlements::limitsAreOfOneOrganisation_A7()
{
    check(store().setPoolLimit(m_other.organisation, m_other.pool, 7));
    check(store().setUserLimit(m_other.organisation, 8));
    REFUSED(store().setPoolLimit(m_hospital.organisation, m_other.pool, 1), Errc::notFound);
    REFUSED(store().sessionLimits(m_hospital.organisation, m_other.pool), Errc::notFound);
    QVERIFY(
        orDie(store().sessionLimits(m_hospital.organisation, m_hospital.pool)) == SessionLimits {});
    QCOMPARE(orDie(store().userLimit(m_hospital.organisation)), std::int64_t(0));
    check(store().setUserLimit(m_hospital.organisation, 1));
    QVERIFY(orDie(store().sessionLimits(m_other.organisation, m_other.pool))
        == (SessionLimits { .perPool = 7, .perUser = 8 }));
    QCOMPARE(orDie(store().userLimit(m_other.organisation)), std::int64_t(8));
}

void StoreEntitlements::changingAPoolLeavesThem()
{
    check(entitle({ forUser(anna) }));
    check(store().setPoolLimit(m_hospital.organisation, m_hospital.pool, 40));
    Pool pool = orDie(store().findPool(m_hospital.organisation, m_hospital.pool));
    pool.spare = 7;
    check(store().updatePool(pool));
    QVERIFY(entitlements() == std::vector { forUser(anna) });
    QCOMPARE(orDie(store().sessionLimits(m_hospital.organisation, m_hospital.pool)).perPool,
        std::int64_t(40));
}

void StoreEntitlements::aPoolLimitHoldsBackTheNext()
{
    for (const char* name : { "ward-01", "ward-02", "ward-03" })
        m_hospital.addReadyDesktop(store(), name);
    check(store().setPoolLimit(m_hospital.organisation, m_hospital.pool, 1));
    const Grant first = ask(m_hospital, anna, "key-1");
    QCOMPARE(first.outcome, GrantOutcome::granted);
    const Grant refused = ask(m_hospital, bert, "key-2");
    QCOMPARE(refused.outcome, GrantOutcome::poolLimit);
    QVERIFY(!refused.lease && !refused.desktop && !refused.replaced);
    QCOMPARE(orDie(store().listOpenLeases(m_hospital.organisation)).size(), std::size_t(1));
    // Nobody is held back from what he has.
    const Grant resumed = ask(m_hospital, anna, "key-3");
    QCOMPARE(resumed.outcome, GrantOutcome::resumed);
    QCOMPARE(resumed.lease->id, first.lease->id);
    const Grant repeated = ask(m_hospital, anna, "key-1");
    QCOMPARE(repeated.outcome, GrantOutcome::repeated);
    QCOMPARE(repeated.lease->id, first.lease->id);

    check(store().closeLease(first.lease->id, CloseReason::loggedOff, at(1s)));
    QCOMPARE(ask(m_hospital, bert, "key-2").outcome, GrantOutcome::granted);
    QCOMPARE(ask(m_hospital, anna, "key-4").outcome, GrantOutcome::poolLimit);
    check(store().setPoolLimit(m_hospital.organisation, m_hospital.pool, 0));
    QCOMPARE(ask(m_hospital, anna, "key-4").outcome, GrantOutcome::granted);
}

void StoreEntitlements::aPoolLimitCountsItsOwnSessions()
{
    const Hospital second = addPool("second");
    m_hospital.addReadyDesktop(store(), "ward-01");
    second.addReadyDesktop(store(), "other-01");
    second.addReadyDesktop(store(), "other-02");
    check(store().setPoolLimit(m_hospital.organisation, m_hospital.pool, 1));
    QCOMPARE(ask(second, bert, "key-1").outcome, GrantOutcome::granted);
    QCOMPARE(ask(m_hospital, anna, "key-2").outcome, GrantOutcome::granted);
    QCOMPARE(ask(second, anna, "key-3").outcome, GrantOutcome::granted);
}

void StoreEntitlements::aUserLimitHoldsBackTheNext()
{
    const Hospital second = addPool("second");
    m_hospital.addReadyDesktop(store(), "ward-01");
    for (const char* name : { "other-01", "other-02", "other-03" })
        second.addReadyDesktop(store(), name);
    check(store().setUserLimit(m_hospital.organisation, 1));
    const Grant first = ask(m_hospital, anna, "key-1");
    QCOMPARE(first.outcome, GrantOutcome::granted);
    const Grant refused = ask(second, anna, "key-2");
    QCOMPARE(refused.outcome, GrantOutcome::userLimit);
    QVERIFY(!refused.lease && !refused.desktop && !refused.replaced);
    QCOMPARE(orDie(store().listOpenLeasesOf(anna)).size(), std::size_t(1));
    QCOMPARE(ask(second, bert, "key-3").outcome, GrantOutcome::granted);
    QCOMPARE(ask(m_hospital, anna, "key-4").outcome, GrantOutcome::resumed);
    QCOMPARE(ask(m_hospital, anna, "key-1").outcome, GrantOutcome::repeated);

    check(store().setUserLimit(m_hospital.organisation, 2));
    const Grant further = ask(second, anna, "key-2");
    QCOMPARE(further.outcome, GrantOutcome::granted);
    check(store().closeLease(first.lease->id, CloseReason::loggedOff, at(1s)));
    check(store().closeLease(further.lease->id, CloseReason::loggedOff, at(1s)));
    check(store().setUserLimit(m_hospital.organisation, 1));
    QCOMPARE(ask(second, anna, "key-5").outcome, GrantOutcome::granted); // what is over is over
}

void StoreEntitlements::aUserLimitIsOfOneOrganisation_A7()
{
    const Hospital second = addPool("second");
    m_hospital.addReadyDesktop(store(), "ward-01");
    second.addReadyDesktop(store(), "other-01");
    check(store().setUserLimit(m_other.organisation, 1));
    QCOMPARE(ask(m_hospital, anna, "key-1").outcome, GrantOutcome::granted);
    QCOMPARE(ask(second, anna, "key-2").outcome, GrantOutcome::granted);
}

void StoreEntitlements::aLimitBelowWhatIsOpenEndsNothing()
{
    const Hospital second = addPool("second");
    const Hospital third = addPool("third");
    m_hospital.addReadyDesktop(store(), "ward-01");
    m_hospital.addReadyDesktop(store(), "ward-02");
    m_hospital.addReadyDesktop(store(), "ward-03");
    second.addReadyDesktop(store(), "other-01");
    third.addReadyDesktop(store(), "other-02");
    QCOMPARE(ask(m_hospital, anna, "key-1").outcome, GrantOutcome::granted);
    QCOMPARE(ask(m_hospital, bert, "key-2").outcome, GrantOutcome::granted);
    QCOMPARE(ask(second, anna, "key-3").outcome, GrantOutcome::granted);
    check(store().setPoolLimit(m_hospital.organisation, m_hospital.pool, 1));
    const UserId cleo = m_hospital.addUser(store(), "cleo");
    QCOMPARE(ask(m_hospital, cleo, "key-4").outcome, GrantOutcome::poolLimit);
    check(store().setUserLimit(m_hospital.organisation, 1));
    QCOMPARE(ask(third, anna, "key-5").outcome, GrantOutcome::userLimit);
    QCOMPARE(ask(m_hospital, anna, "key-6").outcome, GrantOutcome::resumed);
    QCOMPARE(ask(m_hospital, bert, "key-7").outcome, GrantOutcome::resumed);
    QCOMPARE(ask(second, anna, "key-8").outcome, GrantOutcome::resumed);
}

void StoreEntitlements::aReplacedDesktopIsNotCountedTwice()
{
    for (const char* name : { "north", "south" }) {
        Host host;
        host.id = HostId(name);
        host.name = name;
        host.uri = std::string("lxc+tls://") + name + "/system";
        check(store().insertHost(host));
    }
    const Hospital second = addPool("second");
    addReadyOn(second, "other-01", HostId("south"));
    addReadyOn(m_hospital, "ward-01", HostId("north"));
    check(store().setPoolLimit(m_hospital.organisation, m_hospital.pool, 1));
    check(store().setUserLimit(m_hospital.organisation, 1));
    const Grant lost = ask(m_hospital, anna, "key-1");
    QCOMPARE(lost.outcome, GrantOutcome::granted);
    check(store().setHostDead(HostId("north"), at(12s)));
    QCOMPARE(ask(m_hospital, anna, "key-2").outcome, GrantOutcome::nothingReady);
    addReadyOn(m_hospital, "ward-02", HostId("south"));
    addReadyOn(m_hospital, "ward-03", HostId("south"));
    const Grant another = ask(m_hospital, anna, "key-3");
    QCOMPARE(another.outcome, GrantOutcome::granted);
    QVERIFY(another.replaced && another.replaced->id == lost.lease->id);
    // The new one counts.
    QCOMPARE(ask(m_hospital, bert, "key-4").outcome, GrantOutcome::poolLimit);
    QCOMPARE(ask(second, anna, "key-5").outcome, GrantOutcome::userLimit);
    QCOMPARE(ask(m_hospital, anna, "key-6").outcome, GrantOutcome::resumed);
}

QTEST_GUILESS_MAIN(StoreEntitlements)
#include "tst_storeentitlements.moc"
