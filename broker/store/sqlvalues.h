// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/values.h"

#include <QSqlQuery>
#include <QVariant>
#include <optional>
#include <string>

/// Between our values and SQL's.
namespace wardesk::broker::sql {

[[nodiscard]] QVariant value(const std::string& text);
[[nodiscard]] QVariant value(std::int64_t number);
[[nodiscard]] QVariant value(bool flag);
[[nodiscard]] QVariant value(WallTime time);
[[nodiscard]] QVariant value(const std::optional<WallTime>& time);
[[nodiscard]] QVariant value(const std::optional<std::int64_t>& number);
template <typename Tag> [[nodiscard]] QVariant value(const StrongId<Tag>& id)
{
    return value(id.value());
}
template <typename Tag> [[nodiscard]] QVariant value(const StrongNumber<Tag>& number)
{
    return value(std::int64_t { number.value() });
}

/// Reads the columns of the current row one after another.
class Row
{
public:
    explicit Row(const QSqlQuery& query)
        : m_query(query)
    {
    }
    std::string text();
    std::int64_t number();
    bool flag() { return number() != 0; }
    WallTime time();
    std::optional<WallTime> optionalTime();
    std::optional<std::int64_t> optionalNumber();
    template <typename Id> Id id() { return Id(text()); }
    template <typename Number> Number numbered() { return Number(number()); }
    [[nodiscard]] bool nextIsNull() const { return m_query.isNull(m_column); }

private:
    const QSqlQuery& m_query;
    int m_column = 0;
};

// The column orders are those of sql/common/select_*.sql.
[[nodiscard]] Organisation readOrganisation(Row& row);
[[nodiscard]] User readUser(Row& row);
[[nodiscard]] Image readImage(Row& row);
[[nodiscard]] Pool readPool(Row& row);
[[nodiscard]] Desktop readDesktop(Row& row);
[[nodiscard]] Lease readLease(Row& row);
[[nodiscard]] AuditRecord readAuditRecord(Row& row);

}
