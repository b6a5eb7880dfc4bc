// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/demand.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <unordered_map>

namespace wardesk::broker {

namespace {

using std::chrono::days;
using std::chrono::minutes;

constexpr minutes around { 45 }; ///< before and after its start a shift explains who comes
constexpr std::size_t bins = 2 * around / demandSlot;
constexpr int enoughStarts = 3; ///< to learn from
constexpr double weekFades = 0.85; ///< what a week counts against the one after it

using Profile = std::array<double, bins>; ///< sign-ins for each head, by time around the start

std::int64_t indexOf(WallTime time)
{
    return std::chrono::floor<minutes>(time.time_since_epoch()) / demandSlot;
}

WallTime timeOf(std::int64_t index)
{
    return WallTime(index * demandSlot);
}

/// When people are assumed to come who were never seen: from 20 minutes before their shift until
/// 10 after it, most of them a little early.
Profile assumedProfile()
{
    Profile profile {};
    constexpr std::array<double, 6> shares { 0.08, 0.17, 0.25, 0.25, 0.17, 0.08 };
    constexpr std::size_t first = (around - minutes(20)) / demandSlot;
    for (std::size_t i = 0; i < shares.size(); ++i)
        profile[first + i] = shares[i];
    return profile;
}

struct Learned
{
    Profile profile {};
    double heads = 0;
    int starts = 0;

    void finish()
    {
        for (double& share : profile)
            share /= std::max(heads, 1.0);
    }
};

class Expectation
{
public:
    Expectation(const DemandFacts& facts, const ZoneOffsets& zone)
        : m_facts(facts)
        , m_zone(zone)
        , m_first(indexOf(facts.now))
    {
        for (const SignInCount& count : facts.history)
            m_counts[indexOf(count.slot)] += static_cast<double>(count.count);
        for (const RosterShift& shift : facts.shifts)
            m_starts[shift.start] += shift.heads;
        for (const Holiday& holiday : facts.holidays)
            m_holidays.push_back(holiday.day);
    }

    Demand make()
    {
        learn();
        Demand demand;
        demand.start = timeOf(m_first);
        const auto count = static_cast<std::int64_t>(demandHorizon / demandSlot);
        std::vector<double> usual;
        for (std::int64_t i = -1; i <= count; ++i)
            usual.push_back(usualAt(m_first + i));
        for (std::int64_t i = 0; i < count; ++i) {
            const auto at = static_cast<std::size_t>(i);
            DemandSlot slot;
            // Five minutes of eight weeks are few people: neighbours help.
            slot.expected = usual[at] / 4 + usual[at + 1] / 2 + usual[at + 2] / 4;
            if (slot.expected > 0)
                slot.source = DemandSource::history;
            ask(m_first + i, slot);
            demand.slots.push_back(slot);
        }
        demand.weeks = m_weeks;
        demand.learnedFrom = m_all.starts >= enoughStarts ? m_all.starts : 0;
        if (demand.learnedFrom > 0) {
            demand.showUp = 0;
            for (const double share : m_all.profile)
                demand.showUp += share;
        }
        return demand;
    }

private:
    double countAt(std::int64_t index) const
    {
        const auto found = m_counts.find(index);
        return found == m_counts.end() ? 0 : found->second;
    }

    bool isHoliday(Day day) const
    {
        return std::find(m_holidays.begin(), m_holidays.end(), day) != m_holidays.end();
    }

    /// The mean of what was metered at this time of day on days like this one.
    double usualAt(std::int64_t index)
    {
        const LocalTime local = toLocal(timeOf(index), m_zone);
        const Day day = std::chrono::floor<days>(local);
        const auto timeOfDay = local - LocalTime(day);
        double sum = 0;
        double weights = 0;
        const auto look = [&](Day past, double weight) {
            const WallTime then = toWall(LocalTime(past) + timeOfDay, m_zone);
            if (then < m_facts.since || then + demandSlot > m_facts.now)
                return false;
            sum += weight * countAt(indexOf(then));
            weights += weight;
            return true;
        };
        if (isHoliday(day)) {
            for (const Day past : m_holidays) {
                if (past < day)
                    look(past, 1);
            }
            const Day sunday = day - (std::chrono::weekday(day) - std::chrono::Sunday);
            for (int week = 0; weights == 0 && week < demandWeeks; ++week)
                look(sunday - days(7 * week), 1);
        } else {
            double weight = 1;
            for (int week = 1; week <= demandWeeks; ++week, weight *= weekFades) {
                const Day past = day - days(7 * week);
                if (!isHoliday(past) && look(past, weight))
                    m_weeks = std::max(m_weeks, week);
            }
        }
        return weights > 0 ? sum / weights : 0;
    }

    /// The shift start that a slot belongs to: the nearest one, when one is near.
    const std::pair<const WallTime, std::int64_t>* startNear(std::int64_t index) const
    {
        const WallTime middle = timeOf(index) + demandSlot / 2;
        const auto after = m_starts.lower_bound(middle);
        const std::pair<const WallTime, std::int64_t>* nearest = nullptr;
        const auto offer = [&](const std::pair<const WallTime, std::int64_t>& start) {
            const auto distance = std::chrono::abs(start.first - middle);
            if (distance < around
                && (nearest == nullptr || distance < std::chrono::abs(nearest->first - middle)))
                nearest = &start;
        };
        if (after != m_starts.end())
            offer(*after);
        if (after != m_starts.begin())
            offer(*std::prev(after));
        return nearest;
    }

    static std::size_t binOf(std::int64_t index, WallTime start)
    {
        return static_cast<std::size_t>(
            (timeOf(index) + demandSlot / 2 - (start - around)) / demandSlot);
    }

    minutes timeOfDay(WallTime start) const
    {
        const LocalTime local = toLocal(start, m_zone);
        return std::chrono::floor<minutes>(local - std::chrono::floor<days>(local));
    }

    void learn()
    {
        const WallTime from = std::max(m_facts.since, m_facts.now - days(7 * demandWeeks));
        for (const auto& start : m_starts) {
            const auto& [time, heads] = start;
            if (heads == 0 || time - around < from || time + around > m_facts.now)
                continue;
            Learned& own = m_byTime[timeOfDay(time)];
            for (Learned* learned : { &m_all, &own }) {
                learned->heads += static_cast<double>(heads);
                ++learned->starts;
            }
            const std::int64_t first = indexOf(time - around);
            for (std::int64_t index = first; index <= indexOf(time + around); ++index) {
                const auto* nearest = startNear(index);
                if (nearest == nullptr || nearest->first != time)
                    continue;
                const std::size_t bin = std::min(binOf(index, time), bins - 1);
                m_all.profile[bin] += countAt(index);
                own.profile[bin] += countAt(index);
            }
        }
        m_all.finish();
        for (auto& [time, learned] : m_byTime)
            learned.finish();
    }

    /// What the roster says, where it says something.
    void ask(std::int64_t index, DemandSlot& slot) const
    {
        const auto* start = startNear(index);
        if (start == nullptr)
            return;
        const auto own = m_byTime.find(timeOfDay(start->first));
        const Learned* learned = nullptr;
        if (own != m_byTime.end() && own->second.starts >= enoughStarts)
            learned = &own->second;
        else if (m_all.starts >= enoughStarts)
            learned = &m_all;
        const std::size_t bin = std::min(binOf(index, start->first), bins - 1);
        const double heads = static_cast<double>(start->second);
        const double expected
            = heads * (learned != nullptr ? learned->profile[bin] : assumedProfile()[bin]);
        // An assumption does not outweigh what was seen.
        if (learned == nullptr && expected < slot.expected)
            return;
        if (learned == nullptr && expected == 0)
            return;
        slot.expected = expected;
        slot.source = DemandSource::roster;
        slot.heads = start->second;
    }

    const DemandFacts& m_facts;
    const ZoneOffsets& m_zone;
    std::int64_t m_first;
    std::unordered_map<std::int64_t, double> m_counts;
    std::map<WallTime, std::int64_t> m_starts; ///< heads of all wards together
    std::vector<Day> m_holidays;
    Learned m_all;
    std::map<minutes, Learned> m_byTime; ///< by the time of day at which the shift begins
    int m_weeks = 0;
};

}

double Demand::between(WallTime from, WallTime until) const
{
    double sum = 0;
    for (std::size_t i = 0; i < slots.size(); ++i) {
        const WallTime begin = start + static_cast<std::int64_t>(i) * demandSlot;
        const WallTime first = std::max(begin, from);
        const WallTime last = std::min<WallTime>(begin + demandSlot, until);
        if (first < last)
            sum += slots[i].expected * std::chrono::duration<double>(last - first)
                / std::chrono::duration<double>(demandSlot);
    }
    return sum;
}

Demand expectDemand(const DemandFacts& facts, const ZoneOffsets& zone)
{
    return Expectation(facts, zone).make();
}

}
