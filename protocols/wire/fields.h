// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"

#include <array>
#include <boost/describe.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

/// How codec.h reads and writes the fields of a message. A struct is a table of its fields, so that
/// what is done with them is compiled once (fields.cpp) and not anew for each field of each message
/// in each file that reads it.
namespace wardesk::wire {

/// What to do with fields that the message does not have.
enum class Unknown { ignore, refuse };

namespace detail {

/// Where in the message something is; as text, "items[2].name", only when it is wrong.
struct Place
{
    const Place* outer = nullptr;
    std::string_view name {}; ///< of a field; of a list's item nothing
    std::size_t index = 0;
    [[nodiscard]] std::string text() const;
};

/// What is read to the end of one message, or to the first thing that is wrong.
class Reader
{
public:
    explicit Reader(Unknown unknown)
        : m_unknown(unknown)
    {
    }
    [[nodiscard]] bool refusesUnknown() const { return m_unknown == Unknown::refuse; }
    /// Always false, as what is wrong is said once and ends the reading.
    bool wrong(const Place& place, std::string_view expected);
    bool fail(std::string detail);
    [[nodiscard]] Error takeError() { return std::move(m_error).value_or(Error {}); }

private:
    Unknown m_unknown;
    std::optional<Error> m_error;
};

/// One of a struct's fields, whose type is known only to its functions.
struct Field
{
    const char* name;
    bool isOptional;
    boost::json::value (*write)(const void* message);
    bool (*read)(Reader& reader, const boost::json::value& json, const Place& place, void* message);
};

struct EnumName
{
    std::int64_t value;
    const char* name;
};

boost::json::value writeObject(std::span<const Field> fields, const void* message);
bool readObject(Reader& reader, const boost::json::value& json, const Place& place,
    std::span<const Field> fields, void* message);
boost::json::value writeEnum(std::span<const EnumName> names, std::int64_t value);
bool readEnum(Reader& reader, const boost::json::value& json, const Place& place,
    std::span<const EnumName> names, std::int64_t& value);
boost::json::value writeText(const std::string& text);
bool readText(
    Reader& reader, const boost::json::value& json, const Place& place, std::string& text);
bool readBool(Reader& reader, const boost::json::value& json, const Place& place, bool& value);
bool readNumber(Reader& reader, const boost::json::value& json, const Place& place, double& value);
bool readWhole(Reader& reader, const boost::json::value& json, const Place& place,
    std::int64_t least, std::int64_t most, std::int64_t& value);
const boost::json::array* readList(
    Reader& reader, const boost::json::value& json, const Place& place);
const boost::json::object* readMap(
    Reader& reader, const boost::json::value& json, const Place& place);

template <typename T> struct IsOptional : std::false_type
{
};
template <typename T> struct IsOptional<std::optional<T>> : std::true_type
{
};
template <typename T> struct IsVector : std::false_type
{
};
template <typename T> struct IsVector<std::vector<T>> : std::true_type
{
};
template <typename T> struct IsMap : std::false_type
{
};
template <typename T> struct IsMap<std::map<std::string, T>> : std::true_type
{
};
/// What fits into the signed 64 bits as which whole numbers are read and written.
template <typename T>
constexpr bool isWhole
    = std::is_integral_v<T> && (std::is_signed_v<T> || sizeof(T) < sizeof(std::int64_t));

template <typename T> boost::json::value write(const T& value);
template <typename T>
bool read(Reader& reader, const boost::json::value& json, const Place& place, T& value);

template <typename T> struct MemberOf;
template <typename Message, typename T> struct MemberOf<T Message::*>
{
    using Owner = Message;
    using Type = T;
};

template <auto pointer> boost::json::value writeField(const void* message)
{
    return write(
        static_cast<const typename MemberOf<decltype(pointer)>::Owner*>(message)->*pointer);
}

template <auto pointer>
bool readField(Reader& reader, const boost::json::value& json, const Place& place, void* message)
{
    return read(reader, json, place,
        static_cast<typename MemberOf<decltype(pointer)>::Owner*>(message)->*pointer);
}

template <template <typename...> typename List, typename... Members>
constexpr std::array<Field, sizeof...(Members)> fieldsOf(List<Members...>)
{
    return { Field { Members::name,
        IsOptional<typename MemberOf<std::remove_cv_t<decltype(Members::pointer)>>::Type>::value,
        &writeField<Members::pointer>, &readField<Members::pointer> }... };
}

template <typename T>
constexpr auto fields
    = fieldsOf(boost::describe::describe_members<T, boost::describe::mod_public> {});

template <template <typename...> typename List, typename... Names>
constexpr std::array<EnumName, sizeof...(Names)> namesOf(List<Names...>)
{
    return { EnumName { static_cast<std::int64_t>(Names::value), Names::name }... };
}

template <typename T> constexpr auto names = namesOf(boost::describe::describe_enumerators<T> {});

template <typename T> boost::json::value write(const T& value)
{
    if constexpr (std::is_same_v<T, std::string>) {
        return writeText(value);
    } else if constexpr (std::is_same_v<T, boost::json::value> || std::is_same_v<T, bool>) {
        return value;
    } else if constexpr (std::is_enum_v<T>) {
        return writeEnum(names<T>, static_cast<std::int64_t>(value));
    } else if constexpr (std::is_floating_point_v<T>) {
        return static_cast<double>(value);
    } else if constexpr (std::is_integral_v<T>) {
        static_assert(isWhole<T>);
        return static_cast<std::int64_t>(value);
    } else if constexpr (IsOptional<T>::value) {
        return value ? write(*value) : boost::json::value(nullptr);
    } else if constexpr (IsVector<T>::value) {
        boost::json::array array;
        array.reserve(value.size());
        for (const auto& item : value)
            array.push_back(write(item));
        return array;
    } else if constexpr (IsMap<T>::value) {
        boost::json::object object;
        for (const auto& [key, item] : value)
            object.emplace(key, write(item));
        return object;
    } else {
        return writeObject(fields<T>, &value);
    }
}

template <typename T>
bool read(Reader& reader, const boost::json::value& json, const Place& place, T& value)
{
    if constexpr (std::is_same_v<T, std::string>) {
        return readText(reader, json, place, value);
    } else if constexpr (std::is_same_v<T, boost::json::value>) {
        value = json;
        return true;
    } else if constexpr (std::is_same_v<T, bool>) {
        return readBool(reader, json, place, value);
    } else if constexpr (std::is_enum_v<T>) {
        std::int64_t number = 0;
        const bool isGood = readEnum(reader, json, place, names<T>, number);
        value = static_cast<T>(number);
        return isGood;
    } else if constexpr (std::is_floating_point_v<T>) {
        double number = 0;
        const bool isGood = readNumber(reader, json, place, number);
        value = static_cast<T>(number);
        return isGood;
    } else if constexpr (std::is_integral_v<T>) {
        static_assert(isWhole<T>);
        using Limits = std::numeric_limits<T>;
        std::int64_t number = 0;
        const bool isGood = readWhole(reader, json, place, Limits::min(), Limits::max(), number);
        value = static_cast<T>(number);
        return isGood;
    } else if constexpr (IsOptional<T>::value) {
        value.reset();
        return json.is_null() || read(reader, json, place, value.emplace());
    } else if constexpr (IsVector<T>::value) {
        const boost::json::array* list = readList(reader, json, place);
        if (list == nullptr)
            return false;
        value.clear();
        value.reserve(list->size());
        for (const boost::json::value& item : *list) {
            const Place inner { .outer = &place, .index = value.size() };
            if (!read(reader, item, inner, value.emplace_back()))
                return false;
        }
        return true;
    } else if constexpr (IsMap<T>::value) {
        const boost::json::object* map = readMap(reader, json, place);
        if (map == nullptr)
            return false;
        value.clear();
        for (const auto& pair : *map) {
            const Place inner { .outer = &place, .name = pair.key() };
            if (!read(reader, pair.value(), inner, value[std::string(pair.key())]))
                return false;
        }
        return true;
    } else {
        return readObject(reader, json, place, fields<T>, &value);
    }
}

}

}
