// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/store/statementstopper.h"

#include "tests/contract/store/storefixture.h"

#include <QSqlDatabase>
#include <QSqlDriver>
#include <QVariant>
#include <array>
#include <sqlite3.h>
#include <string_view>

namespace wardesk::broker::test {

namespace {

sqlite3* onlyConnection()
{
    const QStringList names = QSqlDatabase::connectionNames();
    if (names.size() != 1)
        die({ Errc::internal, "the thread has not exactly one connection" });
    const QVariant handle = QSqlDatabase::database(names.front(), false).driver()->handle();
    return *static_cast<sqlite3* const*>(handle.constData());
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
