// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/store.h"
#include "broker/store/connectionwatch.h"
#include "broker/store/postgressettings.h"
#include "broker/store/spacereserve.h"
#include "broker/store/sqlconnection.h"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace wardesk::broker {

/// The database in SQL. The SQL text is in sql/ and migrations/; the rules of leases and
/// incarnations are the pure functions that the store in memory uses too.
class SqlStore final : public Store
{
public:
    [[nodiscard]] static Result<std::unique_ptr<Store>> openSqlite(
        const std::string& path, const Clock& clock);
    [[nodiscard]] static Result<std::unique_ptr<Store>> openPostgres(PostgresSettings settings);

    Result<Organisation> ensureOrganisation(
        const OrganisationId& id, const std::string& name) override;
    Result<Organisation> findOrganisation(const std::string& name) override;
    Result<void> insertUser(const User& user) override;
    std::string foldedName(const std::string& name) const override;
    Result<User> findUserByName(
        const OrganisationId& organisation, const std::string& name) override;
    Result<User> findUser(const UserId& id) override;
    Result<std::vector<User>> listUsers(const OrganisationId& organisation) override;
    Result<void> setPasswordHash(const UserId& id, const std::string& hash) override;
    Result<void> setUserDisabled(const UserId& id, bool disabled) override;
    Result<void> insertToken(const NewToken& token) override;
    Result<TokenOwner> findTokenOwner(const SecretHash& hash, WallTime now) override;
    Result<void> revokeToken(const SecretHash& hash) override;
    Result<void> recordSignInFailure(const std::string& key, WallTime now) override;
    Result<int> countSignInFailures(const std::string& key, WallTime since) override;
    Result<void> clearSignInFailures(const std::string& key) override;

    Result<void> insertImage(const Image& image) override;
    Result<std::vector<Image>> listImages(const OrganisationId& organisation) override;
    Result<Image> findImage(const ImageId& id) override;
    Result<void> insertPool(const Pool& pool) override;
    Result<void> updatePool(const Pool& pool) override;
    Result<void> deletePool(const PoolId& id) override;
    Result<Pool> findPool(const OrganisationId& organisation, const PoolId& id) override;
    Result<std::vector<Pool>> listPools() override;
    Result<std::vector<Pool>> listPools(const OrganisationId& organisation) override;

    Result<PoolCalendar> findCalendar(const PoolId& pool) override;
    Result<void> replaceCalendar(const OrganisationId& organisation, const PoolId& pool,
        const PoolCalendar& calendar) override;
    Result<std::vector<RosterShift>> listShifts(const PoolId& pool, const TimeSpan& span) override;
    Result<void> replaceShifts(const OrganisationId& organisation, const PoolId& pool,
        const TimeSpan& span, const std::vector<RosterShift>& shifts) override;
    Result<std::vector<SignInCount>> countSignIns(
        const PoolId& pool, const TimeSpan& span, std::chrono::milliseconds slot) override;
    Result<void> recordEvidence(const Evidence& evidence) override;
    Result<std::vector<Evidence>> listEvidence(const DesktopId& desktop, int newest) override;
    Result<std::optional<Evidence>> findProof(const DesktopId& desktop, Incarnation upTo) override;
    Result<std::vector<std::chrono::milliseconds>> listBootTimes(
        const PoolId& pool, int newest) override;

    Result<std::vector<UserGroup>> listUserGroups(const OrganisationId& organisation) override;
    Result<void> insertUserGroup(const UserGroup& group) override;
    Result<void> changeMembers(const OrganisationId& organisation, const UserGroupId& group,
        const std::vector<UserId>& add, const std::vector<UserId>& remove) override;
    Result<void> removeUserGroup(
        const OrganisationId& organisation, const UserGroupId& group) override;
    Result<std::vector<TerminalGroup>> listTerminalGroups(
        const OrganisationId& organisation) override;
    Result<void> insertTerminalGroup(const TerminalGroup& group) override;
    Result<void> replacePatterns(const OrganisationId& organisation, const TerminalGroupId& group,
        const std::vector<std::string>& patterns) override;
    Result<void> removeTerminalGroup(
        const OrganisationId& organisation, const TerminalGroupId& group) override;
    Result<std::vector<Entitlement>> listEntitlements(const PoolId& pool) override;
    Result<void> replaceEntitlements(const OrganisationId& organisation, const PoolId& pool,
        const std::vector<Entitlement>& entitlements) override;
    Result<void> changeAccess(const OrganisationId& organisation, const PoolId& pool,
        const PoolAccess& from, const PoolAccess& to) override;
    Result<std::vector<Right>> rightsOf(const PoolId& pool, const UserId& user) override;
    Result<SessionLimits> sessionLimits(
        const OrganisationId& organisation, const PoolId& pool) override;
    Result<void> setPoolLimit(
        const OrganisationId& organisation, const PoolId& pool, std::int64_t sessions) override;
    Result<std::int64_t> userLimit(const OrganisationId& organisation) override;
    Result<void> setUserLimit(const OrganisationId& organisation, std::int64_t sessions) override;

    Result<void> setImageState(const OrganisationId& organisation, const ImageId& id,
        ImageState state, const std::string& by, WallTime now) override;
    Result<void> recordImageCheck(const OrganisationId& organisation, const ImageId& id,
        const std::string& contentHash, WallTime now) override;
    Result<void> beginRollout(
        const Rollout& rollout, const std::optional<RolloutId>& replaced) override;
    Result<void> changeRollout(const RolloutChange& change) override;
    Result<std::optional<Rollout>> findOpenRollout(const PoolId& pool) override;
    Result<std::vector<Rollout>> listRollouts(
        const OrganisationId& organisation, const std::optional<PoolId>& pool) override;

    Result<std::vector<Host>> listHosts() override;
    Result<void> insertHost(const Host& host) override;
    Result<void> ensureHosts(const std::vector<Host>& configured) override;
    Result<void> updateHost(const Host& host) override;
    Result<void> recordHostCapacity(const HostId& id, const HostCapacity& capacity) override;
    Result<void> setHostDead(const HostId& id, const std::optional<WallTime>& since) override;
    Result<void> removeHost(const HostId& id) override;
    Result<std::vector<DesktopRow>> writeOffHost(const Host& seen, WallTime now) override;

    Result<Desktop> addDesktop(const Desktop& withoutAddress, const std::string& firstAddress,
        const std::string& lastAddress) override;
    Result<Desktop> beginIncarnation(const NewIncarnation& incarnation) override;
    Result<void> recordStarted(const DesktopId& id, Incarnation number, WallTime now) override;
    Result<void> recordStartFailure(
        const DesktopId& id, Incarnation number, const std::string& error, WallTime now) override;
    Result<void> recordReady(const DesktopId& id, Incarnation number,
        const std::string& certificateSha256, WallTime now) override;
    Result<void> recordUnready(const DesktopId& id, Incarnation number, WallTime now) override;
    Result<void> beginDraining(const DesktopId& id, Incarnation number, WallTime now) override;
    Result<void> beginEnding(
        const DesktopId& id, Incarnation number, EndReason reason, WallTime now) override;
    Result<void> recordEnded(
        const DesktopId& id, Incarnation number, DiskFate disk, WallTime now) override;
    Result<void> removeDesktop(const DesktopId& id) override;
    Result<bool> isRemoved(const DesktopId& id, const DomainUuid& domain) override;
    Result<void> beginSuspending(const DesktopId& id, Incarnation number, WallTime now) override;
    Result<void> recordSuspended(const DesktopId& id, Incarnation number, WallTime now) override;
    Result<void> beginResuming(
        const DesktopId& id, Incarnation number, const std::string& why, WallTime now) override;
    Result<void> recordResumeFailure(
        const DesktopId& id, Incarnation number, const std::string& error, WallTime now) override;
    Result<void> assignDesktop(const DesktopId& id, const UserId& user) override;
    Result<void> unassignDesktop(
        const DesktopId& id, const UserId& expectedOwner, WallTime now) override;
    Result<void> quarantine(const DesktopId& id, const std::string& reason, WallTime now) override;
    Result<void> releaseQuarantine(const DesktopId& id) override;
    Result<DesktopRow> findDesktop(const DesktopId& id) override;
    Result<std::vector<DesktopRow>> listDesktops(const PoolId& pool) override;
    Result<std::vector<DesktopRow>> listDesktops() override;
    Result<SiteLoad> siteLoad(const PoolId& pool) override;
    Result<std::vector<std::string>> listAddresses() override;
    Result<DesktopRow> findByBootstrap(
        const DesktopId& id, Incarnation number, const SecretHash& hash) override;

    Result<Grant> grant(const LeaseRequest& request) override;
    Result<Lease> findLease(const OrganisationId& organisation, const LeaseId& id) override;
    Result<std::vector<Lease>> listOpenLeases(const OrganisationId& organisation) override;
    Result<std::vector<Lease>> listOpenLeasesOf(const UserId& user) override;
    Result<Lease> reviewLease(const LeaseId& id, WallTime now) override;
    Result<void> recordConnected(const LeaseId& id, Epoch epoch, WallTime now) override;
    Result<void> recordDisconnected(const LeaseId& id, WallTime now) override;
    Result<void> closeLease(const LeaseId& id, CloseReason reason, WallTime now) override;

    Result<void> insertTicket(const NewTicket& ticket) override;
    Result<RedeemedTicket> redeemTicket(
        const SecretHash& hash, const UserId& user, WallTime now) override;

    Result<void> appendAudit(AuditRecord record) override;
    Result<std::vector<AuditRecord>> listAudit(
        const OrganisationId& organisation, std::int64_t afterNumber, int limit) override;
    Result<std::int64_t> verifyAudit() override;
    Result<Epoch> nextEpoch() override;
    Result<void> purge(WallTime now) override;
    Result<Epoch> currentEpoch() override;
    Result<void> raiseEpoch(Epoch atLeast) override;
    Result<std::string> probe() override;

    Result<BrokerRecord> registerBroker(BrokerRecord record) override;
    Result<WallTime> heartbeat(const BrokerId& id, Epoch epoch) override;
    Result<std::vector<BrokerRecord>> listBrokers(std::chrono::milliseconds aliveWithin) override;
    Result<void> unregisterBroker(const BrokerId& id, Epoch epoch) override;
    Result<std::vector<Fence>> claimPools(
        const BrokerId& id, Epoch epoch, std::chrono::milliseconds ttl) override;
    Result<void> releasePools(const BrokerId& id) override;
    void setFence(std::optional<Fence> fence) override;

    Result<AdoptionRecord> beginAdoption(const AdoptionRecord& wanted, Epoch atLeast,
        std::chrono::milliseconds life, AdoptionStart how) override;
    Result<std::optional<AdoptionRecord>> findAdoption() override;
    Result<void> noteAdoption(
        const BrokerId& broker, std::int64_t total, std::int64_t settled) override;
    Result<void> endAdoption(const BrokerId& broker) override;
    Result<bool> recordWord(const AgentWord& word) override;
    Result<std::vector<AgentWord>> listWords() override;
    Result<std::vector<DesktopId>> listSettled() override;
    Result<void> adoptDesktop(const AdoptedDesktop& adopted) override;
    void expectEpoch(Epoch seen) override;
    bool hasGoneBack() const override { return m_wentBack; }

    Result<void> beginGroup() override;
    Result<void> commitGroup() override;
    void rollbackGroup() override;

private:
    /// What may use up the reserved room when the disk is full (R14).
    enum class Purpose {
        ordinary,
        vital ///< reconnects to one's own desktop, log-offs, audit
    };

    /// What a change does when a row that must be unique is there, but was not a moment ago.
    enum class Quicker {
        refuses,
        isSeen ///< runs again, and sees what the other one did
    };
    enum class Group {
        none,
        pending, ///< begun, but nothing has been written: readers need no transaction
        open,
        broken ///< undone because of an error that the whole transaction shares
    };
    /// What belongs to one thread.
    struct Session
    {
        std::unique_ptr<sql::Connection> connection;
        bool inTransaction = false;
        std::chrono::steady_clock::time_point connectAfter; ///< an unreachable server is not asked
        Error unreachable; ///< by every job
        std::optional<Fence> fence;
        Group group = Group::none;
        Error broken; ///< why the group is
        std::int64_t changes = 0; ///< of the connection when the open part began (SQLite)
        std::vector<AuditRecord> audit; ///< of the open group: appended last (A10)
        Epoch taken; ///< the highest of the open transaction (R11)
    };

    explicit SqlStore(const Clock& clock);

    [[nodiscard]] Session& session();
    [[nodiscard]] Result<std::unique_ptr<sql::Connection>> openConnection();
    [[nodiscard]] Result<void> prepareDatabase();
    /// The connection of this thread, opened anew where that is needed and no transaction is open.
    [[nodiscard]] Result<sql::Connection*> connection();
    /// R10: the time that claims and heartbeats are counted with.
    [[nodiscard]] Result<WallTime> databaseTime();
    [[nodiscard]] static Error noRoomError();

    [[nodiscard]] Result<void> begin();
    [[nodiscard]] Result<void> commit();
    void rollback();
    [[nodiscard]] Result<void> command(const char* name);
    template <typename Work> auto attempt(const Work& work) -> decltype(work());
    /// A part of the open group: when it fails, only it is undone.
    template <typename Work> auto attemptInGroup(const Work& work) -> decltype(work());
    [[nodiscard]] Result<void> openPart();
    [[nodiscard]] Result<void> closePart(bool isFirst, const Result<void>& done);
    void breakGroup(const Error& error);
    /// Runs attempts until one is not in the way of another transaction any more.
    template <typename Attempt>
    auto patiently(Quicker quicker, const Attempt& attemptOnce) -> decltype(attemptOnce());
    /// One transaction: committed when `work` succeeds, undone otherwise. It may run several times.
    template <typename Work>
    auto write(Purpose purpose, const Work& work, Quicker quicker = Quicker::refuses)
        -> decltype(work());
    /// Keeps others from changing a row until the transaction ends. SQLite has one writer anyway.
    [[nodiscard]] Result<void> lock(const char* name, const sql::Value& id);
    template <typename Read>
    auto select(const char* name, sql::Values values, const Read& read)
        -> Result<std::vector<decltype(read(std::declval<sql::Row&>()))>>;
    /// The first row, or `notFound` with "there is no such <what>".
    template <typename Read>
    auto selectOne(const char* name, sql::Values values, const Read& read, const char* what)
        -> Result<decltype(read(std::declval<sql::Row&>()))>;
    [[nodiscard]] Result<int> execute(const char* name, sql::Values values = {});
    /// A transaction of one statement; `notFound` when it changed nothing and `what` is given.
    [[nodiscard]] Result<void> change(
        Purpose purpose, const char* name, sql::Values values, const char* what = nullptr);

    [[nodiscard]] Result<void> putHost(const Host& host);
    [[nodiscard]] Result<int> writePool(const char* statement, const Pool& pool);
    /// `conflict` unless it is published. It stays so until the transaction ends.
    [[nodiscard]] Result<void> lockPublished(const ImageId& id);
    [[nodiscard]] Result<std::vector<std::string>> modeOfHost(const HostId& id);
    [[nodiscard]] Result<void> checkHostOf(const Desktop& desktop);
    [[nodiscard]] Result<void> checkHostIsThere(const Desktop& desktop);
    [[nodiscard]] Result<void> setPoolImage(const PoolId& pool, const ImageId& image);
    [[nodiscard]] Result<void> updateRollout(const Rollout& rollout);
    [[nodiscard]] Result<void> lockPoolOf(const OrganisationId& organisation, const PoolId& pool);
    [[nodiscard]] Result<void> checkUserOf(const OrganisationId& organisation, const UserId& id);
    [[nodiscard]] Result<void> checkGroupOf(
        const char* statement, const OrganisationId& organisation, const std::string& id);
    [[nodiscard]] Result<void> addMembers(const OrganisationId& organisation,
        const UserGroupId& group, const std::vector<UserId>& members);
    struct GroupStatements
    {
        const char* lock;
        const char* select;
        const char* countUses;
        const char* deleteMembers; ///< null: it has none
        const char* remove;
    };
    [[nodiscard]] Result<void> removeGroup(
        const GroupStatements& names, const OrganisationId& organisation, const std::string& id);
    [[nodiscard]] Result<void> checkNames(
        const OrganisationId& organisation, const Entitlement& named);
    [[nodiscard]] Result<void> putEntitlements(const OrganisationId& organisation,
        const PoolId& pool, const std::vector<Entitlement>& entitlements);
    [[nodiscard]] Result<void> insertEntitlement(const OrganisationId& organisation,
        const PoolId& pool, std::int64_t position, const Entitlement& entitlement);
    /// Until the transaction ends nobody else opens a session that a limit counts.
    [[nodiscard]] Result<void> lockSessions(const OrganisationId& organisation);
    /// Which limit one more lease would break.
    [[nodiscard]] Result<std::optional<GrantOutcome>> limitReached(
        const LeaseRequest& request, const SessionLimits& limits, bool replacesOne);
    [[nodiscard]] Result<void> checkFence();
    [[nodiscard]] Result<void> checkRegistered(const BrokerId& id, Epoch epoch);
    [[nodiscard]] Result<bool> renewClaim(const Fence& claim, WallTime until);
    [[nodiscard]] Result<std::optional<Fence>> takeClaim(
        const PoolId& pool, const BrokerId& broker, WallTime now, WallTime until);
    [[nodiscard]] Result<Epoch> takeEpoch();
    /// What was taken in the transaction is seen once it is committed, and only then.
    void noteCommitted();
    void raiseSeen(Epoch seen);
    [[nodiscard]] Result<void> raiseCounter(Epoch atLeast);
    struct RunningAdoption;
    [[nodiscard]] Result<std::optional<RunningAdoption>> runningAdoption();
    [[nodiscard]] Result<void> checkNotAdopting();
    [[nodiscard]] Result<bool> isSettled(const DesktopId& desktop);
    [[nodiscard]] Result<void> putDesktop(const DesktopRow& row, WallTime now);
    [[nodiscard]] Result<void> putSeatWords(const AgentWord& word);
    [[nodiscard]] Result<void> putLeases(const DesktopRow& row, WallTime now);
    [[nodiscard]] Result<void> putLease(const Lease& lease);
    [[nodiscard]] Result<void> insertDesktop(const Desktop& desktop);
    [[nodiscard]] Result<void> updateQuarantine(const Desktop& desktop);
    [[nodiscard]] Result<void> appendToChain(std::vector<AuditRecord> records);
    [[nodiscard]] Result<void> flushAudit();
    [[nodiscard]] Result<void> insertIncarnation(const Desktop& desktop);
    [[nodiscard]] Result<DesktopRow> writeOffDesktop(const DesktopId& id, WallTime now);
    [[nodiscard]] Result<void> updateIncarnation(
        const DesktopId& desktop, const IncarnationFacts& facts);
    template <typename Change>
    [[nodiscard]] Result<void> changeIncarnation(
        Purpose purpose, const DesktopId& id, const Change& change);
    [[nodiscard]] Result<Lease> selectLease(const LeaseId& id);
    [[nodiscard]] Result<void> insertLease(const Lease& lease);
    [[nodiscard]] Result<void> updateLease(const Lease& lease);
    template <typename Change>
    [[nodiscard]] Result<void> changeLease(const LeaseId& id, const Change& change);
    [[nodiscard]] Result<void> closeUnused(const LeaseId& id, CloseReason reason, WallTime now);
    /// The parts of grant(), inside its transaction.
    struct Standing; ///< what the user has in the pool when he asks
    [[nodiscard]] Result<Standing> standingOf(const LeaseRequest& request);
    [[nodiscard]] Result<Grant> repeat(const LeaseRequest& request, const Standing& standing);
    [[nodiscard]] Result<Grant> resume(const LeaseRequest& request, const Lease& open);
    [[nodiscard]] Result<Grant> grantFresh(const LeaseRequest& request, const Standing& standing);
    [[nodiscard]] std::optional<Result<Grant>> grantOwn(
        const LeaseRequest& request, const Standing& standing);
    [[nodiscard]] Result<Grant> grantLimited(const LeaseRequest& request, const Standing& standing);
    struct Choice;
    /// Nobody else takes it until the transaction ends (PostgreSQL), but it is not taken yet.
    [[nodiscard]] Result<Choice> chooseDesktop(
        const LeaseRequest& request, const Standing& standing);
    [[nodiscard]] Result<std::optional<Choice>> chooseOwnDesktop(const LeaseRequest& request);
    [[nodiscard]] Result<std::vector<Desktop>> selectSeat(
        const char* statement, const LeaseRequest& request, const Standing& standing);
    [[nodiscard]] Result<Choice> seeSeat(const LeaseRequest& request, const Standing& standing);
    [[nodiscard]] Result<Choice> takeSeat(const LeaseRequest& request, const Standing& standing);
    [[nodiscard]] Result<bool> awaitSeat(const LeaseRequest& request, const Standing& standing);
    [[nodiscard]] Result<std::optional<Desktop>> desktopOf(
        const OrganisationId& organisation, const UserId& owner, const PoolId& pool);
    [[nodiscard]] Result<bool> hostGivesOut(const HostId& host);
    [[nodiscard]] Result<void> updateOwner(const Desktop& desktop);
    [[nodiscard]] Result<void> updateDisk(const Desktop& desktop);
    [[nodiscard]] Result<Grant> grantWithoutRoom(const LeaseRequest& request, const Error& cause);
    [[nodiscard]] Result<Grant> grantOf(GrantOutcome outcome, const Lease& lease);
    [[nodiscard]] Result<void> rememberKey(const LeaseRequest& request, const LeaseId& lease);

    const Clock& m_clock;
    std::string m_path; ///< of SQLite's file
    std::optional<SpaceReserve> m_reserve; ///< SQLite's
    std::optional<PostgresSettings> m_postgres;
    std::unique_ptr<ConnectionWatch> m_watch; ///< PostgreSQL's; outlives the connections
    std::atomic<bool> m_wentBack { false };
    std::atomic<long long> m_seen { 0 }; ///< R11: epochs up to here were given
    std::mutex m_sessionsMutex;
    std::map<std::thread::id, Session> m_sessions; ///< the store's few threads, each its own
};

template <typename Work> auto SqlStore::attempt(const Work& work) -> decltype(work())
{
    if (Result<void> begun = begin(); !begun)
        return tl::unexpected(begun.error());
    session().taken = {};
    auto result = [&]() -> decltype(work()) {
        if (Result<void> fenced = checkFence(); !fenced)
            return tl::unexpected(fenced.error());
        return work();
    }();
    if (!result) {
        rollback();
        return result;
    }
    if (Result<void> committed = commit(); !committed)
        return tl::unexpected(committed.error());
    noteCommitted();
    return result;
}

template <typename Work> auto SqlStore::attemptInGroup(const Work& work) -> decltype(work())
{
    const bool isFirst = session().group == Group::pending;
    if (Result<void> opened = openPart(); !opened)
        return tl::unexpected(opened.error());
    const Epoch takenBefore = session().taken;
    auto result = [&]() -> decltype(work()) {
        if (Result<void> fenced = checkFence(); !fenced)
            return tl::unexpected(fenced.error());
        return work();
    }();
    const Result<void> closed = closePart(
        isFirst, result ? Result<void> {} : Result<void>(tl::unexpected(result.error())));
    if (!closed) {
        session().taken = takenBefore;
        return tl::unexpected(closed.error());
    }
    return result;
}

template <typename Attempt>
auto SqlStore::patiently(Quicker quicker, const Attempt& attemptOnce) -> decltype(attemptOnce())
{
    constexpr int most = 8;
    for (int tries = 1;; ++tries) {
        auto result = attemptOnce();
        const std::unique_ptr<sql::Connection>& used = session().connection;
        if (result || !used || used->isSpent() || tries == most || session().group == Group::broken)
            return result;
        const sql::Remedy remedy = used->remedy();
        if (remedy != sql::Remedy::again
            && !(remedy == sql::Remedy::conflict && quicker == Quicker::isSeen))
            return result;
    }
}

template <typename Work>
auto SqlStore::write(Purpose purpose, const Work& work, Quicker quicker) -> decltype(work())
{
    // A full disk undoes the whole group: the jobs of it are run again one by one, and then the
    // reserve is given up for those that it is for.
    const bool grouped = session().group != Group::none;
    if (purpose == Purpose::ordinary && m_reserve && !m_reserve->ensure())
        return tl::unexpected(noRoomError());
    if (grouped)
        return patiently(quicker, [&] { return attemptInGroup(work); });
    auto result = patiently(quicker, [&] { return attempt(work); });
    if (purpose == Purpose::vital && !result && result.error().code == Errc::storageFull
        && m_reserve && m_reserve->release())
        return attempt(work);
    return result;
}

template <typename Read>
auto SqlStore::select(const char* name, sql::Values values, const Read& read)
    -> Result<std::vector<decltype(read(std::declval<sql::Row&>()))>>
{
    Result<sql::Connection*> open = connection();
    if (!open)
        return tl::unexpected(open.error());
    auto rows = (*open)->select(name, values, read);
    if (rows || !(*open)->isLost() || session().inTransaction)
        return rows;
    open = connection(); // the server was restarted since the last question
    if (!open)
        return tl::unexpected(open.error());
    return (*open)->select(name, values, read);
}

template <typename Read>
auto SqlStore::selectOne(const char* name, sql::Values values, const Read& read, const char* what)
    -> Result<decltype(read(std::declval<sql::Row&>()))>
{
    auto rows = select(name, values, read);
    if (!rows)
        return tl::unexpected(rows.error());
    if (rows->empty())
        return failure(Errc::notFound, std::string("there is no such ") + what);
    return std::move(rows->front());
}

}
