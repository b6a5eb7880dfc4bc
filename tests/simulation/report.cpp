// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/report.h"

#include "protocols/wire/codec.h"

#include <cstdio>

namespace wardesk::broker::simulation {

namespace {

struct MutantsReport
{
    std::int64_t caught = 0;
    std::vector<RunReport> mutants;
};
BOOST_DESCRIBE_STRUCT(MutantsReport, (), (caught, mutants))

std::string decimal(double value)
{
    char text[32] = {};
    std::snprintf(text, sizeof text, "%.1f", value);
    return text;
}

std::string hexadecimal(std::uint64_t value)
{
    char text[32] = {};
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
    return text;
}

}

RunReport reportOf(const Run& run, const Tally& tally)
{
    RunReport report;
    report.from = static_cast<std::int64_t>(run.from);
    report.seeds = static_cast<std::int64_t>(tally.seeds);
    report.events = static_cast<std::int64_t>(tally.events);
    report.leases = static_cast<std::int64_t>(tally.leases);
    report.simulatedDays = decimal(static_cast<double>(tally.simulated.count()) / 86'400'000.0);
    report.seconds = decimal(tally.seconds);
    report.daysPerMinute = decimal(tally.daysPerMinute());
    report.hash = hexadecimal(tally.hash);
    report.violationCount = static_cast<std::int64_t>(tally.violations);
    for (const Finding& finding : tally.findings) {
        FindingReport told;
        told.seed = static_cast<std::int64_t>(finding.seed);
        told.atMs = finding.violation.at.count();
        told.rule = finding.violation.rule;
        told.text = finding.violation.text;
        report.violations.push_back(std::move(told));
    }
    return report;
}

void print(const RunReport& report)
{
    for (const FindingReport& finding : report.violations) {
        std::printf("seed %lld breaks %s after %lld ms: %s\n  replay: %s\n",
            static_cast<long long>(finding.seed), finding.rule.c_str(),
            static_cast<long long>(finding.atMs), finding.text.c_str(), finding.replay.c_str());
        if (finding.shortReplay.empty())
            continue;
        std::printf("  with fewer faults: %s\n", finding.shortReplay.c_str());
        for (const std::string& fault : finding.faults)
            std::printf("    %s\n", fault.c_str());
    }
    std::printf(
        "%lld seeds, %lld events, %lld leases, %s simulated days in %s s (%s days a minute), "
        "trace %s\n%lld violations\n",
        static_cast<long long>(report.seeds), static_cast<long long>(report.events),
        static_cast<long long>(report.leases), report.simulatedDays.c_str(), report.seconds.c_str(),
        report.daysPerMinute.c_str(), report.hash.c_str(),
        static_cast<long long>(report.violationCount));
}

void printMutant(const SeededBug& bug, const RunReport& report)
{
    if (report.violations.empty()) {
        std::printf("NOT CAUGHT %-23s in %lld seeds\n", bug.name.data(),
            static_cast<long long>(report.seeds));
        return;
    }
    const FindingReport& finding = report.violations.front();
    std::printf("caught     %-23s %s, after %lld seeds: %s\n           replay: %s\n",
        bug.name.data(), finding.rule.c_str(), static_cast<long long>(report.seeds),
        finding.text.c_str(), finding.replay.c_str());
}

void printJson(const RunReport& report)
{
    std::printf("%s\n", wire::encode(report).c_str());
}

void printJson(const std::vector<RunReport>& reports)
{
    MutantsReport all;
    all.mutants = reports;
    for (const RunReport& report : reports)
        all.caught += report.violations.empty() ? 0 : 1;
    std::printf("%s\n", wire::encode(all).c_str());
}

}
