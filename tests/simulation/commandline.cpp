// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/commandline.h"

#include "tests/simulation/mutants.h"
#include "tests/simulation/report.h"
#include "tests/simulation/shrink.h"

#include <charconv>
#include <cstdio>
#include <cstring>
#include <string_view>

namespace wardesk::broker::simulation {

namespace {

constexpr std::uint64_t mutantSeeds = 2000; ///< at most, until a seeded bug counts as not caught

const char* const usage =
    R"(usage: tests/simulate [--seeds N] [--from S] [--mutant NAME | --mutants] [--json] [...]

Runs the broker's real core in a simulated hospital: simulated time, network, database, host,
desktops and clinicians, in which almost everything goes wrong; then all faults end and everything
must be well again within simulated minutes. The rules of the core are checked all the time by an
observer that sees what is really so. A seed tells the same story every time.

  --seeds N       so many seeds (default 100)
  --from S        the first of them (default 1)
  --mutant NAME   with this seeded bug in the core; ends at the first seed that catches it
  --mutants       with each of the seeded bugs in turn, and a table
  --list-mutants  what they are
  --store KIND    memory (default) or sqlite
  --brokers N     1 to 3 brokers (default: the seed decides)
  --faults LIST   only these of the faults that the seed has planned, e.g. 2,5, or none
  --trace         tells the story of the first seed
  --jobs N        processes (default: one for each processor)
  --no-shrink     do not look for the few faults that a violation needs
  --json          the result as JSON
Exit: 0 no violation (or every seeded bug was caught), 1 a violation (or one was not caught),
2 wrong use.
)";

struct Options
{
    Run run;
    bool isJson = false;
    bool allMutants = false;
    bool listsMutants = false;
    bool helps = false;
    bool shrinks = true;
    const SeededBug* bug = nullptr;
};

int refuse(const std::string& why)
{
    std::fprintf(stderr, "tests/simulate: %s. See tests/simulate --help.\n", why.c_str());
    return 2;
}

bool readNumber(const char* text, std::uint64_t low, std::uint64_t high, std::uint64_t& number)
{
    const char* const end = text + std::strlen(text);
    const auto read = std::from_chars(text, end, number);
    return read.ec == std::errc() && read.ptr == end && number >= low && number <= high;
}

bool readFaults(std::string_view text, std::vector<bool>& faults)
{
    faults.assign(64, false);
    if (text == "none")
        return true;
    while (!text.empty()) {
        std::size_t number = 0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
        if (read.ec != std::errc() || number < 1 || number > faults.size())
            return false;
        faults[number - 1] = true;
        text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
        if (!text.empty() && text.front() != ',')
            return false;
        text.remove_prefix(text.empty() ? 0 : 1);
    }
    return true;
}

/// Empty when all is well, otherwise what is wrong.
std::string read(int argc, char** argv, Options& options)
{
    options.run.count = 100;
    for (int i = 1; i < argc; ++i) {
        const std::string_view name = argv[i];
        const char* const value = i + 1 < argc ? argv[i + 1] : nullptr;
        std::uint64_t number = 0;
        if (name == "--help" || name == "-h") {
            options.helps = true;
        } else if (name == "--json") {
            options.isJson = true;
        } else if (name == "--trace") {
            options.run.settings.isTold = true;
        } else if (name == "--no-shrink") {
            options.shrinks = false;
        } else if (name == "--mutants") {
            options.allMutants = true;
        } else if (name == "--list-mutants") {
            options.listsMutants = true;
        } else if (value == nullptr) {
            return "'" + std::string(name) + "' is unknown or needs a value";
        } else if (name == "--seeds" && readNumber(value, 1, 1'000'000'000, number)) {
            options.run.count = number;
        } else if (name == "--from" && readNumber(value, 0, ~0ULL >> 1U, number)) {
            options.run.from = number;
        } else if (name == "--brokers" && readNumber(value, 1, 3, number)) {
            options.run.settings.brokers = static_cast<int>(number);
        } else if (name == "--jobs" && readNumber(value, 1, 64, number)) {
            options.run.jobs = static_cast<int>(number);
        } else if (name == "--store" && std::string_view(value) == "memory") {
            options.run.settings.onSqlite = false;
        } else if (name == "--store" && std::string_view(value) == "sqlite") {
            options.run.settings.onSqlite = true;
        } else if (name == "--faults" && readFaults(value, options.run.settings.faults)) {
            // done
        } else if (name == "--mutant" && findBug(value) != nullptr) {
            options.bug = findBug(value);
        } else if (name == "--mutant") {
            return "there is no seeded bug '" + std::string(value) + "' (see --list-mutants)";
        } else {
            return "'" + std::string(name) + ' ' + value + "' is no good";
        }
        if (i + 1 < argc && argv[i + 1][0] != '-' && name != "--json" && name != "--trace"
            && name != "--mutants" && name != "--no-shrink" && name != "--list-mutants"
            && name != "--help" && name != "-h")
            ++i;
    }
    if (options.bug != nullptr && options.run.settings.onSqlite
        && options.bug->where.substr(0, 5) == "store")
        return "the seeded bugs of the store are in the one in memory";
    return {};
}

std::string replayOf(const Options& options, std::uint64_t seed, const std::vector<bool>* faults)
{
    std::string command = "tests/simulate --seeds 1 --from " + std::to_string(seed);
    if (options.bug != nullptr)
        command += " --mutant " + std::string(options.bug->name);
    if (options.run.settings.onSqlite)
        command += " --store sqlite";
    if (options.run.settings.brokers > 0)
        command += " --brokers " + std::to_string(options.run.settings.brokers);
    if (faults != nullptr)
        command += " --faults " + listOf(*faults);
    return command + " --trace";
}

/// Runs with or without a seeded bug and says what came of it.
RunReport runOnce(Options options)
{
    mutants::present = options.bug != nullptr ? options.bug->mutant : mutants::Mutant::none;
    options.run.stopAtFirst = options.bug != nullptr;
    const Tally tally = runSeeds(options.run);
    RunReport report = reportOf(options.run, tally);
    if (options.bug != nullptr)
        report.mutant = std::string(options.bug->name);
    for (FindingReport& finding : report.violations) {
        finding.replay = replayOf(options, static_cast<std::uint64_t>(finding.seed), nullptr);
        if (!options.shrinks || finding.rule == "crash" || &finding != &report.violations.front())
            continue;
        WorldSettings settings = options.run.settings;
        settings.seed = static_cast<std::uint64_t>(finding.seed);
        const Shrunk shrunk = shrink(settings, { finding.rule, finding.text, Span(0) });
        finding.faults = shrunk.story;
        finding.shortReplay = replayOf(options, settings.seed, &shrunk.faults);
    }
    return report;
}

int runMutants(Options options)
{
    std::vector<RunReport> reports;
    std::size_t caught = 0;
    for (const SeededBug& bug : seededBugs()) {
        options.bug = &bug;
        reports.push_back(runOnce(options));
        caught += reports.back().violations.empty() ? 0 : 1;
        if (!options.isJson)
            printMutant(bug, reports.back());
    }
    if (options.isJson)
        printJson(reports);
    else
        std::printf("%zu of %zu seeded bugs caught\n", caught, seededBugs().size());
    return caught == seededBugs().size() ? 0 : 1;
}

}

int runCommandLine(int argc, char** argv)
{
    Options options;
    if (const std::string wrong = read(argc, argv, options); !wrong.empty())
        return refuse(wrong);
    if (options.helps) {
        std::fputs(usage, stdout);
        return 0;
    }
    if (options.listsMutants) {
        for (const SeededBug& bug : seededBugs())
            std::printf("%-24s %-4s %s\n%-29s %s\n", bug.name.data(), bug.rule.data(),
                bug.what.data(), "", bug.where.data());
        return 0;
    }
    if (options.allMutants || options.bug != nullptr)
        options.run.count = std::min(options.run.count == 100 ? mutantSeeds : options.run.count,
            std::uint64_t { 1'000'000 });
    if (options.allMutants)
        return runMutants(options);
    const RunReport report = runOnce(options);
    if (options.isJson)
        printJson(report);
    else
        print(report);
    const bool isFound = !report.violations.empty();
    return isFound == (options.bug != nullptr) ? 0 : 1;
}

}
