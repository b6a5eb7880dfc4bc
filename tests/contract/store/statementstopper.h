// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

struct sqlite3;

namespace wardesk::broker::test {

/// While it lives, one statement of the calling thread's only SQLite connection is stopped as it
/// begins, as by an error of the disk or of the server. What begins, ends and undoes transactions
/// is neither counted nor stopped.
class StatementStopper
{
public:
    explicit StatementStopper(int good); ///< statements that pass before it
    ~StatementStopper();
    StatementStopper(const StatementStopper&) = delete;
    StatementStopper& operator=(const StatementStopper&) = delete;
    [[nodiscard]] bool hasStopped() const { return m_left < 0; }

private:
    static int begins(unsigned what, void* self, void* statement, void* text);

    sqlite3* m_database;
    int m_left;
};

}
