// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/hypervisor.h"
#include "broker/domain/rollout.h"
#include "broker/domain/store.h"
#include "broker/pool/placement.h"
#include "broker/pool/sizing.h"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// What a pool needs done, as data: database against hypervisor, one action for every combination
/// (the table is in DESIGN.md). Pure: no clock, no randomness, no calls. The caller acts on the
/// plan in order and asks again afterwards; a plan that was cut short is simply made again (R4).
namespace wardesk::broker {

struct Limits
{
    std::chrono::milliseconds readyWithin = std::chrono::seconds(120); ///< from startedAt
    std::chrono::milliseconds neverConnectedAfter = std::chrono::minutes(5); ///< from grantedAt
    std::int64_t startAttempts = 3; ///< failures in a row on one desktop that hold the pool
    std::int64_t startsAtOnce = 2; ///< desktops that boot at the same time
    std::chrono::milliseconds retryPause = std::chrono::seconds(2); ///< doubled by each failure
    std::chrono::milliseconds longestRetryPause = std::chrono::minutes(5);
    /// Of all pools together on one host; never less than startsAtOnce.
    std::int64_t startsPerHost = 8;
    /// So long must fewer spares be wished before any is taken away.
    std::chrono::milliseconds calm = std::chrono::minutes(10);
};

struct PoolView
{
    Pool pool;
    std::int64_t waiting = 0; ///< users of this pool who wait for a desktop now
    std::vector<DesktopRow> desktops; ///< Store::listDesktops(pool)
    /// Hypervisor::list() of all hosts that are seen: domains of other pools in it are skipped.
    /// nullopt when no host can be reached: nothing is planned then (R7).
    std::optional<std::vector<ObservedDomain>> domains;
    std::int64_t addressesLeft = 0; ///< free addresses on the pool's network
    /// What calendar and forecast make of the pool's settings; nothing: the settings as they are.
    std::optional<PoolTarget> target {};
    /// Desktops of other pools that boot now, by host (a boot storm of all pools is one storm).
    std::map<HostId, std::int64_t> bootingElsewhere {};
    std::optional<Rollout> rollout {}; ///< the open one
    /// All hosts; none: there is one, without a row, and `domains` are its.
    std::vector<HostView> hosts {};
    ImageKind kind = ImageKind::lxc; ///< of the pool's image
    /// Why none is saved to the disk now: it has failed a moment ago. Empty: nothing is the matter.
    std::string suspendProblem {};
};

// clang-format off
/// Add a desktop with its first incarnation: new ids, lowest free name, then Store::addDesktop.
/// Both with `image`, which is the pool's unless a rollout says otherwise.
struct AddDesktop { std::optional<ImageId> image {}; HostId host {}; bool operator==(const AddDesktop&) const = default; };
/// Store::beginIncarnation with this number.
struct BeginIncarnation { DesktopId desktop; Incarnation number; std::optional<ImageId> image {}; bool operator==(const BeginIncarnation&) const = default; };
/// Hypervisor::start, then Store::recordStarted or recordStartFailure.
struct StartDomain { DesktopId desktop; Incarnation incarnation; bool operator==(const StartDomain&) const = default; };
/// Store::beginSuspending: it is ready, and more run than are wished.
struct BeginSuspending { DesktopId desktop; Incarnation incarnation; bool operator==(const BeginSuspending&) const = default; };
/// Hypervisor::suspend, then Store::recordSuspended; or, when it goes on running, beginResuming.
struct SuspendDomain { DesktopId desktop; Incarnation incarnation; bool operator==(const SuspendDomain&) const = default; };
struct BeginResuming { DesktopId desktop; Incarnation incarnation; bool operator==(const BeginResuming&) const = default; };
/// Hypervisor::resume. Its result is the agent's readiness; a definite failure is
/// Store::recordResumeFailure.
struct ResumeDomain { DesktopId desktop; Incarnation incarnation; bool operator==(const ResumeDomain&) const = default; };
/// Store::beginDraining: a shared desktop of an old version takes nobody in any more.
struct DrainDesktop { DesktopId desktop; Incarnation incarnation; bool operator==(const DrainDesktop&) const = default; };
struct BeginEnding { DesktopId desktop; Incarnation incarnation; EndReason reason = EndReason::loggedOff; bool operator==(const BeginEnding&) const = default; };
/// Hypervisor::destroy, of a kept disk that is nobody's any more Hypervisor::removeDisk, then
/// Store::recordEnded.
struct DestroyDomain { DesktopId desktop; Incarnation incarnation; DomainUuid uuid; DiskFate disk = DiskFate::removed; DomainUuid removes {}; bool operator==(const DestroyDomain&) const = default; };
/// The second half of DestroyDomain.
struct RecordEnded { DesktopId desktop; Incarnation incarnation; DiskFate disk = DiskFate::removed; bool operator==(const RecordEnded&) const = default; };
struct RemoveDesktop { DesktopId desktop; bool operator==(const RemoveDesktop&) const = default; };
/// Store::quarantine and an alarm.
struct QuarantineDesktop { DesktopId desktop; std::string reason; bool operator==(const QuarantineDesktop&) const = default; };
struct CloseLease { LeaseId lease; CloseReason reason = CloseReason::desktopLost; bool operator==(const CloseLease&) const = default; };
/// Ask its agent to end a session that nobody has been connected to for long. Nothing is closed
/// for it: the lease ends when the agent says that the session has (R6).
struct LogOffSession { LeaseId lease; bool operator==(const LogOffSession&) const = default; };
/// Hypervisor::destroy only: the database says that this incarnation has ended.
struct DestroyStray { DomainUuid uuid; HostId host {}; bool operator==(const DestroyStray&) const = default; };
/// An alarm (once for each UUID, the caller remembers which): a domain with our metadata that no row
/// explains. It is never touched, but for what Store::isRemoved knows. `desktop`: whose it says that
/// it is, in a pool of ours; empty in others.
struct ReportUnknown { DomainUuid uuid; std::string text; DesktopId desktop {}; HostId host {}; bool operator==(const ReportUnknown&) const = default; };
/// Store::changeRollout. Comes first, because what it is decided from may be gone afterwards: when it
/// does not work, nothing else of the plan is done.
struct ChangeRollout { RolloutId rollout; RolloutState expected = RolloutState::running; RolloutState next = RolloutState::done; std::string reason; bool operator==(const ChangeRollout&) const = default; };
// clang-format on

using Action = std::variant<AddDesktop, BeginIncarnation, StartDomain, BeginSuspending,
    SuspendDomain, BeginResuming, ResumeDomain, DrainDesktop, BeginEnding, DestroyDomain,
    RecordEnded, RemoveDesktop, QuarantineDesktop, CloseLease, LogOffSession, DestroyStray,
    ReportUnknown, ChangeRollout>;

struct Plan
{
    std::vector<Action> actions;
    std::string message; ///< for people; empty when there is nothing to say
    std::int64_t inUse = 0; ///< sessions, and so desktops where each has one
    std::int64_t wished = 0; ///< free beyond them, counted alike, before `max` and what is kept
    std::int64_t wishedSuspended = 0; ///< the same of those on the disk
    bool operator==(const Plan&) const = default;
};

[[nodiscard]] Plan reconcile(const PoolView& view, WallTime now, const Limits& limits);

/// Domains with our metadata whose pool is none of the known ones: no reconcile(view) sees them.
[[nodiscard]] std::vector<Action> reportUnknownPools(
    const std::vector<Pool>& pools, const std::vector<ObservedDomain>& domains);

}
