// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/simulation/terminal.h"

namespace wardesk::broker::simulation {

/// A person with work to do at one of two terminals: asks for a desktop, works, goes away, comes
/// back, moves, forgets, gives up.
class Clinician : public std::enable_shared_from_this<Clinician>
{
public:
    Clinician(World& world, User user);
    void begin();

    // told by the terminals
    void pictureAt(Terminal& terminal);
    void lostAt(Terminal& terminal);

    /// All faults are over: finishes what is open, then does one whole round more.
    void comeToAnEnd();
    [[nodiscard]] bool isDone() const { return m_isDone; }
    [[nodiscard]] std::string describe() const;

    [[nodiscard]] const User& user() const { return m_user; }
    [[nodiscard]] World& world() { return m_world; }

private:
    void thinkLater(Span delay);
    void think();
    void finishWork(Terminal& terminal);
    [[nodiscard]] bool hasNothingLeft();
    template <typename Work> void later(Span delay, Work work);

    World& m_world;
    const User m_user;
    std::vector<std::shared_ptr<Terminal>> m_terminals;
    PoolId m_pool; ///< of this round
    bool m_ending = false;
    bool m_hasSeen = false; ///< a picture since the end began
    bool m_isDone = false;
    std::uint64_t m_work = 0; ///< a newer piece of work makes the end of an older one void
};

}
