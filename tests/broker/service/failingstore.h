// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/store.h"

#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <utility>

namespace wardesk::broker::test {

/// A store of which one chosen call fails before it does anything, as a full disk, a lost server or
/// a refused statement make it fail: what a service does then is a promise like any other.
class FailingStore final : public Store
{
public:
    explicit FailingStore(Store& real)
        : m_real(real)
    {
    }
    /// After `good` calls more, one fails. Groups, fences and what cannot fail are not counted.
    void failAfter(int good, Error error) { fail({}, std::move(error), good, 1); }
    /// The next call of this name fails, or so many, after `good` of that name that do not.
    void failNext(const std::string& name, Error error, int good = 0, int times = 1)
    {
        fail(name, std::move(error), good, times);
    }
    /// Every call of this name fails, until the next word.
    void failAll(const std::string& name, Error error)
    {
        fail(name, std::move(error), 0, std::numeric_limits<int>::max());
    }
    void failNothing() { m_left = 0; }
    /// Right before the next call of this name somebody else does this to the database.
    void meanwhile(const std::string& name, std::function<void()> act)
    {
        m_interrupted = name;
        m_meanwhile = std::move(act);
    }
    /// Whether the chosen call has come.
    [[nodiscard]] bool hasFailed() const { return !m_failed.empty(); }
    /// The name of the call that failed last.
    [[nodiscard]] const std::string& failed() const { return m_failed; }

    Result<Organisation> ensureOrganisation(
        const OrganisationId& id, const std::string& name) override
    {
        return through("ensureOrganisation", [&] { return m_real.ensureOrganisation(id, name); });
    }
    Result<Organisation> findOrganisation(const std::string& name) override
    {
        return through("findOrganisation", [&] { return m_real.findOrganisation(name); });
    }
    Result<void> insertUser(const User& user) override
    {
        return through("insertUser", [&] { return m_real.insertUser(user); });
    }
    std::string foldedName(const std::string& name) const override
    {
        return m_real.foldedName(name);
    }
    Result<User> findUserByName(
        const OrganisationId& organisation, const std::string& name) override
    {
        return through("findUserByName", [&] { return m_real.findUserByName(organisation, name); });
    }
    Result<User> findUser(const UserId& id) override
    {
        return through("findUser", [&] { return m_real.findUser(id); });
    }
    Result<std::vector<User>> listUsers(const OrganisationId& organisation) override
    {
        return through("listUsers", [&] { return m_real.listUsers(organisation); });
    }
    Result<void> setPasswordHash(const UserId& id, const std::string& hash) override
    {
        return through("setPasswordHash", [&] { return m_real.setPasswordHash(id, hash); });
    }
    Result<void> setUserDisabled(const UserId& id, bool disabled) override
    {
        return through("setUserDisabled", [&] { return m_real.setUserDisabled(id, disabled); });
    }
    Result<void> insertToken(const NewToken& token) override
    {
        return through("insertToken", [&] { return m_real.insertToken(token); });
    }
    Result<TokenOwner> findTokenOwner(const SecretHash& hash, WallTime now) override
    {
        return through("findTokenOwner", [&] { return m_real.findTokenOwner(hash, now); });
    }
    Result<void> revokeToken(const SecretHash& hash) override
    {
        return through("revokeToken", [&] { return m_real.revokeToken(hash); });
    }
    Result<void> recordSignInFailure(const std::string& key, WallTime now) override
    {
        return through("recordSignInFailure", [&] { return m_real.recordSignInFailure(key, now); });
    }
    Result<int> countSignInFailures(const std::string& key, WallTime since) override
    {
        return through(
            "countSignInFailures", [&] { return m_real.countSignInFailures(key, since); });
    }
    Result<void> clearSignInFailures(const std::string& key) override
    {
        return through("clearSignInFailures", [&] { return m_real.clearSignInFailures(key); });
    }
    Result<void> insertImage(const Image& image) override
    {
        return through("insertImage", [&] { return m_real.insertImage(image); });
    }
    Result<std::vector<Image>> listImages(const OrganisationId& organisation) override
    {
        return through("listImages", [&] { return m_real.listImages(organisation); });
    }
    Result<Image> findImage(const ImageId& id) override
    {
        return through("findImage", [&] { return m_real.findImage(id); });
    }
    Result<void> insertPool(const Pool& pool) override
    {
        return through("insertPool", [&] { return m_real.insertPool(pool); });
    }
    Result<void> updatePool(const Pool& pool) override
    {
        return through("updatePool", [&] { return m_real.updatePool(pool); });
    }
    Result<void> deletePool(const PoolId& id) override
    {
        return through("deletePool", [&] { return m_real.deletePool(id); });
    }
    Result<Pool> findPool(const OrganisationId& organisation, const PoolId& id) override
    {
        return through("findPool", [&] { return m_real.findPool(organisation, id); });
    }
    Result<std::vector<Pool>> listPools() override
    {
        return through("listPools", [&] { return m_real.listPools(); });
    }
    Result<std::vector<Pool>> listPools(const OrganisationId& organisation) override
    {
        return through("listPools", [&] { return m_real.listPools(organisation); });
    }
    Result<Desktop> addDesktop(const Desktop& withoutAddress, const std::string& firstAddress,
        const std::string& lastAddress) override
    {
        return through("addDesktop",
            [&] { return m_real.addDesktop(withoutAddress, firstAddress, lastAddress); });
    }
    Result<Desktop> beginIncarnation(const NewIncarnation& incarnation) override
    {
        return through("beginIncarnation", [&] { return m_real.beginIncarnation(incarnation); });
    }
    Result<void> recordStarted(const DesktopId& id, Incarnation number, WallTime now) override
    {
        return through("recordStarted", [&] { return m_real.recordStarted(id, number, now); });
    }
    Result<void> recordStartFailure(
        const DesktopId& id, Incarnation number, const std::string& error, WallTime now) override
    {
        return through("recordStartFailure",
            [&] { return m_real.recordStartFailure(id, number, error, now); });
    }
    Result<void> recordReady(const DesktopId& id, Incarnation number,
        const std::string& certificateSha256, WallTime now) override
    {
        return through(
            "recordReady", [&] { return m_real.recordReady(id, number, certificateSha256, now); });
    }
    Result<void> recordUnready(const DesktopId& id, Incarnation number, WallTime now) override
    {
        return through("recordUnready", [&] { return m_real.recordUnready(id, number, now); });
    }
    Result<void> beginEnding(
        const DesktopId& id, Incarnation number, EndReason reason, WallTime now) override
    {
        return through("beginEnding", [&] { return m_real.beginEnding(id, number, reason, now); });
    }
    Result<void> beginSuspending(const DesktopId& id, Incarnation number, WallTime now) override
    {
        return through("beginSuspending", [&] { return m_real.beginSuspending(id, number, now); });
    }
    Result<void> recordSuspended(const DesktopId& id, Incarnation number, WallTime now) override
    {
        return through("recordSuspended", [&] { return m_real.recordSuspended(id, number, now); });
    }
    Result<void> beginResuming(
        const DesktopId& id, Incarnation number, const std::string& why, WallTime now) override
    {
        return through("beginResuming", [&] { return m_real.beginResuming(id, number, why, now); });
    }
    Result<void> recordResumeFailure(
        const DesktopId& id, Incarnation number, const std::string& error, WallTime now) override
    {
        return through("recordResumeFailure",
            [&] { return m_real.recordResumeFailure(id, number, error, now); });
    }
    Result<void> assignDesktop(const DesktopId& id, const UserId& user) override
    {
        return through("assignDesktop", [&] { return m_real.assignDesktop(id, user); });
    }
    Result<void> unassignDesktop(
        const DesktopId& id, const UserId& expectedOwner, WallTime now) override
    {
        return through(
            "unassignDesktop", [&] { return m_real.unassignDesktop(id, expectedOwner, now); });
    }
    Result<void> recordEnded(
        const DesktopId& id, Incarnation number, DiskFate disk, WallTime now) override
    {
        return through("recordEnded", [&] { return m_real.recordEnded(id, number, disk, now); });
    }
    Result<void> removeDesktop(const DesktopId& id) override
    {
        return through("removeDesktop", [&] { return m_real.removeDesktop(id); });
    }
    Result<bool> isRemoved(const DesktopId& id, const DomainUuid& domain) override
    {
        return through("isRemoved", [&] { return m_real.isRemoved(id, domain); });
    }
    Result<void> quarantine(const DesktopId& id, const std::string& reason, WallTime now) override
    {
        return through("quarantine", [&] { return m_real.quarantine(id, reason, now); });
    }
    Result<void> beginDraining(const DesktopId& id, Incarnation number, WallTime now) override
    {
        return through("beginDraining", [&] { return m_real.beginDraining(id, number, now); });
    }
    Result<void> releaseQuarantine(const DesktopId& id) override
    {
        return through("releaseQuarantine", [&] { return m_real.releaseQuarantine(id); });
    }
    Result<DesktopRow> findDesktop(const DesktopId& id) override
    {
        return through("findDesktop", [&] { return m_real.findDesktop(id); });
    }
    Result<std::vector<DesktopRow>> listDesktops(const PoolId& pool) override
    {
        return through("listDesktops", [&] { return m_real.listDesktops(pool); });
    }
    Result<std::vector<DesktopRow>> listDesktops() override
    {
        return through("listDesktops", [&] { return m_real.listDesktops(); });
    }
    Result<SiteLoad> siteLoad(const PoolId& pool) override
    {
        return through("siteLoad", [&] { return m_real.siteLoad(pool); });
    }
    Result<std::vector<std::string>> listAddresses() override
    {
        return through("listAddresses", [&] { return m_real.listAddresses(); });
    }
    Result<void> setImageState(const OrganisationId& organisation, const ImageId& id,
        ImageState state, const std::string& by, WallTime now) override
    {
        return through("setImageState",
            [&] { return m_real.setImageState(organisation, id, state, by, now); });
    }
    Result<void> recordImageCheck(const OrganisationId& organisation, const ImageId& id,
        const std::string& contentHash, WallTime now) override
    {
        return through("recordImageCheck",
            [&] { return m_real.recordImageCheck(organisation, id, contentHash, now); });
    }
    Result<std::vector<Host>> listHosts() override
    {
        return through("listHosts", [&] { return m_real.listHosts(); });
    }
    Result<void> insertHost(const Host& host) override
    {
        return through("insertHost", [&] { return m_real.insertHost(host); });
    }
    Result<void> ensureHosts(const std::vector<Host>& configured) override
    {
        return through("ensureHosts", [&] { return m_real.ensureHosts(configured); });
    }
    Result<void> updateHost(const Host& host) override
    {
        return through("updateHost", [&] { return m_real.updateHost(host); });
    }
    Result<void> recordHostCapacity(const HostId& id, const HostCapacity& capacity) override
    {
        return through(
            "recordHostCapacity", [&] { return m_real.recordHostCapacity(id, capacity); });
    }
    Result<void> setHostDead(const HostId& id, const std::optional<WallTime>& since) override
    {
        return through("setHostDead", [&] { return m_real.setHostDead(id, since); });
    }
    Result<std::vector<DesktopRow>> writeOffHost(const Host& seen, WallTime now) override
    {
        return through("writeOffHost", [&] { return m_real.writeOffHost(seen, now); });
    }
    Result<void> removeHost(const HostId& id) override
    {
        return through("removeHost", [&] { return m_real.removeHost(id); });
    }
    Result<void> beginRollout(
        const Rollout& rollout, const std::optional<RolloutId>& replaced) override
    {
        return through("beginRollout", [&] { return m_real.beginRollout(rollout, replaced); });
    }
    Result<void> changeRollout(const RolloutChange& change) override
    {
        return through("changeRollout", [&] { return m_real.changeRollout(change); });
    }
    Result<std::optional<Rollout>> findOpenRollout(const PoolId& pool) override
    {
        return through("findOpenRollout", [&] { return m_real.findOpenRollout(pool); });
    }
    Result<std::vector<Rollout>> listRollouts(
        const OrganisationId& organisation, const std::optional<PoolId>& pool) override
    {
        return through("listRollouts", [&] { return m_real.listRollouts(organisation, pool); });
    }
    Result<PoolCalendar> findCalendar(const PoolId& pool) override
    {
        return through("findCalendar", [&] { return m_real.findCalendar(pool); });
    }
    Result<void> replaceCalendar(const OrganisationId& organisation, const PoolId& pool,
        const PoolCalendar& calendar) override
    {
        return through("replaceCalendar",
            [&] { return m_real.replaceCalendar(organisation, pool, calendar); });
    }
    Result<std::vector<RosterShift>> listShifts(const PoolId& pool, const TimeSpan& span) override
    {
        return through("listShifts", [&] { return m_real.listShifts(pool, span); });
    }
    Result<void> replaceShifts(const OrganisationId& organisation, const PoolId& pool,
        const TimeSpan& span, const std::vector<RosterShift>& shifts) override
    {
        return through("replaceShifts",
            [&] { return m_real.replaceShifts(organisation, pool, span, shifts); });
    }
    Result<std::vector<SignInCount>> countSignIns(
        const PoolId& pool, const TimeSpan& span, std::chrono::milliseconds slot) override
    {
        return through("countSignIns", [&] { return m_real.countSignIns(pool, span, slot); });
    }
    Result<void> recordEvidence(const Evidence& evidence) override
    {
        return through("recordEvidence", [&] { return m_real.recordEvidence(evidence); });
    }
    Result<std::vector<Evidence>> listEvidence(const DesktopId& desktop, int newest) override
    {
        return through("listEvidence", [&] { return m_real.listEvidence(desktop, newest); });
    }
    Result<std::optional<Evidence>> findProof(const DesktopId& desktop, Incarnation upTo) override
    {
        return through("findProof", [&] { return m_real.findProof(desktop, upTo); });
    }
    Result<std::vector<std::chrono::milliseconds>> listBootTimes(
        const PoolId& pool, int newest) override
    {
        return through("listBootTimes", [&] { return m_real.listBootTimes(pool, newest); });
    }
    Result<std::vector<UserGroup>> listUserGroups(const OrganisationId& organisation) override
    {
        return through("listUserGroups", [&] { return m_real.listUserGroups(organisation); });
    }
    Result<void> insertUserGroup(const UserGroup& group) override
    {
        return through("insertUserGroup", [&] { return m_real.insertUserGroup(group); });
    }
    Result<void> changeMembers(const OrganisationId& organisation, const UserGroupId& group,
        const std::vector<UserId>& add, const std::vector<UserId>& remove) override
    {
        return through("changeMembers",
            [&] { return m_real.changeMembers(organisation, group, add, remove); });
    }
    Result<void> removeUserGroup(
        const OrganisationId& organisation, const UserGroupId& group) override
    {
        return through(
            "removeUserGroup", [&] { return m_real.removeUserGroup(organisation, group); });
    }
    Result<std::vector<TerminalGroup>> listTerminalGroups(
        const OrganisationId& organisation) override
    {
        return through(
            "listTerminalGroups", [&] { return m_real.listTerminalGroups(organisation); });
    }
    Result<void> insertTerminalGroup(const TerminalGroup& group) override
    {
        return through("insertTerminalGroup", [&] { return m_real.insertTerminalGroup(group); });
    }
    Result<void> replacePatterns(const OrganisationId& organisation, const TerminalGroupId& group,
        const std::vector<std::string>& patterns) override
    {
        return through("replacePatterns",
            [&] { return m_real.replacePatterns(organisation, group, patterns); });
    }
    Result<void> removeTerminalGroup(
        const OrganisationId& organisation, const TerminalGroupId& group) override
    {
        return through(
            "removeTerminalGroup", [&] { return m_real.removeTerminalGroup(organisation, group); });
    }
    Result<std::vector<Entitlement>> listEntitlements(const PoolId& pool) override
    {
        return through("listEntitlements", [&] { return m_real.listEntitlements(pool); });
    }
    Result<void> changeAccess(const OrganisationId& organisation, const PoolId& pool,
        const PoolAccess& from, const PoolAccess& to) override
    {
        return through(
            "changeAccess", [&] { return m_real.changeAccess(organisation, pool, from, to); });
    }
    Result<void> replaceEntitlements(const OrganisationId& organisation, const PoolId& pool,
        const std::vector<Entitlement>& entitlements) override
    {
        return through("replaceEntitlements",
            [&] { return m_real.replaceEntitlements(organisation, pool, entitlements); });
    }
    Result<std::vector<Right>> rightsOf(const PoolId& pool, const UserId& user) override
    {
        return through("rightsOf", [&] { return m_real.rightsOf(pool, user); });
    }
    Result<SessionLimits> sessionLimits(
        const OrganisationId& organisation, const PoolId& pool) override
    {
        return through("sessionLimits", [&] { return m_real.sessionLimits(organisation, pool); });
    }
    Result<void> setPoolLimit(
        const OrganisationId& organisation, const PoolId& pool, std::int64_t sessions) override
    {
        return through(
            "setPoolLimit", [&] { return m_real.setPoolLimit(organisation, pool, sessions); });
    }
    Result<std::int64_t> userLimit(const OrganisationId& organisation) override
    {
        return through("userLimit", [&] { return m_real.userLimit(organisation); });
    }
    Result<void> setUserLimit(const OrganisationId& organisation, std::int64_t sessions) override
    {
        return through("setUserLimit", [&] { return m_real.setUserLimit(organisation, sessions); });
    }
    Result<DesktopRow> findByBootstrap(
        const DesktopId& id, Incarnation number, const SecretHash& hash) override
    {
        return through("findByBootstrap", [&] { return m_real.findByBootstrap(id, number, hash); });
    }
    Result<Grant> grant(const LeaseRequest& request) override
    {
        return through("grant", [&] { return m_real.grant(request); });
    }
    Result<Lease> findLease(const OrganisationId& organisation, const LeaseId& id) override
    {
        return through("findLease", [&] { return m_real.findLease(organisation, id); });
    }
    Result<std::vector<Lease>> listOpenLeases(const OrganisationId& organisation) override
    {
        return through("listOpenLeases", [&] { return m_real.listOpenLeases(organisation); });
    }
    Result<std::vector<Lease>> listOpenLeasesOf(const UserId& user) override
    {
        return through("listOpenLeasesOf", [&] { return m_real.listOpenLeasesOf(user); });
    }
    Result<Lease> reviewLease(const LeaseId& id, WallTime now) override
    {
        return through("reviewLease", [&] { return m_real.reviewLease(id, now); });
    }
    Result<void> recordConnected(const LeaseId& id, Epoch epoch, WallTime now) override
    {
        return through("recordConnected", [&] { return m_real.recordConnected(id, epoch, now); });
    }
    Result<void> recordDisconnected(const LeaseId& id, WallTime now) override
    {
        return through("recordDisconnected", [&] { return m_real.recordDisconnected(id, now); });
    }
    Result<void> closeLease(const LeaseId& id, CloseReason reason, WallTime now) override
    {
        return through("closeLease", [&] { return m_real.closeLease(id, reason, now); });
    }
    Result<void> insertTicket(const NewTicket& ticket) override
    {
        return through("insertTicket", [&] { return m_real.insertTicket(ticket); });
    }
    Result<RedeemedTicket> redeemTicket(
        const SecretHash& hash, const UserId& user, WallTime now) override
    {
        return through("redeemTicket", [&] { return m_real.redeemTicket(hash, user, now); });
    }
    Result<void> appendAudit(AuditRecord record) override
    {
        return through("appendAudit", [&] { return m_real.appendAudit(std::move(record)); });
    }
    Result<std::vector<AuditRecord>> listAudit(
        const OrganisationId& organisation, std::int64_t afterNumber, int limit) override
    {
        return through(
            "listAudit", [&] { return m_real.listAudit(organisation, afterNumber, limit); });
    }
    Result<std::int64_t> verifyAudit() override
    {
        return through("verifyAudit", [&] { return m_real.verifyAudit(); });
    }
    Result<Epoch> nextEpoch() override
    {
        return through("nextEpoch", [&] { return m_real.nextEpoch(); });
    }
    Result<Epoch> currentEpoch() override
    {
        return through("currentEpoch", [&] { return m_real.currentEpoch(); });
    }
    Result<void> raiseEpoch(Epoch atLeast) override
    {
        return through("raiseEpoch", [&] { return m_real.raiseEpoch(atLeast); });
    }
    Result<void> purge(WallTime now) override
    {
        return through("purge", [&] { return m_real.purge(now); });
    }
    Result<std::string> probe() override
    {
        return through("probe", [&] { return m_real.probe(); });
    }
    Result<BrokerRecord> registerBroker(BrokerRecord record) override
    {
        return through("registerBroker", [&] { return m_real.registerBroker(std::move(record)); });
    }
    Result<WallTime> heartbeat(const BrokerId& id, Epoch epoch) override
    {
        return through("heartbeat", [&] { return m_real.heartbeat(id, epoch); });
    }
    Result<std::vector<BrokerRecord>> listBrokers(std::chrono::milliseconds aliveWithin) override
    {
        return through("listBrokers", [&] { return m_real.listBrokers(aliveWithin); });
    }
    Result<void> unregisterBroker(const BrokerId& id, Epoch epoch) override
    {
        return through("unregisterBroker", [&] { return m_real.unregisterBroker(id, epoch); });
    }
    Result<std::vector<Fence>> claimPools(
        const BrokerId& id, Epoch epoch, std::chrono::milliseconds ttl) override
    {
        return through("claimPools", [&] { return m_real.claimPools(id, epoch, ttl); });
    }
    Result<void> releasePools(const BrokerId& id) override
    {
        return through("releasePools", [&] { return m_real.releasePools(id); });
    }
    void setFence(std::optional<Fence> fence) override { m_real.setFence(std::move(fence)); }
    Result<void> beginGroup() override { return m_real.beginGroup(); }
    Result<void> commitGroup() override { return m_real.commitGroup(); }
    void rollbackGroup() override { m_real.rollbackGroup(); }
    Result<AdoptionRecord> beginAdoption(const AdoptionRecord& wanted, Epoch atLeast,
        std::chrono::milliseconds life, AdoptionStart how) override
    {
        return through(
            "beginAdoption", [&] { return m_real.beginAdoption(wanted, atLeast, life, how); });
    }
    Result<std::optional<AdoptionRecord>> findAdoption() override
    {
        return through("findAdoption", [&] { return m_real.findAdoption(); });
    }
    Result<void> noteAdoption(
        const BrokerId& broker, std::int64_t total, std::int64_t settled) override
    {
        return through("noteAdoption", [&] { return m_real.noteAdoption(broker, total, settled); });
    }
    Result<void> endAdoption(const BrokerId& broker) override
    {
        return through("endAdoption", [&] { return m_real.endAdoption(broker); });
    }
    Result<bool> recordWord(const AgentWord& word) override
    {
        return through("recordWord", [&] { return m_real.recordWord(word); });
    }
    Result<std::vector<AgentWord>> listWords() override
    {
        return through("listWords", [&] { return m_real.listWords(); });
    }
    Result<std::vector<DesktopId>> listSettled() override
    {
        return through("listSettled", [&] { return m_real.listSettled(); });
    }
    Result<void> adoptDesktop(const AdoptedDesktop& adopted) override
    {
        return through("adoptDesktop", [&] { return m_real.adoptDesktop(adopted); });
    }
    void expectEpoch(Epoch seen) override { m_real.expectEpoch(seen); }
    bool hasGoneBack() const override { return m_real.hasGoneBack(); }

private:
    void fail(const std::string& name, Error error, int good, int times)
    {
        m_name = name;
        m_error = std::move(error);
        m_good = good;
        m_left = times;
        m_failed.clear();
    }
    template <typename Call> auto through(const char* name, const Call& call) -> decltype(call())
    {
        if (m_meanwhile && m_interrupted == name)
            std::exchange(m_meanwhile, nullptr)();
        if (m_left > 0 && (m_name.empty() || m_name == name) && m_good-- <= 0) {
            --m_left;
            m_failed = name;
            return tl::unexpected(m_error);
        }
        return call();
    }

    Store& m_real;
    std::string m_name; ///< empty: any call
    Error m_error { Errc::internal, {} };
    int m_good = 0;
    int m_left = 0;
    std::string m_failed;
    std::string m_interrupted;
    std::function<void()> m_meanwhile;
};

}
