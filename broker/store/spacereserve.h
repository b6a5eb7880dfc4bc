// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace wardesk::broker {

/// R14: a file beside the database that only holds room on the disk. When the disk is full it is
/// given up, so that reconnects to one's own desktop, log-offs and their audit records can still be
/// written; everything else is refused until the file can be made again.
class SpaceReserve
{
public:
    explicit SpaceReserve(const std::string& databasePath)
        : m_path(databasePath + "-reserve")
    {
    }
    /// Makes the file when it is missing; false when there is no room for it.
    [[nodiscard]] bool ensure() const;
    /// True when there was something to give up.
    bool release() const;

private:
    std::string m_path;
};

}
