// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/store/sqlvalues.h"
#include "protocols/base/error.h"

#include <chrono>
#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace wardesk::broker::sql {

/// Named values of a statement: { ":id", value(id) }.
using Values = std::initializer_list<std::pair<const char*, Value>>;

enum class Dialect { sqlite, postgresql };
[[nodiscard]] const char* nameOf(Dialect dialect);

/// What is to be done about a statement that failed.
enum class Remedy {
    none,
    again, ///< two transactions were in each other's way: the same again may succeed
    conflict, ///< a row is there already; a moment ago it was not, if somebody else was quicker
    reconnect ///< the connection is lost, or is one to a server that cannot be written to
};

struct Failure;

/// One connection to a database with its prepared statements, for the thread that opened it.
class Connection
{
public:
    virtual ~Connection() = default;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    [[nodiscard]] Dialect dialect() const { return m_dialect; }
    /// It should be opened anew once the cause is gone: lost, or good for reading only.
    [[nodiscard]] bool isSpent() const { return m_lost || m_readOnly; }
    [[nodiscard]] bool isLost() const { return m_lost; }
    /// About the last statement that failed since it was forgotten.
    [[nodiscard]] Remedy remedy() const { return m_remedy; }
    void forgetRemedy() { m_remedy = Remedy::none; }
    static constexpr std::chrono::milliseconds usualPatience { 6000 };
    /// How long a server may take for a statement before the connection is given up.
    void setPatience(std::chrono::milliseconds patience) { m_patience = patience; }

    /// Runs the named statement (see sqltext.h) and gives how many rows it changed.
    [[nodiscard]] virtual Result<int> execute(const char* name, Values values) = 0;
    /// The same for a statement that has no name: migrations.
    [[nodiscard]] virtual Result<void> executeText(const std::string& statement) = 0;
    /// All statements of that name, one after the other, unprepared: what begins, ends and sets.
    [[nodiscard]] Result<void> executeEach(const char* name);
    /// How many rows were changed since it was opened; what failed as a whole does not count.
    /// Always 0 where the database does not say.
    [[nodiscard]] virtual std::int64_t changes() const { return 0; }
    /// Commits; `unavailable` when nobody knows whether that happened.
    [[nodiscard]] virtual Result<void> commit() = 0;
    /// Every row of a named query, read by `read(Row&)`.
    template <typename Read>
    [[nodiscard]] auto select(const char* name, Values values, const Read& read)
        -> Result<std::vector<decltype(read(std::declval<Row&>()))>>
    {
        std::vector<decltype(read(std::declval<Row&>()))> rows;
        const Result<void> done = query(name, values, [&](Row& row) { rows.push_back(read(row)); });
        if (!done)
            return tl::unexpected(done.error());
        return rows;
    }

protected:
    explicit Connection(Dialect dialect)
        : m_dialect(dialect)
    {
    }
    /// `take` is called for each row.
    [[nodiscard]] virtual Result<void> query(
        const char* name, Values values, const std::function<void(Row&)>& take)
        = 0;
    [[nodiscard]] Error note(Failure failed);
    void setLost() { m_lost = true; }
    void setReadOnly() { m_readOnly = true; }
    [[nodiscard]] std::chrono::milliseconds patience() const { return m_patience; }

private:
    const Dialect m_dialect;
    bool m_readOnly = false;
    bool m_lost = false;
    Remedy m_remedy = Remedy::none;
    std::chrono::milliseconds m_patience = usualPatience;
    std::map<std::string, std::vector<std::string>, std::less<>> m_texts; ///< of executeEach
};

/// Both databases end a text at a NUL, one of them silently: `invalidArgument` for such a value.
[[nodiscard]] Result<void> checkValue(const Value& value);

}
