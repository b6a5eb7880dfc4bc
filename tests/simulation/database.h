// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/store.h"
#include "broker/store/memorystore.h"
#include "tests/simulation/lanes.h"
#include "tests/simulation/observer.h"

#include <memory>
#include <type_traits>

namespace wardesk::broker::simulation {

/// The one database of the world and what is wrong with it.
struct Database
{
    explicit Database(const Scheduler& scheduler)
        : clock(scheduler)
    {
    }
    ProcessClock clock; ///< the right time (R10)
    std::unique_ptr<Store> store;
    MemoryStore* memory = nullptr; ///< the same one, when it is in memory
    bool isDown = false;
    double failing = 0; ///< share of calls that fail before they do anything
    double losing = 0; ///< share of calls that take effect and whose answer is lost
    Span slowness { 0 };
};

/// Counts down to the death of a process in the middle of what it does.
struct DeathTrap
{
    int callsLeft = 0; ///< 0: not armed
    bool afterEffect = false;
    Job spring;
    /// True when this is the call.
    bool isSprung() { return callsLeft > 0 && --callsLeft == 0; }
};

/// One process's connection to the database. Every call takes time, may fail, and may be where the
/// process dies: before its effect or after it.
class DatabaseConnection final : public Store
{
public:
    DatabaseConnection(
        Database& database, WorkerLane& lane, Random& random, Observer& observer, DeathTrap& trap)
        : m_database(database)
        , m_lane(lane)
        , m_random(random)
        , m_observer(observer)
        , m_trap(trap)
    {
    }

    Result<Organisation> ensureOrganisation(
        const OrganisationId& id, const std::string& name) override
    {
        return through(
            Kind::write, [&](Store& store) { return store.ensureOrganisation(id, name); });
    }
    Result<Organisation> findOrganisation(const std::string& name) override
    {
        return through(Kind::read, [&](Store& store) { return store.findOrganisation(name); });
    }
    Result<void> insertUser(const User& user) override
    {
        return through(Kind::write, [&](Store& store) { return store.insertUser(user); });
    }
    std::string foldedName(const std::string& name) const override
    {
        return m_database.store->foldedName(name);
    }
    Result<User> findUserByName(
        const OrganisationId& organisation, const std::string& name) override
    {
        return through(
            Kind::read, [&](Store& store) { return store.findUserByName(organisation, name); });
    }
    Result<User> findUser(const UserId& id) override
    {
        return through(Kind::read, [&](Store& store) { return store.findUser(id); });
    }
    Result<std::vector<User>> listUsers(const OrganisationId& organisation) override
    {
        return through(Kind::read, [&](Store& store) { return store.listUsers(organisation); });
    }
    Result<void> setPasswordHash(const UserId& id, const std::string& hash) override
    {
        return through(Kind::write, [&](Store& store) { return store.setPasswordHash(id, hash); });
    }
    Result<void> setUserDisabled(const UserId& id, bool disabled) override
    {
        return through(
            Kind::write, [&](Store& store) { return store.setUserDisabled(id, disabled); });
    }
    Result<void> insertToken(const NewToken& token) override
    {
        return through(Kind::write, [&](Store& store) { return store.insertToken(token); });
    }
    Result<TokenOwner> findTokenOwner(const SecretHash& hash, WallTime now) override
    {
        return through(Kind::read, [&](Store& store) { return store.findTokenOwner(hash, now); });
    }
    Result<void> revokeToken(const SecretHash& hash) override
    {
        return through(Kind::write, [&](Store& store) { return store.revokeToken(hash); });
    }
    Result<void> recordSignInFailure(const std::string& key, WallTime now) override
    {
        return through(
            Kind::write, [&](Store& store) { return store.recordSignInFailure(key, now); });
    }
    Result<int> countSignInFailures(const std::string& key, WallTime since) override
    {
        return through(
            Kind::read, [&](Store& store) { return store.countSignInFailures(key, since); });
    }
    Result<void> clearSignInFailures(const std::string& key) override
    {
        return through(Kind::write, [&](Store& store) { return store.clearSignInFailures(key); });
    }
    Result<void> insertImage(const Image& image) override
    {
        return through(Kind::write, [&](Store& store) { return store.insertImage(image); });
    }
    Result<std::vector<Image>> listImages(const OrganisationId& organisation) override
    {
        return through(Kind::read, [&](Store& store) { return store.listImages(organisation); });
    }
    Result<Image> findImage(const ImageId& id) override
    {
        return through(Kind::read, [&](Store& store) { return store.findImage(id); });
    }
    Result<void> insertPool(const Pool& pool) override
    {
        return through(Kind::write, [&](Store& store) { return store.insertPool(pool); });
    }
    Result<void> updatePool(const Pool& pool) override
    {
        return through(Kind::write, [&](Store& store) { return store.updatePool(pool); });
    }
    Result<void> deletePool(const PoolId& id) override
    {
        return through(Kind::write, [&](Store& store) { return store.deletePool(id); });
    }
    Result<Pool> findPool(const OrganisationId& organisation, const PoolId& id) override
    {
        return through(Kind::read, [&](Store& store) { return store.findPool(organisation, id); });
    }
    Result<std::vector<Pool>> listPools() override
    {
        return through(Kind::read, [&](Store& store) { return store.listPools(); });
    }
    Result<std::vector<Pool>> listPools(const OrganisationId& organisation) override
    {
        return through(Kind::read, [&](Store& store) { return store.listPools(organisation); });
    }
    Result<void> setImageState(const OrganisationId& organisation, const ImageId& id,
        ImageState state, const std::string& by, WallTime now) override
    {
        return through(Kind::write,
            [&](Store& store) { return store.setImageState(organisation, id, state, by, now); });
    }
    Result<void> recordImageCheck(const OrganisationId& organisation, const ImageId& id,
        const std::string& contentHash, WallTime now) override
    {
        return through(Kind::write, [&](Store& store) {
            return store.recordImageCheck(organisation, id, contentHash, now);
        });
    }
    Result<std::vector<Host>> listHosts() override
    {
        return through(Kind::read, [&](Store& store) { return store.listHosts(); });
    }
    Result<void> insertHost(const Host& host) override
    {
        return through(Kind::write, [&](Store& store) { return store.insertHost(host); });
    }
    Result<void> ensureHosts(const std::vector<Host>& configured) override
    {
        return through(Kind::write, [&](Store& store) { return store.ensureHosts(configured); });
    }
    Result<void> updateHost(const Host& host) override
    {
        return through(Kind::write, [&](Store& store) { return store.updateHost(host); });
    }
    Result<void> recordHostCapacity(const HostId& id, const HostCapacity& capacity) override
    {
        return through(
            Kind::write, [&](Store& store) { return store.recordHostCapacity(id, capacity); });
    }
    Result<void> setHostDead(const HostId& id, const std::optional<WallTime>& since) override
    {
        return through(
            Kind::write, [&](Store& store) { return store.setHostDead(id, since); },
            [this, id, isDead = since.has_value()] { m_observer.hostCountsAs(id, isDead); });
    }
    Result<std::vector<DesktopRow>> writeOffHost(const broker::Host& seen, WallTime now) override
    {
        return through(
            Kind::write, [&](Store& store) { return store.writeOffHost(seen, now); },
            [this, id = seen.id] { m_observer.writtenOff(id); });
    }
    Result<void> removeHost(const HostId& id) override
    {
        return through(Kind::write, [&](Store& store) { return store.removeHost(id); });
    }
    Result<void> beginRollout(
        const Rollout& rollout, const std::optional<RolloutId>& replaced) override
    {
        return through(
            Kind::write, [&](Store& store) { return store.beginRollout(rollout, replaced); },
            [this, rollout] { m_observer.rolledOut(rollout); });
    }
    Result<void> changeRollout(const RolloutChange& change) override
    {
        return through(
            Kind::write, [&](Store& store) { return store.changeRollout(change); },
            [this, change] { m_observer.rolloutChanged(change); });
    }
    Result<std::optional<Rollout>> findOpenRollout(const PoolId& pool) override
    {
        return through(Kind::read, [&](Store& store) { return store.findOpenRollout(pool); });
    }
    Result<std::vector<Rollout>> listRollouts(
        const OrganisationId& organisation, const std::optional<PoolId>& pool) override
    {
        return through(
            Kind::read, [&](Store& store) { return store.listRollouts(organisation, pool); });
    }
    Result<PoolCalendar> findCalendar(const PoolId& pool) override
    {
        return through(Kind::read, [&](Store& store) { return store.findCalendar(pool); });
    }
    Result<void> replaceCalendar(const OrganisationId& organisation, const PoolId& pool,
        const PoolCalendar& calendar) override
    {
        return through(Kind::write,
            [&](Store& store) { return store.replaceCalendar(organisation, pool, calendar); });
    }
    Result<std::vector<RosterShift>> listShifts(const PoolId& pool, const TimeSpan& span) override
    {
        return through(Kind::read, [&](Store& store) { return store.listShifts(pool, span); });
    }
    Result<void> replaceShifts(const OrganisationId& organisation, const PoolId& pool,
        const TimeSpan& span, const std::vector<RosterShift>& shifts) override
    {
        return through(Kind::write,
            [&](Store& store) { return store.replaceShifts(organisation, pool, span, shifts); });
    }
    Result<std::vector<SignInCount>> countSignIns(
        const PoolId& pool, const TimeSpan& span, std::chrono::milliseconds slot) override
    {
        return through(
            Kind::read, [&](Store& store) { return store.countSignIns(pool, span, slot); });
    }
    Result<void> recordEvidence(const Evidence& evidence) override
    {
        return through(Kind::write, [&](Store& store) { return store.recordEvidence(evidence); });
    }
    Result<std::vector<Evidence>> listEvidence(const DesktopId& desktop, int newest) override
    {
        return through(
            Kind::read, [&](Store& store) { return store.listEvidence(desktop, newest); });
    }
    Result<std::optional<Evidence>> findProof(const DesktopId& desktop, Incarnation upTo) override
    {
        return through(Kind::read, [&](Store& store) { return store.findProof(desktop, upTo); });
    }
    Result<std::vector<std::chrono::milliseconds>> listBootTimes(
        const PoolId& pool, int newest) override
    {
        return through(Kind::read, [&](Store& store) { return store.listBootTimes(pool, newest); });
    }
    Result<std::vector<UserGroup>> listUserGroups(const OrganisationId& organisation) override
    {
        return through(
            Kind::read, [&](Store& store) { return store.listUserGroups(organisation); });
    }
    Result<void> insertUserGroup(const UserGroup& group) override
    {
        return through(Kind::write, [&](Store& store) { return store.insertUserGroup(group); });
    }
    Result<void> changeMembers(const OrganisationId& organisation, const UserGroupId& group,
        const std::vector<UserId>& add, const std::vector<UserId>& remove) override
    {
        return through(Kind::write,
            [&](Store& store) { return store.changeMembers(organisation, group, add, remove); });
    }
    Result<void> removeUserGroup(
        const OrganisationId& organisation, const UserGroupId& group) override
    {
        return through(
            Kind::write, [&](Store& store) { return store.removeUserGroup(organisation, group); });
    }
    Result<std::vector<TerminalGroup>> listTerminalGroups(
        const OrganisationId& organisation) override
    {
        return through(
            Kind::read, [&](Store& store) { return store.listTerminalGroups(organisation); });
    }
    Result<void> insertTerminalGroup(const TerminalGroup& group) override
    {
        return through(Kind::write, [&](Store& store) { return store.insertTerminalGroup(group); });
    }
    Result<void> replacePatterns(const OrganisationId& organisation, const TerminalGroupId& group,
        const std::vector<std::string>& patterns) override
    {
        return through(Kind::write,
            [&](Store& store) { return store.replacePatterns(organisation, group, patterns); });
    }
    Result<void> removeTerminalGroup(
        const OrganisationId& organisation, const TerminalGroupId& group) override
    {
        return through(Kind::write,
            [&](Store& store) { return store.removeTerminalGroup(organisation, group); });
    }
    Result<std::vector<Entitlement>> listEntitlements(const PoolId& pool) override
    {
        return through(Kind::read, [&](Store& store) { return store.listEntitlements(pool); });
    }
    Result<void> changeAccess(const OrganisationId& organisation, const PoolId& pool,
        const PoolAccess& from, const PoolAccess& to) override
    {
        return through(Kind::write,
            [&](Store& store) { return store.changeAccess(organisation, pool, from, to); });
    }
    Result<void> replaceEntitlements(const OrganisationId& organisation, const PoolId& pool,
        const std::vector<Entitlement>& entitlements) override
    {
        return through(Kind::write, [&](Store& store) {
            return store.replaceEntitlements(organisation, pool, entitlements);
        });
    }
    Result<std::vector<Right>> rightsOf(const PoolId& pool, const UserId& user) override
    {
        return through(Kind::read, [&](Store& store) { return store.rightsOf(pool, user); });
    }
    Result<SessionLimits> sessionLimits(
        const OrganisationId& organisation, const PoolId& pool) override
    {
        return through(
            Kind::read, [&](Store& store) { return store.sessionLimits(organisation, pool); });
    }
    Result<void> setPoolLimit(
        const OrganisationId& organisation, const PoolId& pool, std::int64_t sessions) override
    {
        return through(Kind::write,
            [&](Store& store) { return store.setPoolLimit(organisation, pool, sessions); });
    }
    Result<std::int64_t> userLimit(const OrganisationId& organisation) override
    {
        return through(Kind::read, [&](Store& store) { return store.userLimit(organisation); });
    }
    Result<void> setUserLimit(const OrganisationId& organisation, std::int64_t sessions) override
    {
        return through(
            Kind::write, [&](Store& store) { return store.setUserLimit(organisation, sessions); });
    }
    Result<Desktop> addDesktop(const Desktop& withoutAddress, const std::string& firstAddress,
        const std::string& lastAddress) override
    {
        return through(
            Kind::write,
            [&](Store& store) {
                return store.addDesktop(withoutAddress, firstAddress, lastAddress);
            },
            [this](const Desktop& desktop) { m_observer.added(desktop); });
    }
    Result<Desktop> beginIncarnation(const NewIncarnation& incarnation) override
    {
        return through(
            Kind::write, [&](Store& store) { return store.beginIncarnation(incarnation); });
    }
    Result<void> recordStarted(const DesktopId& id, Incarnation number, WallTime now) override
    {
        return through(
            Kind::write, [&](Store& store) { return store.recordStarted(id, number, now); });
    }
    Result<void> recordStartFailure(
        const DesktopId& id, Incarnation number, const std::string& error, WallTime now) override
    {
        return through(Kind::write,
            [&](Store& store) { return store.recordStartFailure(id, number, error, now); });
    }
    Result<void> recordReady(const DesktopId& id, Incarnation number,
        const std::string& certificateSha256, WallTime now) override
    {
        return through(Kind::write,
            [&](Store& store) { return store.recordReady(id, number, certificateSha256, now); });
    }
    Result<void> recordUnready(const DesktopId& id, Incarnation number, WallTime now) override
    {
        return through(
            Kind::write, [&](Store& store) { return store.recordUnready(id, number, now); });
    }
    Result<void> beginEnding(
        const DesktopId& id, Incarnation number, EndReason reason, WallTime now) override
    {
        return through(
            Kind::write, [&](Store& store) { return store.beginEnding(id, number, reason, now); },
            [this, id, number, reason] { m_observer.ending(id, number, reason); });
    }
    Result<void> beginSuspending(const DesktopId& id, Incarnation number, WallTime now) override
    {
        return through(
            Kind::write, [&](Store& store) { return store.beginSuspending(id, number, now); });
    }
    Result<void> recordSuspended(const DesktopId& id, Incarnation number, WallTime now) override
    {
        return through(
            Kind::write, [&](Store& store) { return store.recordSuspended(id, number, now); });
    }
    Result<void> beginResuming(
        const DesktopId& id, Incarnation number, const std::string& why, WallTime now) override
    {
        return through(
            Kind::write, [&](Store& store) { return store.beginResuming(id, number, why, now); });
    }
    Result<void> recordResumeFailure(
        const DesktopId& id, Incarnation number, const std::string& error, WallTime now) override
    {
        return through(Kind::write,
            [&](Store& store) { return store.recordResumeFailure(id, number, error, now); });
    }
    Result<void> assignDesktop(const DesktopId& id, const UserId& user) override
    {
        return through(Kind::write, [&](Store& store) { return store.assignDesktop(id, user); });
    }
    Result<void> unassignDesktop(
        const DesktopId& id, const UserId& expectedOwner, WallTime now) override
    {
        return through(
            Kind::write,
            [&](Store& store) { return store.unassignDesktop(id, expectedOwner, now); },
            [this, id, expectedOwner] { m_observer.takenAway(id, expectedOwner); });
    }
    Result<void> recordEnded(
        const DesktopId& id, Incarnation number, DiskFate disk, WallTime now) override
    {
        return through(
            Kind::write, [&](Store& store) { return store.recordEnded(id, number, disk, now); },
            [this, id, number] { m_observer.ended(id, number); });
    }
    Result<void> removeDesktop(const DesktopId& id) override
    {
        return through(Kind::write, [&](Store& store) { return store.removeDesktop(id); });
    }
    Result<bool> isRemoved(const DesktopId& id, const DomainUuid& domain) override
    {
        return through(Kind::read, [&](Store& store) { return store.isRemoved(id, domain); });
    }
    Result<void> quarantine(const DesktopId& id, const std::string& reason, WallTime now) override
    {
        return through(
            Kind::write, [&](Store& store) { return store.quarantine(id, reason, now); });
    }
    Result<void> beginDraining(const DesktopId& id, Incarnation number, WallTime now) override
    {
        return through(
            Kind::write, [&](Store& store) { return store.beginDraining(id, number, now); });
    }
    Result<void> releaseQuarantine(const DesktopId& id) override
    {
        return through(Kind::write, [&](Store& store) { return store.releaseQuarantine(id); });
    }
    Result<DesktopRow> findDesktop(const DesktopId& id) override
    {
        return through(Kind::read, [&](Store& store) { return store.findDesktop(id); });
    }
    Result<std::vector<DesktopRow>> listDesktops(const PoolId& pool) override
    {
        return through(Kind::read, [&](Store& store) { return store.listDesktops(pool); });
    }
    Result<std::vector<DesktopRow>> listDesktops() override
    {
        return through(Kind::read, [&](Store& store) { return store.listDesktops(); });
    }
    Result<SiteLoad> siteLoad(const PoolId& pool) override
    {
        return through(Kind::read, [&](Store& store) { return store.siteLoad(pool); });
    }
    Result<std::vector<std::string>> listAddresses() override
    {
        return through(Kind::read, [&](Store& store) { return store.listAddresses(); });
    }
    Result<DesktopRow> findByBootstrap(
        const DesktopId& id, Incarnation number, const SecretHash& hash) override
    {
        return through(
            Kind::read, [&](Store& store) { return store.findByBootstrap(id, number, hash); });
    }
    Result<Grant> grant(const LeaseRequest& request) override
    {
        return through(
            Kind::write, [&](Store& store) { return store.grant(request); },
            [this, request](const Grant& grant) { m_observer.granted(request, grant); });
    }
    Result<Lease> findLease(const OrganisationId& organisation, const LeaseId& id) override
    {
        return through(Kind::read, [&](Store& store) { return store.findLease(organisation, id); });
    }
    Result<std::vector<Lease>> listOpenLeases(const OrganisationId& organisation) override
    {
        return through(
            Kind::read, [&](Store& store) { return store.listOpenLeases(organisation); });
    }
    Result<std::vector<Lease>> listOpenLeasesOf(const UserId& user) override
    {
        return through(Kind::read, [&](Store& store) { return store.listOpenLeasesOf(user); });
    }
    Result<Lease> reviewLease(const LeaseId& id, WallTime now) override
    {
        return through(
            Kind::write, [&](Store& store) { return store.reviewLease(id, now); },
            [this](const Lease& lease) { m_observer.reviewed(lease); });
    }
    Result<void> recordConnected(const LeaseId& id, Epoch epoch, WallTime now) override
    {
        return through(
            Kind::write, [&](Store& store) { return store.recordConnected(id, epoch, now); });
    }
    Result<void> recordDisconnected(const LeaseId& id, WallTime now) override
    {
        return through(
            Kind::write, [&](Store& store) { return store.recordDisconnected(id, now); });
    }
    Result<void> closeLease(const LeaseId& id, CloseReason reason, WallTime now) override
    {
        return through(
            Kind::write, [&](Store& store) { return store.closeLease(id, reason, now); },
            [this, id, reason] { m_observer.closed(id, reason); });
    }
    Result<void> insertTicket(const NewTicket& ticket) override
    {
        return through(
            Kind::write, [&](Store& store) { return store.insertTicket(ticket); },
            [this, ticket] { m_observer.ticketStored(ticket); });
    }
    Result<RedeemedTicket> redeemTicket(
        const SecretHash& hash, const UserId& user, WallTime now) override
    {
        return through(
            Kind::write, [&](Store& store) { return store.redeemTicket(hash, user, now); },
            [this, hash, user, sentAt = m_observer.now()](
                const RedeemedTicket&) { m_observer.ticketTaken(hash, user, sentAt); });
    }
    Result<void> appendAudit(AuditRecord record) override
    {
        return through(
            Kind::write, [&](Store& store) { return store.appendAudit(std::move(record)); });
    }
    Result<std::vector<AuditRecord>> listAudit(
        const OrganisationId& organisation, std::int64_t afterNumber, int limit) override
    {
        return through(Kind::read,
            [&](Store& store) { return store.listAudit(organisation, afterNumber, limit); });
    }
    Result<std::int64_t> verifyAudit() override
    {
        return through(Kind::read, [&](Store& store) { return store.verifyAudit(); });
    }
    Result<Epoch> nextEpoch() override
    {
        return through(Kind::write, [&](Store& store) { return store.nextEpoch(); });
    }
    Result<Epoch> currentEpoch() override
    {
        return through(Kind::read, [&](Store& store) { return store.currentEpoch(); });
    }
    Result<void> raiseEpoch(Epoch atLeast) override
    {
        return through(Kind::write, [&](Store& store) { return store.raiseEpoch(atLeast); });
    }
    Result<BrokerRecord> registerBroker(BrokerRecord record) override
    {
        return through(Kind::write, [&](Store& store) { return store.registerBroker(record); });
    }
    Result<WallTime> heartbeat(const BrokerId& id, Epoch epoch) override
    {
        return through(Kind::write, [&](Store& store) { return store.heartbeat(id, epoch); });
    }
    Result<std::vector<BrokerRecord>> listBrokers(std::chrono::milliseconds aliveWithin) override
    {
        return through(Kind::read, [&](Store& store) { return store.listBrokers(aliveWithin); });
    }
    Result<void> unregisterBroker(const BrokerId& id, Epoch epoch) override
    {
        return through(
            Kind::write, [&](Store& store) { return store.unregisterBroker(id, epoch); });
    }
    Result<std::vector<Fence>> claimPools(
        const BrokerId& id, Epoch epoch, std::chrono::milliseconds ttl) override
    {
        return through(Kind::write, [&](Store& store) { return store.claimPools(id, epoch, ttl); });
    }
    Result<void> releasePools(const BrokerId& id) override
    {
        return through(Kind::write, [&](Store& store) { return store.releasePools(id); });
    }
    Result<AdoptionRecord> beginAdoption(const AdoptionRecord& wanted, Epoch atLeast,
        std::chrono::milliseconds life, AdoptionStart how) override
    {
        return through(Kind::write,
            [&](Store& store) { return store.beginAdoption(wanted, atLeast, life, how); });
    }
    Result<std::optional<AdoptionRecord>> findAdoption() override
    {
        return through(Kind::read, [&](Store& store) { return store.findAdoption(); });
    }
    Result<void> noteAdoption(
        const BrokerId& broker, std::int64_t total, std::int64_t settled) override
    {
        return through(
            Kind::write, [&](Store& store) { return store.noteAdoption(broker, total, settled); });
    }
    Result<void> endAdoption(const BrokerId& broker) override
    {
        return through(Kind::write, [&](Store& store) { return store.endAdoption(broker); });
    }
    Result<bool> recordWord(const AgentWord& word) override
    {
        return through(Kind::write, [&](Store& store) { return store.recordWord(word); });
    }
    Result<std::vector<AgentWord>> listWords() override
    {
        return through(Kind::read, [&](Store& store) { return store.listWords(); });
    }
    Result<std::vector<DesktopId>> listSettled() override
    {
        return through(Kind::read, [&](Store& store) { return store.listSettled(); });
    }
    Result<void> adoptDesktop(const AdoptedDesktop& adopted) override
    {
        return through(Kind::write, [&](Store& store) { return store.adoptDesktop(adopted); });
    }
    void expectEpoch(Epoch seen) override { m_database.store->expectEpoch(seen); }
    [[nodiscard]] bool hasGoneBack() const override { return m_database.store->hasGoneBack(); }
    /// The real store keeps it for the calling thread; here each connection is such a thread.
    void setFence(std::optional<Fence> fence) override { m_fence = std::move(fence); }
    Result<void> beginGroup() override;
    Result<void> commitGroup() override;
    void rollbackGroup() override;
    Result<void> purge(WallTime now) override
    {
        return through(Kind::write, [&](Store& store) { return store.purge(now); });
    }
    Result<std::string> probe() override
    {
        return through(Kind::write, [&](Store& store) { return store.probe(); });
    }

private:
    enum class Kind { read, write };
    /// Nothing when the call is to be made, otherwise why it fails.
    [[nodiscard]] std::optional<Error> before(Kind kind);
    /// Told at once, or when the group is committed in which it happened.
    template <typename Seen> void committed(Seen seen)
    {
        if (m_grouped)
            m_seen.emplace_back(std::move(seen));
        else
            seen();
    }
    /// Nothing when its answer arrives.
    [[nodiscard]] std::optional<Error> after(Kind kind);

    /// `seen` is told of a success at the moment of its commit.
    template <typename Call, typename Seen = std::nullptr_t>
    auto through(Kind kind, const Call& call, const Seen& seen = nullptr)
        -> decltype(call(std::declval<Store&>()))
    {
        if (auto error = before(kind))
            return tl::unexpected(std::move(*error));
        m_database.store->setFence(m_fence);
        auto result = call(*m_database.store);
        m_database.store->setFence(std::nullopt);
        if constexpr (!std::is_same_v<Seen, std::nullptr_t>) {
            if (result) {
                if constexpr (std::is_invocable_v<Seen>)
                    committed([seen] { seen(); });
                else
                    committed([seen, value = *result] { seen(value); });
            }
        }
        if (auto error = after(kind))
            return tl::unexpected(std::move(*error));
        return result;
    }

    Database& m_database;
    WorkerLane& m_lane;
    Random& m_random;
    Observer& m_observer;
    DeathTrap& m_trap;
    std::optional<Fence> m_fence;
    bool m_grouped = false;
    std::vector<Job> m_seen; ///< of the open group
    bool m_dies = false; ///< in the call that is being made
};

}
