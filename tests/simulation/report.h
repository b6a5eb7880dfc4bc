// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/simulation/mutants.h"
#include "tests/simulation/workers.h"

#include <boost/describe.hpp>

namespace wardesk::broker::simulation {

struct FindingReport
{
    std::int64_t seed = 0;
    std::int64_t atMs = 0; ///< simulated time
    std::string rule;
    std::string text;
    std::string replay; ///< a command that tells the story
    std::string shortReplay; ///< the same with no more faults than are needed
    std::vector<std::string> faults; ///< these
};
BOOST_DESCRIBE_STRUCT(FindingReport, (), (seed, atMs, rule, text, replay, shortReplay, faults))

struct RunReport
{
    std::int64_t from = 0;
    std::int64_t seeds = 0; ///< that were run
    std::int64_t events = 0;
    std::int64_t leases = 0;
    std::string simulatedDays;
    std::string seconds;
    std::string daysPerMinute;
    std::string hash; ///< of all that happened: the same for the same seeds and the same program
    std::optional<std::string> mutant;
    std::int64_t violationCount = 0;
    std::vector<FindingReport> violations; ///< the first of them
};
BOOST_DESCRIBE_STRUCT(RunReport, (),
    (from, seeds, events, leases, simulatedDays, seconds, daysPerMinute, hash, mutant,
        violationCount, violations))

[[nodiscard]] RunReport reportOf(const Run& run, const Tally& tally);
void print(const RunReport& report);
void printMutant(const SeededBug& bug, const RunReport& report);
void printJson(const RunReport& report);
void printJson(const std::vector<RunReport>& reports);

}
