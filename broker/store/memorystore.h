// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/store.h"
#include "broker/store/claimrules.h"
#include "broker/store/storefactory.h"

#include <map>
#include <memory>
#include <set>

namespace wardesk::broker {

/// What a group of the store in memory that is undone goes back to.
struct MemoryFacts
{
    struct Token
    {
        NewToken facts;
        bool revoked = false;
    };
    struct Ticket
    {
        NewTicket facts;
        bool used = false;
    };
    struct Key
    {
        PoolId pool;
        LeaseId lease;
        WallTime createdAt {};
    };
    struct Broker
    {
        BrokerRecord record;
        WallTime seenAt {};
    };
    std::map<OrganisationId, Organisation> m_organisations;
    std::map<UserId, User> m_users;
    std::map<SecretHash, Token> m_tokens;
    std::multimap<std::string, WallTime> m_signInFailures;
    std::map<ImageId, Image> m_images;
    std::map<PoolId, Pool> m_pools;
    std::map<HostId, Host> m_hosts;
    std::map<DesktopId, Desktop> m_desktops;
    std::map<DomainUuid, DesktopId> m_domains; ///< of all incarnations ever
    std::map<LeaseId, Lease> m_leases;
    std::map<std::pair<UserId, std::string>, Key> m_keys;
    std::map<SecretHash, Ticket> m_tickets;
    std::map<BrokerId, Broker> m_brokers;
    std::map<PoolId, rules::PoolClaim> m_claims; ///< each with a holder
    long long m_epoch = 0;
    std::optional<AdoptionRecord> m_adoption;
    WallTime m_adoptionSeenAt {};
    std::map<DesktopId, AgentWord> m_words;
    std::set<DesktopId> m_settled;
    std::vector<Evidence> m_evidence; ///< in the order of its writing
    std::map<RolloutId, Rollout> m_rollouts;
    std::map<PoolId, PoolCalendar> m_calendars;
    std::map<PoolId, std::vector<RosterShift>> m_shifts; ///< by start and ward
    std::map<PoolId, std::vector<std::chrono::milliseconds>> m_boots; ///< the newest is last
    std::map<UserGroupId, UserGroup> m_userGroups;
    std::map<TerminalGroupId, TerminalGroup> m_terminalGroups;
    std::map<PoolId, std::vector<Entitlement>> m_entitlements;
    std::map<PoolId, std::int64_t> m_poolLimits;
    std::map<OrganisationId, std::int64_t> m_userLimits;
};

/// All that the store in memory remembers. The audit only grows: a group that is undone cuts it,
/// and none copies it.
struct MemoryTables : MemoryFacts
{
    std::vector<AuditRecord> m_audit;
};

/// The whole database in maps. Everything is lost with the object. One thread at a time.
class MemoryStore final : public Store, private MemoryTables
{
public:
    explicit MemoryStore(const Clock& clock = systemClock())
        : m_clock(clock)
    {
    }
    /// R14 for tests: while set, what would need a write fails with `storageFull`.
    void setFull(bool full) { m_full = full; }
    /// A backup, and what its restoring makes of this database (R11). The object remembers what
    /// epochs it has seen, as a process does whose database was promoted.
    [[nodiscard]] MemoryTables backup() const { return *this; }
    void restore(const MemoryTables& tables) { static_cast<MemoryTables&>(*this) = tables; }

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
    Result<void> quarantine(const DesktopId& id, const std::string& reason, WallTime now) override;
    Result<void> releaseQuarantine(const DesktopId& id) override;
    Result<DesktopRow> findDesktop(const DesktopId& id) override;
    Result<std::vector<DesktopRow>> listDesktops(const PoolId& pool) override;
    Result<std::vector<DesktopRow>> listDesktops() override;
    Result<SiteLoad> siteLoad(const PoolId& pool) override;
    Result<std::vector<std::string>> listAddresses() override;
    Result<DesktopRow> findByBootstrap(
        const DesktopId& id, Incarnation number, const SecretHash& hash) override;

    Result<void> beginSuspending(const DesktopId& id, Incarnation number, WallTime now) override;
    Result<void> recordSuspended(const DesktopId& id, Incarnation number, WallTime now) override;
    Result<void> beginResuming(
        const DesktopId& id, Incarnation number, const std::string& why, WallTime now) override;
    Result<void> recordResumeFailure(
        const DesktopId& id, Incarnation number, const std::string& error, WallTime now) override;
    Result<void> assignDesktop(const DesktopId& id, const UserId& user) override;
    Result<void> unassignDesktop(
        const DesktopId& id, const UserId& expectedOwner, WallTime now) override;

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
    void setFence(std::optional<Fence> fence) override { m_fence = std::move(fence); }

    Result<AdoptionRecord> beginAdoption(const AdoptionRecord& wanted, Epoch atLeast,
        std::chrono::milliseconds life, AdoptionStart how) override;
    Result<std::optional<AdoptionRecord>> findAdoption() override { return m_adoption; }
    Result<void> noteAdoption(
        const BrokerId& broker, std::int64_t total, std::int64_t settled) override;
    Result<void> endAdoption(const BrokerId& broker) override;
    Result<bool> recordWord(const AgentWord& word) override;
    Result<std::vector<AgentWord>> listWords() override;
    Result<std::vector<DesktopId>> listSettled() override;
    Result<void> adoptDesktop(const AdoptedDesktop& adopted) override;
    void expectEpoch(Epoch seen) override
    {
        m_seen = std::max(m_seen, seen);
        m_wentBack = false;
    }
    bool hasGoneBack() const override { return m_wentBack; }

    Result<void> beginGroup() override;
    Result<void> commitGroup() override;
    void rollbackGroup() override;

private:
    /// Before every write: room, and the claim that the thread writes under.
    Result<void> checkWritable() const;
    Result<void> checkFence() const;
    /// R11: nothing new while a restored database is set right.
    Result<void> checkNotAdopting() const;
    void noteBoot(const Desktop& desktop);
    [[nodiscard]] Result<void> checkUsersOf(
        const OrganisationId& organisation, const std::vector<UserId>& users) const;
    /// Whether any entitlement does so.
    template <typename Uses> [[nodiscard]] bool isNamed(const Uses& uses) const;
    /// By one more lease that takes the place of `replaced`.
    [[nodiscard]] std::optional<GrantOutcome> limitReached(
        const LeaseRequest& request, const Lease* replaced);
    Result<void> checkAdoptable(const DesktopRow& row) const;
    Result<void> checkAdoptable(const Lease& lease, const std::map<LeaseId, Lease>& after) const;
    std::map<LeaseId, Lease> leasesAfter(const DesktopRow& row, WallTime now) const;
    Result<Epoch> takeEpoch();
    bool isRegistered(const BrokerId& id, Epoch epoch) const;
    [[nodiscard]] Desktop asRead(const Desktop& desktop) const;
    [[nodiscard]] bool givesOut(const HostId& id) const;
    DesktopRow rowOf(const Desktop& desktop) const;
    Lease* openLeaseOf(const UserId& user, const PoolId& pool);
    bool isGiven(const Desktop& desktop) const;
    Desktop* freeDesktopIn(const PoolId& pool, const UserId& owner);
    Desktop* desktopWithRoomIn(const Pool& pool);
    std::int64_t seatFor(const Desktop& desktop) const;
    const Desktop* desktopOf(const UserId& owner, const PoolId& pool) const;
    Result<Grant> grantOf(GrantOutcome outcome, const Lease& lease) const;
    template <typename Change>
    Result<void> changeDesktop(const DesktopId& id, const Change& change);

    const Clock& m_clock;
    bool m_full = false;
    std::optional<Fence> m_fence;
    bool m_wentBack = false;
    Epoch m_seen; ///< R11: the least that the counter may have come to
    std::unique_ptr<MemoryFacts> m_before; ///< the open group's
    std::size_t m_auditBefore = 0; ///< how long it was then
};

}
