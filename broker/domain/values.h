// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/host.h"
#include "broker/domain/ids.h"
#include "protocols/base/clock.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// The facts that the store keeps. What people see of them (status, messages) is derived in
/// status.h and never stored.
namespace wardesk::broker {

struct Organisation
{
    OrganisationId id;
    std::string name;
};

enum class Role { clinician, administrator };

struct User
{
    UserId id;
    OrganisationId organisation;
    std::string name; ///< for signing in; compared without regard to case
    std::string displayName;
    Role role = Role::clinician;
    bool disabled = false;
    std::string passwordHash; ///< libsodium's Argon2id string
    WallTime createdAt {};
};

/// Only a published version may be given to a pool.
enum class ImageState { imported, published, retired };

struct Image
{
    ImageId id;
    OrganisationId organisation;
    std::string name;
    std::string version;
    ImageKind kind = ImageKind::lxc;
    std::string source; ///< LXC: directory of the root file system on the host; QEMU: directory of
                        ///< disk, kernel and initrd on the broker's machine
    WallTime createdAt {};
    ImageState state = ImageState::published;
    std::string note; ///< what is new in this version
    std::string createdBy;
    WallTime stateAt {}; ///< in its state since
    std::string stateBy;
    std::string contentHash; ///< of its files when they were first read; empty: never
    std::string seenHash; ///< the same at the last look
    std::optional<WallTime> checkedAt; ///< of that look
};

/// What becomes of a session that is left alone, and of its desktop afterwards. Zero: never, or for
/// `recycle` at once.
struct LifeTimers
{
    std::chrono::seconds lock {}; ///< no key and no pointer so long: the screen is locked
    std::chrono::seconds disconnect {}; ///< the same: the client is sent away, the session goes on
    std::chrono::seconds logOff {}; ///< no client so long: the session is logged off
    std::chrono::seconds recycle {}; ///< after the log-off the desktop rests so long
    bool operator==(const LifeTimers&) const = default;
};

/// While it lasts nobody gets a fresh desktop of the pool; who has one goes on and comes back.
struct Maintenance
{
    WallTime since {};
    std::string reason; ///< clinicians read it
    std::optional<WallTime> until; ///< what clinicians are told; only an administrator ends it
    bool operator==(const Maintenance&) const = default;
};

/// Who is in a desktop, and what becomes of it after its user has logged off.
enum class PoolKind {
    floating, ///< made anew, for whoever comes next
    dedicated, ///< kept for its user with all that is on its disk; only its memory is made anew
    shared ///< several users at a time, each with an account of their own; made anew after the last
};

/// What the end of a domain does to the disk.
enum class DiskFate { removed, kept };

/// How a pool's desktops are spread over the hosts that may have them.
enum class Spread {
    soft, ///< evenly, as long as there is room
    strict ///< never one more than any other host has: the death of one takes its share and no more
};

struct Pool
{
    PoolId id;
    OrganisationId organisation;
    std::string name;
    std::string description;
    PoolKind kind = PoolKind::floating; ///< never changed
    /// Sessions at a time in one desktop: 2 to 64 in a shared pool, otherwise 1; never changed. In
    /// a shared pool spare, min, max and suspended count sessions, elsewhere desktops, which is
    /// the same there.
    std::int64_t seats = 1;
    ImageId image;
    std::int64_t spare = 1; ///< kept ready beyond what is in use, >= 0
    std::int64_t max = 1; ///< at most, >= 0
    /// As well: spares for each 100 in use; the larger one of the two counts.
    std::int64_t sparePercent = 0;
    std::int64_t min = 0; ///< at least, in use or ready, >= 0
    /// Pools of virtual machines: spares behind the running ones that are saved to the host's disk,
    /// and the same for each 100 in use; the larger one of the two counts.
    std::int64_t suspended = 0;
    std::int64_t suspendedPercent = 0;
    bool forecast = false; ///< more spares when the roster or the past weeks say so
    std::string timeZone; ///< of calendar and roster, "Europe/Berlin"; empty: the broker's
    std::int64_t memoryMiB = 1024;
    std::int64_t vcpus = 1; ///< these three of pools of virtual machines
    std::string machine = "q35"; ///< QEMU's machine type
    std::string network; ///< libvirt's name; empty: the broker's setting
    bool clipboard = false; ///< S6: off by default
    bool enabled = true;
    WallTime createdAt {};
    LifeTimers timers;
    std::optional<Maintenance> maintenance;
    Labels labels; ///< that a host must have
    Spread spread = Spread::soft;
};

/// Why an incarnation was ended or a desktop set aside: for people, in the audit.
enum class EndReason {
    loggedOff,
    neverConnected,
    restarted,
    recycledByAdmin,
    failedToStart,
    becameUnready,
    poolShrunk,
    imageChanged,
    poolDeleted,
    domainGone,
    databaseRestored, ///< adopted (R11): nobody can say any more to whom it had been promised
    hostDrained, ///< its host gives nothing out any more
    unassigned ///< it is its user's no more, and nor is what is on its disk
};

/// The current (or last) incarnation of a desktop: facts, each with the time it was committed.
/// A row is written before the hypervisor is called and completed after (R4):
///   createdAt (intent to start) -> startedAt (domain runs) -> readyAt (agent proved readiness)
///   endingAt (intent to destroy) -> endedAt (domain seen gone).
/// What is ready and was never leased may be saved to the host's disk in between:
///   suspendingAt (intent; readyAt is taken back) -> suspendedAt (no memory used)
///   -> resumingAt (intent to let it run again) -> readyAt (the agent has proved it anew; the first
///   two are cleared, resumingAt stays: it has been resumed).
struct IncarnationFacts
{
    Incarnation number;
    DomainUuid domain;
    /// Of a desktop that is kept for somebody: the domain that its disk was made for, which is this
    /// incarnation's own when an administrator has just assigned it. Empty: the disk is this
    /// incarnation's own, and nothing on it has to be kept yet.
    DomainUuid disk;
    ImageId image;
    SecretHash bootstrapHash;
    std::string certificateSha256; ///< empty until the agent reported it
    WallTime createdAt {};
    std::optional<WallTime> startedAt;
    std::optional<WallTime> readyAt;
    std::optional<WallTime> unreadyAt; ///< set when readiness was taken back after readyAt
    std::optional<WallTime> suspendingAt {};
    std::optional<WallTime> suspendedAt {};
    std::optional<WallTime> resumingAt {};
    /// Of a shared desktop: from then on nobody new comes in, and after the last it is ended.
    std::optional<WallTime> drainingAt;
    std::optional<WallTime> endingAt;
    std::optional<WallTime> endedAt;
    std::optional<EndReason> endReason;
    /// Failed attempts in a row to get this desktop ready. Counted by recordStartFailure and by an
    /// ending with `failedToStart`; carried over to the next incarnation; 0 again when ready.
    std::int64_t startAttempts = 0;
    std::optional<WallTime>
        lastFailureAt; ///< of the last of them: the growing pause counts from it
    std::string lastError; ///< of the last failed hypervisor call, plain language
};

struct Desktop
{
    DesktopId id;
    OrganisationId organisation;
    PoolId pool;
    std::string name; ///< host name and prefix of the domain's name, e.g. ward-03
    std::string address; ///< IPv4 on the pool's network; unique
    HostId host; ///< where all its incarnations are
    UserId owner; ///< in a dedicated pool: whose it is; empty: nobody's yet
    /// Its host is dead, if it is (Host::deadAt): read with the row, never written with it.
    std::optional<WallTime> hostDeadAt;
    std::optional<WallTime> quarantinedAt;
    std::string quarantineReason;
    IncarnationFacts incarnation; ///< the newest one
};

enum class CloseReason {
    loggedOff,
    neverConnected,
    restarted,
    endedByAdmin,
    desktopLost,
    forcedRollout, ///< the countdown of a forced rollout was over
    hostLost, ///< its host is dead, and its user asked for another desktop
    hostDrained, ///< the countdown of a drain was over
    neverReady ///< nobody has come, and its agent took its readiness back
};

/// A lease row is inserted once and only closed (R1).
struct Lease
{
    LeaseId id;
    OrganisationId organisation;
    PoolId pool;
    DesktopId desktop;
    Incarnation incarnation;
    /// In a shared desktop the account that is the user's, from 1, never given twice in one
    /// incarnation (R1). 0: the whole desktop is.
    std::int64_t seat = 0;
    UserId user;
    Epoch epoch; ///< raised by every connect, so that only the newest client and credential count
    std::string terminal; ///< name told by the client that connected last
    WallTime grantedAt {};
    std::optional<WallTime> firstConnectedAt;
    std::optional<WallTime> connectedAt; ///< of the connection that is open now
    std::optional<WallTime>
        disconnectedAt; ///< set while no client is connected after the first one
    std::optional<WallTime> closedAt;
    std::optional<CloseReason> closeReason;
};

enum class SessionSeen { none, prepared, connected, disconnected, ended };

/// What an agent says of one session.
struct SeatWord
{
    std::int64_t seat = 0; ///< as in Lease
    Epoch epoch; ///< the highest it has seen for this one
    SessionSeen session = SessionSeen::none;
    LeaseId lease; ///< empty when nothing was ever prepared for anybody
    UserId user; ///< of that lease; empty from agents of older images, and of ended ones
    bool operator==(const SeatWord&) const = default;
};

/// R11: what an agent says of its own incarnation, the newest word of each kind.
struct AgentWord
{
    DesktopId desktop;
    Incarnation incarnation;
    Epoch epoch; ///< the highest it has seen
    bool isReady = false;
    std::string certificateSha256; ///< empty while it is not ready
    SessionSeen session = SessionSeen::none;
    LeaseId lease; ///< empty when nothing was ever prepared for anybody
    UserId user; ///< of that lease; empty from agents of older images
    /// Of a shared desktop: every account that was given out, as the agent named them. The three
    /// above say then whether anybody is in it.
    std::vector<SeatWord> seats {};
    bool operator==(const AgentWord&) const = default;
};

struct AuditRecord
{
    std::int64_t number = 0;
    WallTime at {};
    OrganisationId organisation;
    std::string actor; ///< user name, or "broker"
    std::string action; ///< lease.grant, pool.create, ...
    std::string object;
    std::string outcome; ///< "done" or the wire code of the error
    std::string detail; ///< never a secret
    std::string
        hash; ///< SHA-256 over the previous hash and this record (A10); filled in by the store
};

}
