// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/store.h"
#include "tests/simulation/random.h"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

/// What is really so in the simulated world, whatever any broker believes.
namespace wardesk::broker::simulation {

/// What outlives the domains of a desktop of a dedicated pool.
struct KeptDisk
{
    std::set<UserId> users; ///< who have left something on it
};

/// One session of a desktop: of a shared one each has an account of its own, elsewhere there is one
/// with the number 0.
struct SeatTruth
{
    bool sessionEnded = false; ///< and is gone for good, whoever ended it
    Span idleFor { 0 }; ///< so long its user has not touched anything
    int shownNow = 0; ///< clients that see the session at this moment
    std::optional<UserId> servedUser; ///< the first who was shown it
    long long highestEpoch = 0; ///< that its agent has obeyed
};

/// The domain of one incarnation, from its first start on. Never forgotten.
struct Life
{
    DomainUuid uuid;
    DesktopId desktop;
    PoolId pool;
    Incarnation number;
    std::string address;
    HostId host; ///< where it runs, or ran
    bool isDefined = false; ///< the host lists it
    bool isRunning = false;
    bool isSuspended = false; ///< saved to its host's disk
    bool mustWake = false; ///< resumed, and has not heard of it: its clock stands where it was
    bool wasLost = false; ///< it stopped without our doing, at least once
    bool startedLate = false; ///< by a call that its caller had given up
    bool hasBooted = false; ///< its session was there once
    bool wasUnready = false; ///< its agent has taken its readiness back, at least once
    bool isLiar = false; ///< its agent does not say the truth: what follows is its fault
    std::shared_ptr<KeptDisk> disk; ///< null: it is gone with the domain
    std::map<std::int64_t, SeatTruth> seats;
};

struct LeaseTruth
{
    LeaseId id;
    UserId user;
    PoolId pool;
    DesktopId desktop;
    Incarnation incarnation;
    std::int64_t seat = 0;
    DomainUuid domain;
    Span grantedAt { 0 };
    Span askedAt { 0 }; ///< last
    long long epoch = 0;
    bool wasShown = false; ///< its user has seen the session
    bool isClosed = false;
    bool isAcknowledged = false; ///< somebody was told of it
    bool restartAsked = false;
    bool giveBackAsked = false; ///< before it was used
    bool logoffAsked = false;
    bool disconnectAsked = false;
    std::optional<CloseReason> closeReason;
};

struct TicketTruth
{
    LeaseId lease;
    UserId user;
    long long epoch = 0;
    Span issuedAt { 0 };
    int stored = 0; ///< times that it was redeemed in the database
    int answered = 0; ///< times that a credential was given for it
};

struct CredentialTruth
{
    DomainUuid domain;
    std::int64_t seat = 0;
    long long epoch = 0;
    Span issuedAt { 0 };
    int used = 0;
};

}
