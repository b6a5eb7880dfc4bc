// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/values.h"

#include <optional>
#include <string>
#include <utility>
#include <variant>

/// Between our values and SQL's.
namespace wardesk::broker::sql {

/// NULL, a whole number, or a text in UTF-8. Made by value() only, which sees to that.
class Value
{
public:
    Value() = default; ///< NULL
    /// Null when it is not of that kind.
    [[nodiscard]] const std::string* text() const { return std::get_if<std::string>(&m_value); }
    [[nodiscard]] const std::int64_t* number() const { return std::get_if<std::int64_t>(&m_value); }

private:
    template <typename Kind>
    explicit Value(Kind value)
        : m_value(std::move(value))
    {
    }
    friend Value value(const std::string& text);
    friend Value value(std::int64_t number);
    std::variant<std::monostate, std::int64_t, std::string> m_value;
};

/// What is no UTF-8 in a text is replaced (U+FFFD): one database would refuse it, the other keep
/// it.
[[nodiscard]] Value value(const std::string& text);
Value value(const char*) = delete; // would be taken for a flag
[[nodiscard]] Value value(std::int64_t number);
[[nodiscard]] Value value(bool flag);
[[nodiscard]] Value value(WallTime time);
[[nodiscard]] Value value(const std::optional<WallTime>& time);
[[nodiscard]] Value value(const std::optional<std::int64_t>& number);
template <typename Tag> [[nodiscard]] Value value(const StrongId<Tag>& id)
{
    return value(id.value());
}
/// NULL for an empty one.
template <typename Tag> [[nodiscard]] Value valueOrNull(const StrongId<Tag>& id)
{
    return id.isEmpty() ? Value() : value(id);
}
template <typename Tag> [[nodiscard]] Value value(const StrongNumber<Tag>& number)
{
    return value(std::int64_t { number.value() });
}

/// Reads the columns of the current row one after another.
class Row
{
public:
    virtual ~Row() = default;
    Row(const Row&) = delete;
    Row& operator=(const Row&) = delete;
    std::string text() { return textAt(m_column++); }
    std::int64_t number() { return numberAt(m_column++); }
    bool flag() { return number() != 0; }
    WallTime time();
    std::optional<WallTime> optionalTime();
    std::optional<std::int64_t> optionalNumber();
    template <typename Id> Id id() { return Id(text()); }
    template <typename Number> Number numbered() { return Number(number()); }
    [[nodiscard]] bool nextIsNull() const { return isNullAt(m_column); }

protected:
    Row() = default;

private:
    [[nodiscard]] virtual std::string textAt(int column) const = 0; ///< NULL is the empty text
    [[nodiscard]] virtual std::int64_t numberAt(int column) const = 0; ///< NULL is 0
    [[nodiscard]] virtual bool isNullAt(int column) const = 0;
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
