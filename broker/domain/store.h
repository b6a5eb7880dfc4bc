// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/adoptionstore.h"
#include "broker/domain/elasticity.h"
#include "broker/domain/entitlement.h"
#include "broker/domain/evidence.h"
#include "broker/domain/ownership.h"
#include "broker/domain/rollout.h"
#include "broker/domain/suspension.h"
#include "broker/domain/values.h"
#include "protocols/base/error.h"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wardesk::broker {

struct LeaseRequest
{
    OrganisationId organisation;
    PoolId pool;
    UserId user;
    std::string idempotencyKey; ///< R9
    std::string terminal;
    LeaseId newLease; ///< id to use if a lease is granted
    WallTime now {};
    bool resumeOnly = false; ///< nobody has asked for another desktop than the one that runs
};

enum class GrantOutcome {
    granted, ///< a new lease on a fresh incarnation, or a fresh account of a shared desktop
    resumed, ///< the user's open lease in this pool, with a raised epoch
    repeated, ///< the same idempotency key: the same lease, nothing raised
    nothingReady, ///< no free ready incarnation now; whether the pool may grow is the caller's
                  ///< question
    poolLimit, ///< as many sessions of the pool are open as there may be (SessionLimits)
    userLimit, ///< the user has as many open as one may have
    ownPreparing, ///< dedicated pools: the user's own desktop is not ready yet
    ownAway ///< it is set aside, or its host gives nothing out: only an administrator can help
};

struct Grant
{
    GrantOutcome outcome = GrantOutcome::nothingReady;
    std::optional<Lease> lease;
    std::optional<Desktop> desktop; ///< with a lease; and the user's own that cannot be given out
    std::optional<Lease> replaced; ///< closed by this grant: its desktop is on a dead host
};

struct NewTicket
{
    SecretHash hash;
    LeaseId lease;
    Epoch epoch;
    UserId user;
    WallTime expiresAt {};
};

struct RedeemedTicket
{
    Lease lease;
    Desktop desktop;
};

struct NewToken
{
    SecretHash hash;
    UserId user;
    OrganisationId organisation;
    std::string terminal;
    WallTime expiresAt {};
    /// The account must still be the one that was looked at: with this password and not switched
    /// off. Without it nothing is compared.
    std::optional<std::string> passwordHash = std::nullopt;
};

struct NewIncarnation
{
    DesktopId desktop;
    Incarnation number; ///< must be the newest + 1, or `conflict`
    DomainUuid domain;
    ImageId image;
    SecretHash bootstrapHash;
    WallTime now {};
};

struct SiteLoad
{
    std::int64_t desktops = 0; ///< of all pools
    std::map<HostId, HostLoad> hosts; ///< of all pools; booting: of all other pools
};

/// One of the brokers on this database, as the others see it.
struct BrokerRecord
{
    BrokerId id;
    std::string name;
    std::string peerAddress; ///< host:port for other brokers
    std::string agentHost; ///< where its agents find it
    std::int64_t agentPort = 0;
    std::string keySha256; ///< of its certificate's key, pinned by agents and other brokers
    Epoch epoch; ///< of this registration; a later one makes it stale
};

/// A broker's claim to the work on a pool. Its epoch is from the database's counter, so that of two
/// who believe that they hold it one is refused (R3).
struct Fence
{
    PoolId pool;
    BrokerId broker;
    Epoch epoch;
    bool operator==(const Fence&) const = default;
};

/// The port to the database. One transaction a call, durable when it returns, unless a group is
/// open. Blocking: used on the store's own threads only; fence and group belong to the calling
/// thread (the store in memory has one thread for all). Every query carries the organisation where
/// the caller has one (A7).
/// Errors: notFound, conflict, stale, storageFull (disk full, read-only), unavailable (also when
/// nobody knows whether the commit happened: ask again, R9 makes that safe).
/// Implementations: SQL (SQLite, PostgreSQL) and one in memory; one contract suite.
class Store : public AdoptionStore,
              public ElasticityStore,
              public EntitlementStore,
              public EvidenceStore,
              public HostStore,
              public OwnershipStore,
              public RolloutStore,
              public SuspensionStore
{
public:
    // organisations, users, sign-in
    [[nodiscard]] virtual Result<Organisation> ensureOrganisation(
        const OrganisationId& id, const std::string& name)
        = 0; ///< returns the existing one of that name
    [[nodiscard]] virtual Result<Organisation> findOrganisation(const std::string& name) = 0;
    [[nodiscard]] virtual Result<void> insertUser(const User& user) = 0;
    /// One text for all ways to write a user's name. Who counts an account's wrong passwords must
    /// agree with who finds it, or each way of writing gets tries of its own (A2).
    [[nodiscard]] virtual std::string foldedName(const std::string& name) const = 0;
    [[nodiscard]] virtual Result<User> findUserByName(
        const OrganisationId& organisation, const std::string& name)
        = 0;
    [[nodiscard]] virtual Result<User> findUser(const UserId& id) = 0;
    [[nodiscard]] virtual Result<std::vector<User>> listUsers(const OrganisationId& organisation)
        = 0;
    /// Also revokes the user's tokens.
    [[nodiscard]] virtual Result<void> setPasswordHash(const UserId& id, const std::string& hash)
        = 0;
    /// Switched off also means signed out: revokes the user's tokens.
    [[nodiscard]] virtual Result<void> setUserDisabled(const UserId& id, bool disabled) = 0;
    /// `stale` when the account is not as the token's passwordHash says.
    [[nodiscard]] virtual Result<void> insertToken(const NewToken& token) = 0;
    /// The user of a token that is valid now; `unauthenticated` otherwise.
    struct TokenOwner
    {
        User user;
        std::string terminal;
        WallTime expiresAt {};
    };
    [[nodiscard]] virtual Result<TokenOwner> findTokenOwner(const SecretHash& hash, WallTime now)
        = 0;
    [[nodiscard]] virtual Result<void> revokeToken(const SecretHash& hash) = 0;
    /// A2: failures are counted here, per key ("account:…", "address:…"), and forgotten on success.
    [[nodiscard]] virtual Result<void> recordSignInFailure(const std::string& key, WallTime now)
        = 0;
    [[nodiscard]] virtual Result<int> countSignInFailures(const std::string& key, WallTime since)
        = 0;
    [[nodiscard]] virtual Result<void> clearSignInFailures(const std::string& key) = 0;

    // images and pools
    [[nodiscard]] virtual Result<void> insertImage(const Image& image) = 0;
    [[nodiscard]] virtual Result<std::vector<Image>> listImages(const OrganisationId& organisation)
        = 0;
    [[nodiscard]] virtual Result<Image> findImage(const ImageId& id) = 0;
    /// `conflict` when its image is not published.
    [[nodiscard]] virtual Result<void> insertPool(const Pool& pool) = 0;
    /// All but its image, which only a rollout changes.
    [[nodiscard]] virtual Result<void> updatePool(const Pool& pool) = 0;
    /// Only when no desktop of it exists any more, otherwise `conflict`.
    [[nodiscard]] virtual Result<void> deletePool(const PoolId& id) = 0;
    [[nodiscard]] virtual Result<Pool> findPool(
        const OrganisationId& organisation, const PoolId& id)
        = 0;
    [[nodiscard]] virtual Result<std::vector<Pool>> listPools()
        = 0; ///< of all organisations, for the reconciler
    [[nodiscard]] virtual Result<std::vector<Pool>> listPools(const OrganisationId& organisation)
        = 0;

    // desktops and their incarnations (R4: intent, then result)
    /// Adds a desktop with its first incarnation (intent to start). The store picks the lowest free
    /// address between the two (IPv4, inclusive); `poolFull` when none is left.
    [[nodiscard]] virtual Result<Desktop> addDesktop(const Desktop& withoutAddress,
        const std::string& firstAddress, const std::string& lastAddress)
        = 0;
    [[nodiscard]] virtual Result<Desktop> beginIncarnation(const NewIncarnation& incarnation)
        = 0; ///< only when the newest one has ended
    [[nodiscard]] virtual Result<void> recordStarted(
        const DesktopId& id, Incarnation number, WallTime now)
        = 0;
    [[nodiscard]] virtual Result<void> recordStartFailure(
        const DesktopId& id, Incarnation number, const std::string& error, WallTime now)
        = 0;
    /// `conflict` while it is saved and not to be resumed.
    [[nodiscard]] virtual Result<void> recordReady(
        const DesktopId& id, Incarnation number, const std::string& certificateSha256, WallTime now)
        = 0;
    [[nodiscard]] virtual Result<void> recordUnready(
        const DesktopId& id, Incarnation number, WallTime now)
        = 0;
    /// Nobody new comes into this incarnation of a shared desktop; who is inside goes on. Good when
    /// it is so already, `conflict` in pools of another kind.
    [[nodiscard]] virtual Result<void> beginDraining(
        const DesktopId& id, Incarnation number, WallTime now)
        = 0;
    /// Intent to destroy. Refused with `conflict` while an open lease holds the incarnation.
    [[nodiscard]] virtual Result<void> beginEnding(
        const DesktopId& id, Incarnation number, EndReason reason, WallTime now)
        = 0;
    /// `conflict` when its disk was kept for an owner whom it has no more: it is to be ended again.
    [[nodiscard]] virtual Result<void> recordEnded(
        const DesktopId& id, Incarnation number, DiskFate disk, WallTime now)
        = 0;
    [[nodiscard]] virtual Result<void> removeDesktop(const DesktopId& id)
        = 0; ///< only when its newest incarnation has ended; history stays
    /// Whether the domain was an incarnation of this desktop, and the desktop is removed.
    [[nodiscard]] virtual Result<bool> isRemoved(const DesktopId& id, const DomainUuid& domain) = 0;
    [[nodiscard]] virtual Result<void> quarantine(
        const DesktopId& id, const std::string& reason, WallTime now)
        = 0;
    [[nodiscard]] virtual Result<void> releaseQuarantine(const DesktopId& id) = 0;
    [[nodiscard]] virtual Result<DesktopRow> findDesktop(const DesktopId& id) = 0;
    [[nodiscard]] virtual Result<std::vector<DesktopRow>> listDesktops(const PoolId& pool) = 0;
    [[nodiscard]] virtual Result<std::vector<DesktopRow>> listDesktops() = 0;
    /// What a pool shares with all others, without reading their rows.
    [[nodiscard]] virtual Result<SiteLoad> siteLoad(const PoolId& pool) = 0;
    [[nodiscard]] virtual Result<std::vector<std::string>> listAddresses() = 0;
    /// Whose bootstrap secret this is; only for an incarnation that has not ended.
    [[nodiscard]] virtual Result<DesktopRow> findByBootstrap(
        const DesktopId& id, Incarnation number, const SecretHash& hash)
        = 0;

    // leases
    /// R1, R2, R9 in one transaction (BEGIN IMMEDIATE / FOR UPDATE SKIP LOCKED).
    [[nodiscard]] virtual Result<Grant> grant(const LeaseRequest& request) = 0;
    [[nodiscard]] virtual Result<Lease> findLease(
        const OrganisationId& organisation, const LeaseId& id)
        = 0;
    [[nodiscard]] virtual Result<std::vector<Lease>> listOpenLeases(
        const OrganisationId& organisation)
        = 0;
    [[nodiscard]] virtual Result<std::vector<Lease>> listOpenLeasesOf(const UserId& user) = 0;
    /// Before a lease that nobody connected to is taken back: a new epoch, so that no older ticket
    /// or credential opens it meanwhile. `stale` when it is closed or was connected after all.
    [[nodiscard]] virtual Result<Lease> reviewLease(const LeaseId& id, WallTime now) = 0;
    [[nodiscard]] virtual Result<void> recordConnected(const LeaseId& id, Epoch epoch, WallTime now)
        = 0; ///< `stale` for an old epoch
    [[nodiscard]] virtual Result<void> recordDisconnected(const LeaseId& id, WallTime now) = 0;
    /// Idempotent: closing a closed lease is good. `conflict` for one that was never connected,
    /// when somebody has connected meanwhile (R6). Closed as never connected or never ready, the
    /// lease that made a desktop its user's takes that back.
    [[nodiscard]] virtual Result<void> closeLease(
        const LeaseId& id, CloseReason reason, WallTime now)
        = 0;

    // tickets (S1)
    [[nodiscard]] virtual Result<void> insertTicket(const NewTicket& ticket) = 0;
    /// Marks it used in the same statement; `stale` when used, expired, of an old epoch, of a
    /// closed lease, or another user's.
    [[nodiscard]] virtual Result<RedeemedTicket> redeemTicket(
        const SecretHash& hash, const UserId& user, WallTime now)
        = 0;

    // audit and the counters
    [[nodiscard]] virtual Result<void> appendAudit(AuditRecord record) = 0;
    [[nodiscard]] virtual Result<std::vector<AuditRecord>> listAudit(
        const OrganisationId& organisation, std::int64_t afterNumber, int limit)
        = 0; ///< newest `limit` after that number, oldest first
    /// The number of the first record whose hash does not fit, or 0.
    [[nodiscard]] virtual Result<std::int64_t> verifyAudit() = 0;
    [[nodiscard]] virtual Result<Epoch> nextEpoch() = 0;
    /// The highest epoch given so far.
    [[nodiscard]] virtual Result<Epoch> currentEpoch() = 0;
    /// R11: the counter is at least this afterwards; it never goes back.
    [[nodiscard]] virtual Result<void> raiseEpoch(Epoch atLeast) = 0;
    /// Drops expired tokens, tickets, idempotency keys (10 minutes) and sign-in failures.
    [[nodiscard]] virtual Result<void> purge(WallTime now) = 0;
    /// "SQLite 3.40" and so on; fails like any write would (R14).
    [[nodiscard]] virtual Result<std::string> probe() = 0;

    // several brokers on one database; all times are the database's own (R10)
    /// With a new epoch. Replaces an older record of this id and drops the claims made under it.
    [[nodiscard]] virtual Result<BrokerRecord> registerBroker(BrokerRecord record) = 0;
    /// The database's time; `stale` when the record was replaced or dropped.
    [[nodiscard]] virtual Result<WallTime> heartbeat(const BrokerId& id, Epoch epoch) = 0;
    /// Those that registered or sent a heartbeat within this time, by id.
    [[nodiscard]] virtual Result<std::vector<BrokerRecord>> listBrokers(
        std::chrono::milliseconds aliveWithin)
        = 0;
    /// Also releases its pools. Good when there is no such record (any more).
    [[nodiscard]] virtual Result<void> unregisterBroker(const BrokerId& id, Epoch epoch) = 0;
    /// Renews its claims for `ttl`, takes free or expired ones up to its fair share (pools divided
    /// by the brokers that gave a sign within `ttl`, rounded up), gives back what is above it. All
    /// that it holds then; `stale` when the broker's record was replaced or dropped.
    [[nodiscard]] virtual Result<std::vector<Fence>> claimPools(
        const BrokerId& id, Epoch epoch, std::chrono::milliseconds ttl)
        = 0;
    [[nodiscard]] virtual Result<void> releasePools(const BrokerId& id) = 0;
    /// While set, every write of this thread is refused with `stale` unless the claim holds,
    /// checked inside its transaction. See FenceScope.
    virtual void setFence(std::optional<Fence> fence) = 0;

    // group commit: what is written between the two is durable when commitGroup has returned, and
    // nothing of it may be told to anybody before
    [[nodiscard]] virtual Result<void> beginGroup() = 0;
    /// Whatever the error, the group is over. Nothing of it was kept, and its jobs may be run again
    /// one by one, unless the error is `unavailable`: then nobody knows.
    [[nodiscard]] virtual Result<void> commitGroup() = 0;
    virtual void rollbackGroup() = 0;
};

/// Fences the writes of this thread while it lives.
class FenceScope
{
public:
    FenceScope(Store& store, std::optional<Fence> fence)
        : m_store(store)
    {
        m_store.setFence(std::move(fence));
    }
    ~FenceScope() { m_store.setFence(std::nullopt); }
    FenceScope(const FenceScope&) = delete;
    FenceScope& operator=(const FenceScope&) = delete;

private:
    Store& m_store;
};

}
