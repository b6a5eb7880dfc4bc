// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/workers.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstring>
#include <sys/mman.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace wardesk::broker::simulation {

namespace {

constexpr std::size_t mostFindings = 64;
constexpr std::size_t mostWorkers = 64;

/// What the workers write and their parent reads: in memory that all of them share.
struct Board
{
    struct Note
    {
        std::atomic<bool> isWritten { false };
        std::uint64_t seed = 0;
        std::int64_t at = 0;
        std::array<char, 32> rule {};
        std::array<char, 600> text {};
    };
    std::atomic<std::uint64_t> next { 0 };
    std::atomic<bool> stop { false };
    std::atomic<std::uint64_t> seeds { 0 };
    std::atomic<std::uint64_t> events { 0 };
    std::atomic<std::uint64_t> leases { 0 };
    std::atomic<std::uint64_t> hash { 0 };
    std::atomic<std::int64_t> simulated { 0 };
    std::atomic<std::uint64_t> violations { 0 };
    std::array<std::atomic<std::uint64_t>, mostWorkers> present {}; ///< seeds that are being run
    std::array<Note, mostFindings> notes;

    void write(std::uint64_t seed, const Violation& violation)
    {
        const std::uint64_t index = violations.fetch_add(1);
        if (index >= notes.size())
            return;
        Note& note = notes[index];
        note.seed = seed;
        note.at = violation.at.count();
        std::strncpy(note.rule.data(), violation.rule.c_str(), note.rule.size() - 1);
        std::strncpy(note.text.data(), violation.text.c_str(), note.text.size() - 1);
        note.isWritten = true;
    }
};

void work(Board& board, const Run& run, std::size_t worker)
{
    for (;;) {
        const std::uint64_t index = board.next.fetch_add(1);
        if (index >= run.count || board.stop)
            return;
        WorldSettings settings = run.settings;
        settings.seed = run.from + index;
        board.present[worker] = settings.seed;
        const Outcome outcome = simulate(settings);
        ++board.seeds;
        board.events += outcome.events;
        board.leases += outcome.leases;
        board.hash ^= outcome.hash * (2 * settings.seed + 1);
        board.simulated += outcome.simulated.count();
        if (!outcome.violation)
            continue;
        board.write(settings.seed, *outcome.violation);
        if (run.stopAtFirst)
            board.stop = true;
    }
}

pid_t startWorker(Board& board, const Run& run, std::size_t worker)
{
    const pid_t child = ::fork();
    if (child == 0) {
        work(board, run, worker);
        ::_exit(0);
    }
    return child;
}

void waitFor(Board& board, const Run& run, std::vector<pid_t> workers)
{
    for (std::size_t i = 0; i < workers.size(); ++i) {
        int status = 0;
        while (::waitpid(workers[i], &status, 0) == workers[i]
            && !(WIFEXITED(status) && WEXITSTATUS(status) == 0)) {
            board.write(board.present[i],
                { "crash",
                    WIFSIGNALED(status)
                        ? std::string("the process died of ") + ::strsignal(WTERMSIG(status))
                        : "the process ended with " + std::to_string(WEXITSTATUS(status)),
                    Span(0) });
            if (run.stopAtFirst)
                board.stop = true;
            workers[i] = startWorker(board, run, i); // the others' seeds are still to be done
        }
    }
}

}

double Tally::daysPerMinute() const
{
    const double days = static_cast<double>(simulated.count()) / 86'400'000.0;
    return seconds > 0 ? days * 60 / seconds : 0;
}

Tally runSeeds(const Run& run)
{
    void* const shared
        = ::mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    Board& board = *new (shared) Board;
    const auto started = std::chrono::steady_clock::now();
    std::size_t count = run.jobs > 0 ? static_cast<std::size_t>(run.jobs)
                                     : std::max(1U, std::thread::hardware_concurrency());
    count = std::min({ count, mostWorkers, static_cast<std::size_t>(run.count) });
    if (run.settings.isTold || (count == 1 && run.count == 1)) {
        work(board, run, 0); // here, where a debugger sees it
    } else {
        std::vector<pid_t> workers;
        for (std::size_t i = 0; i < count; ++i)
            workers.push_back(startWorker(board, run, i));
        waitFor(board, run, std::move(workers));
    }
    Tally tally;
    tally.seconds
        = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    tally.seeds = board.seeds;
    tally.events = board.events;
    tally.leases = board.leases;
    tally.hash = board.hash;
    tally.simulated = Span(board.simulated);
    tally.violations = board.violations;
    for (const Board::Note& note : board.notes) {
        if (note.isWritten)
            tally.findings.push_back(
                { note.seed, { note.rule.data(), note.text.data(), Span(note.at) } });
    }
    std::sort(tally.findings.begin(), tally.findings.end(),
        [](const Finding& a, const Finding& b) { return a.seed < b.seed; });
    board.~Board();
    ::munmap(shared, sizeof(Board));
    return tally;
}

}
