// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace wardesk::broker::test {

/// How the disk fails from a chosen moment on.
enum class DiskFault {
    none,
    full, ///< writes answer "no space" (ENOSPC)
    writeError, ///< writes answer an input/output error (EIO)
    syncError ///< only syncing fails, as a disk that lost what it had accepted
};

/// SQLite's disk in this process, as its default VFS: knows what has really reached the platters
/// (was written and then synced) and can fail at any operation. The store uses the same library,
/// so it works on this disk without knowing. One object at a time; it must
/// outlive every store that was opened on it.
class FaultyDisk
{
public:
    FaultyDisk();
    ~FaultyDisk();
    FaultyDisk(const FaultyDisk&) = delete;
    FaultyDisk& operator=(const FaultyDisk&) = delete;

    /// Of the kind that this fault strikes, so far: syncs, or writes and truncations.
    [[nodiscard]] std::int64_t operations(DiskFault fault) const;
    /// From the operation of this number on (counted from 1, of its kind), for so many operations.
    void failFrom(std::int64_t operation, DiskFault fault, std::int64_t howMany = INT64_MAX);
    void heal();

    /// What a power cut would leave of the database file now, written to `copy`: everything that
    /// was synced; of what was written since, each 512-byte sector is there or not, as the seed has
    /// it (0: nothing of it). The log that belongs to the file is treated the same.
    void cutPower(const std::string& database, const std::string& copy, unsigned seed) const;

    struct State;

private:
    std::unique_ptr<State> m_state;
};

}
