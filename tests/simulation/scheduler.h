// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/simulation/random.h"

#include <functional>

namespace wardesk::broker::simulation {

using Job = std::function<void()>;

/// One life of a process: what it had planned dies with it.
struct Process
{
    std::uint32_t index = 0;
    std::uint32_t life = 0;
};

/// The world itself: never dies, never sleeps.
inline constexpr Process nature {};

/// The one queue of all that is going to happen, ordered by time and then by chance: what is due in
/// the same millisecond may happen in any order. Who needs an order keeps one event at a time.
class Scheduler
{
public:
    explicit Scheduler(Random& random);

    [[nodiscard]] Span now() const { return m_now; } ///< since the beginning of the simulation
    [[nodiscard]] std::uint64_t count() const { return m_count; } ///< events that have happened
    [[nodiscard]] std::uint64_t hash() const { return m_hash; } ///< of their times and order
    void mix(std::uint64_t value);

    [[nodiscard]] Process birth();
    void kill(Process process);
    [[nodiscard]] bool isAlive(Process process) const;
    /// Nothing of it happens until then; all that was due happens in its order afterwards.
    void freeze(Process process, Span until);

    void after(Span delay, Process process, Job job);
    /// Does what is next if it is due by `limit`; otherwise moves the time there and says no.
    bool step(Span limit);

private:
    struct Entry
    {
        std::int64_t at;
        std::uint64_t tie;
        std::uint32_t slot;
    };
    struct Slot
    {
        Process process;
        Job job;
    };
    struct Life
    {
        std::uint32_t life = 0;
        bool alive = true;
        std::int64_t frozenUntil = 0;
    };
    void push(std::int64_t at, std::uint64_t tie, std::uint32_t slot);

    Random& m_random;
    Span m_now { 0 };
    std::uint64_t m_count = 0;
    std::uint64_t m_hash = 14695981039346656037ULL;
    std::uint64_t m_thawed = 0;
    std::vector<Entry> m_heap;
    std::vector<Slot> m_slots;
    std::vector<std::uint32_t> m_free;
    std::vector<Life> m_lives { Life {} };
};

}
