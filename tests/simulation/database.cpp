// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/database.h"

namespace wardesk::broker::simulation {

std::optional<Error> DatabaseConnection::before(Kind kind)
{
    const bool isWrite = kind == Kind::write;
    if (m_grouped) { // one transaction for all: nothing of others comes in between
        if (m_database.failing > 0 && m_random.chance(m_database.failing))
            return Error { Errc::internal, "a statement failed" };
        return std::nullopt;
    }
    if (m_database.slowness.count() > 0)
        m_lane.pause(m_random.between(Span(0), m_database.slowness));
    else if (m_random.chance(isWrite ? 0.2 : 0.05))
        m_lane.pause(Span(m_random.between(0, 2)));
    if (m_database.isDown || (m_database.failing > 0 && m_random.chance(m_database.failing)))
        return Error { Errc::unavailable, "the database cannot be reached" };
    m_dies = isWrite && m_trap.isSprung();
    if (m_dies && !m_trap.afterEffect) {
        m_trap.spring();
        m_lane.stall();
    }
    return std::nullopt;
}

std::optional<Error> DatabaseConnection::after(Kind kind)
{
    if (m_grouped)
        return std::nullopt;
    if (m_dies) {
        m_trap.spring();
        m_lane.stall();
    }
    if (kind == Kind::write && m_random.chance(0.2))
        m_lane.pause(Span(m_random.between(0, 2)));
    if (m_database.losing > 0 && m_random.chance(m_database.losing))
        return Error { Errc::unavailable, "the connection to the database was lost" };
    return std::nullopt;
}

Result<void> DatabaseConnection::beginGroup()
{
    m_lane.pause(m_random.between(Span(0), Span(1) + m_database.slowness));
    if (m_database.isDown)
        return failure(Errc::unavailable, "the database cannot be reached");
    auto begun = m_database.store->beginGroup();
    m_grouped = begun.has_value();
    return begun;
}

Result<void> DatabaseConnection::commitGroup()
{
    m_grouped = false;
    const auto seen = std::exchange(m_seen, {});
    m_dies = m_trap.isSprung();
    const bool isLost = m_dies && !m_trap.afterEffect;
    if (isLost || (m_database.failing > 0 && m_random.chance(m_database.failing))) {
        m_database.store->rollbackGroup();
        if (isLost) {
            m_trap.spring();
            m_lane.stall();
        }
        return failure(Errc::internal, "the commit failed");
    }
    auto done = m_database.store->commitGroup();
    if (done) {
        for (const Job& tell : seen)
            tell();
    }
    if (auto error = after(Kind::write))
        return tl::unexpected(std::move(*error));
    return done;
}

void DatabaseConnection::rollbackGroup()
{
    m_grouped = false;
    m_seen.clear();
    m_database.store->rollbackGroup();
}

}
