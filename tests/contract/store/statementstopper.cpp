// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/store/statementstopper.h"

#include "tests/contract/store/storefixture.h"

#include <array>
#include <set>
#include <sqlite3.h>
#include <string_view>

namespace wardesk::broker::test {

namespace {

thread_local std::set<sqlite3*> connections; // of this thread, that are open

void noteClosed(void* database)
{
    connections.erase(static_cast<sqlite3*>(database));
}

int noteOpened(sqlite3* database, char**, const sqlite3_api_routines*)
{
    connections.insert(database);
    // A function that nobody calls: it goes when the connection does.
    return sqlite3_create_function_v2(
        database, "wardesk_noted", 0, SQLITE_UTF8, database,
        [](sqlite3_context*, int, sqlite3_value**) {}, nullptr, nullptr, &noteClosed);
}

/// Before any store is opened.
const int noting = sqlite3_auto_extension(reinterpret_cast<void (*)()>(&noteOpened));

sqlite3* onlyConnection()
{
    if (noting != SQLITE_OK || connections.size() != 1)
        die({ Errc::internal, "the thread has not exactly one connection" });
    return *connections.begin();
}

bool isControl(std::string_view text)
{
    constexpr std::array words { "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE" };
    for (const std::string_view word : words) {
        if (text.substr(0, word.size()) == word)
            return true;
    }
    return false;
}

}

StatementStopper::StatementStopper(int good)
    : m_database(onlyConnection())
    , m_left(good)
{
    sqlite3_trace_v2(m_database, SQLITE_TRACE_STMT, &StatementStopper::begins, this);
}

StatementStopper::~StatementStopper()
{
    sqlite3_trace_v2(m_database, 0, nullptr, nullptr);
}

int StatementStopper::begins(unsigned, void* self, void*, void* text)
{
    auto& stopper = *static_cast<StatementStopper*>(self);
    if (isControl(static_cast<const char*>(text)) || stopper.hasStopped())
        return 0;
    if (stopper.m_left-- == 0)
        sqlite3_interrupt(stopper.m_database);
    return 0;
}

}
