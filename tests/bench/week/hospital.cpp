// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/week/hospital.h"

#include "broker/pool/demand.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

namespace wardesk::bench {

namespace {

using namespace std::chrono_literals;
using broker::Day;
using broker::LocalTime;
using std::chrono::days;

constexpr int wards = 30;
constexpr int weeksBefore = 8;

/// The standard's distributions differ between libraries: a seed is to give one week everywhere.
class Dice
{
public:
    explicit Dice(std::uint64_t seed)
        : m_engine(seed)
    {
    }
    double even(double low, double high)
    {
        return low + (high - low) * static_cast<double>(m_engine() >> 11U) / 9007199254740992.0;
    }
    bool chance(double share) { return even(0, 1) < share; }
    double normal(double mean, double deviation)
    {
        const double radius = std::sqrt(-2 * std::log(even(1e-12, 1)));
        return mean + deviation * radius * std::cos(even(0, 2 * std::numbers::pi));
    }

private:
    std::mt19937_64 m_engine;
};

std::chrono::milliseconds minutesOf(double minutes)
{
    return std::chrono::milliseconds(std::llround(minutes * 60000));
}

struct ShiftKind
{
    const char* who;
    std::chrono::minutes start;
    double hours;
    int heads; ///< of a ward, or of the house for physicians
    double weekend; ///< share of them on Saturdays and Sundays
};

class Maker
{
public:
    Maker(std::uint64_t seed, const ZoneOffsets& zone, WallTime begin)
        : m_dice(seed)
        , m_zone(zone)
    {
        m_hospital.begin = begin;
    }

    Hospital make()
    {
        const Day monday = dayOf(m_hospital.begin, m_zone);
        for (Day day = monday - days(7 * weeksBefore + 1); day < monday + days(8); day += days(1))
            makeDay(day);
        std::map<std::int64_t, std::int64_t> counts;
        for (const Visit& visit : m_all) {
            if (visit.at < m_hospital.begin)
                ++counts[visit.at.time_since_epoch()
                    / std::chrono::milliseconds(broker::demandSlot)];
            else if (visit.at < m_hospital.begin + days(7))
                m_hospital.visits.push_back(visit);
        }
        for (const auto& [index, count] : counts)
            m_hospital.history.push_back({ WallTime(index * broker::demandSlot), count });
        const auto earlier = [](const auto& a, const auto& b) { return a.at < b.at; };
        std::sort(m_hospital.visits.begin(), m_hospital.visits.end(), earlier);
        std::sort(m_hospital.roster.begin(), m_hospital.roster.end(),
            [](const RosterShift& a, const RosterShift& b) { return a.start < b.start; });
        return std::move(m_hospital);
    }

private:
    void makeDay(Day day)
    {
        static constexpr ShiftKind nurses[] { { "day", 7h, 7.5, 8, 0.7 },
            { "late", 14h, 8.5, 6, 0.7 }, { "night", 22h, 9.5, 3, 1 } };
        static constexpr ShiftKind physicians { "Physicians", 8h, 9, 70, 0.2 };
        const double health = m_dice.even(0.86, 1);
        for (int ward = 1; ward <= wards; ++ward) {
            for (const ShiftKind& kind : nurses)
                makeShift("Ward " + std::to_string(ward), kind, day, health);
        }
        makeShift(physicians.who, physicians, day, health);
    }

    void makeShift(const std::string& who, const ShiftKind& kind, Day day, double health)
    {
        const unsigned weekday = std::chrono::weekday(day).iso_encoding();
        const double share = weekday >= 6 ? kind.weekend : 1;
        // Planned week by week: not the same number of heads on each of them.
        const double planned = static_cast<double>(kind.heads) * share * m_dice.even(0.8, 1.2);
        const auto heads = std::max<std::int64_t>(1, std::llround(planned));
        const WallTime start = toWall(LocalTime(day + kind.start), m_zone);
        m_hospital.roster.push_back({ who, start, heads });
        for (std::int64_t i = 0; i < heads; ++i) {
            if (m_dice.chance(health))
                makeVisits(start, kind.hours * 60);
        }
    }

    void makeVisits(WallTime start, double minutes)
    {
        // Most come for the handover a little early, one of eight whenever the ward lets them.
        const double arrives = m_dice.chance(0.125) ? m_dice.even(5, 60) : m_dice.normal(-5, 5);
        const double leaves = minutes + m_dice.normal(15, 8);
        if (!m_dice.chance(0.35)) {
            add(start, arrives, leaves);
            return;
        }
        const double pause = m_dice.normal(minutes / 2, 45);
        add(start, arrives, pause);
        add(start, pause + m_dice.even(15, 45), leaves);
    }

    void add(WallTime start, double from, double until)
    {
        m_all.push_back({ start + minutesOf(from), minutesOf(std::max(until - from, 5.0)) });
    }

    Dice m_dice;
    const ZoneOffsets& m_zone;
    Hospital m_hospital;
    std::vector<Visit> m_all;
};

}

Hospital makeHospital(std::uint64_t seed, const ZoneOffsets& zone, WallTime begin)
{
    return Maker(seed, zone, begin).make();
}

}
