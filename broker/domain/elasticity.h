// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/ids.h"
#include "protocols/base/clock.h"
#include "protocols/base/error.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What decides how many desktops a pool keeps, besides its own settings: a weekly calendar, a
/// roster, and what was metered. The decisions are in broker/pool.
namespace wardesk::broker {

/// A day on the wall of the hospital, in the pool's time zone.
using Day = std::chrono::local_days;

/// What a calendar sets for a while. What is not named stays as the pool has it.
struct PoolSizes
{
    std::optional<std::int64_t> spare;
    std::optional<std::int64_t> sparePercent;
    std::optional<std::int64_t> min;
    std::optional<std::int64_t> max;
    std::optional<std::int64_t> suspended {};
    std::optional<std::int64_t> suspendedPercent {};
    bool operator==(const PoolSizes&) const = default;
};

enum class DayKind {
    weekdays,
    holidays, ///< those of the calendar's list
    dates ///< an exception: from `firstDay` to `lastDay`, both included
};

/// So many minutes past midnight, from `from` until `to`; when `to` is not later, until `to` of the
/// next day. It belongs to the day on which it begins.
struct CalendarWindow
{
    DayKind kind = DayKind::weekdays;
    std::int64_t weekdays = 0; ///< bit 0 is Monday
    Day firstDay {};
    Day lastDay {};
    std::chrono::minutes from {}; ///< 0 to 1439
    std::chrono::minutes to {}; ///< 0 to 1440
    PoolSizes sizes;
    bool operator==(const CalendarWindow&) const = default;
};

struct Holiday
{
    Day day {};
    std::string name;
    bool operator==(const Holiday&) const = default;
};

struct PoolCalendar
{
    std::vector<CalendarWindow> windows; ///< of several in force the last one counts
    std::vector<Holiday> holidays; ///< each day once
    bool operator==(const PoolCalendar&) const = default;
};

/// So many people of a ward begin to work.
struct RosterShift
{
    std::string ward;
    WallTime start {};
    std::int64_t heads = 0;
    bool operator==(const RosterShift&) const = default;
};

/// Fresh desktops given out from `slot` on, for one length of a slot.
struct SignInCount
{
    WallTime slot {};
    std::int64_t count = 0;
    bool operator==(const SignInCount&) const = default;
};

struct TimeSpan
{
    WallTime from {};
    WallTime until {}; ///< not included
};

/// The part of the database's port for elasticity. What was metered is read from the leases and
/// incarnations themselves: a second count of the same would sooner or later differ.
class ElasticityStore
{
public:
    virtual ~ElasticityStore() = default;
    /// Empty when there is none.
    [[nodiscard]] virtual Result<PoolCalendar> findCalendar(const PoolId& pool) = 0;
    /// Whole: what was there before is gone. `notFound` when the organisation has no such pool.
    [[nodiscard]] virtual Result<void> replaceCalendar(
        const OrganisationId& organisation, const PoolId& pool, const PoolCalendar& calendar)
        = 0;
    /// Of this span, by start and ward.
    [[nodiscard]] virtual Result<std::vector<RosterShift>> listShifts(
        const PoolId& pool, const TimeSpan& span)
        = 0;
    /// What was known of the span is forgotten; the shifts must lie in it. `notFound` when the
    /// organisation has no such pool.
    [[nodiscard]] virtual Result<void> replaceShifts(const OrganisationId& organisation,
        const PoolId& pool, const TimeSpan& span, const std::vector<RosterShift>& shifts)
        = 0;
    /// Leases of the pool granted in the span, by slots of this length counted from 1970; slots
    /// without any are left out.
    [[nodiscard]] virtual Result<std::vector<SignInCount>> countSignIns(
        const PoolId& pool, const TimeSpan& span, std::chrono::milliseconds slot)
        = 0;
    /// From the start of the domain until its agent proved readiness, of the incarnations that
    /// became ready last, newest first.
    [[nodiscard]] virtual Result<std::vector<std::chrono::milliseconds>> listBootTimes(
        const PoolId& pool, int newest)
        = 0;
};

}
