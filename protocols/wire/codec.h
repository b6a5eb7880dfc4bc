// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"

#include <boost/describe.hpp>
#include <boost/json.hpp>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

/// JSON codecs derived from described structs (BOOST_DESCRIBE_STRUCT): the JSON name of a field is
/// the member's name. std::optional fields may be missing or null; all others must be there. Enums
/// travel as the enumerator's name. Every decoding error names the field and what was expected.
/// Nothing here throws on bad input.
namespace wardesk::wire {

/// What to do with fields that the message does not have.
enum class Unknown { ignore, refuse };

/// Parses text of at most maxBytes, nested at most 16 deep.
[[nodiscard]] Result<boost::json::value> parse(
    std::string_view text, std::size_t maxBytes = 1U << 20U);

namespace detail {

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

[[nodiscard]] tl::unexpected<Error> wrong(std::string_view path, std::string_view expected);

template <typename T> boost::json::value write(const T& value)
{
    if constexpr (std::is_same_v<T, std::string>) {
        return boost::json::string(value);
    } else if constexpr (std::is_same_v<T, boost::json::value> || std::is_same_v<T, bool>) {
        return value;
    } else if constexpr (std::is_enum_v<T>) {
        const char* name = boost::describe::enum_to_string(value, "");
        return boost::json::string(name);
    } else if constexpr (std::is_floating_point_v<T>) {
        return static_cast<double>(value);
    } else if constexpr (std::is_integral_v<T>) {
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
        boost::json::object object;
        using Members = boost::describe::describe_members<T, boost::describe::mod_public>;
        boost::mp11::mp_for_each<Members>([&](auto member) {
            const auto& field = value.*member.pointer;
            using Field = std::remove_cvref_t<decltype(field)>;
            if constexpr (IsOptional<Field>::value) {
                if (!field)
                    return; // absent rather than null
            }
            object.emplace(member.name, write(field));
        });
        return object;
    }
}

template <typename T>
Result<T> read(const boost::json::value& json, const std::string& path, Unknown unknown)
{
    if constexpr (std::is_same_v<T, std::string>) {
        if (!json.is_string())
            return wrong(path, "text");
        return std::string(json.get_string());
    } else if constexpr (std::is_same_v<T, boost::json::value>) {
        return json;
    } else if constexpr (std::is_same_v<T, bool>) {
        if (!json.is_bool())
            return wrong(path, "true or false");
        return json.get_bool();
    } else if constexpr (std::is_enum_v<T>) {
        T value {};
        if (!json.is_string()
            || !boost::describe::enum_from_string(std::string(json.get_string()).c_str(), value)) {
            std::string names;
            boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>([&](auto e) {
                names += (names.empty() ? "one of " : ", ");
                names += e.name;
            });
            return wrong(path, names);
        }
        return value;
    } else if constexpr (std::is_floating_point_v<T>) {
        if (!json.is_number())
            return wrong(path, "a number");
        return json.to_number<T>();
    } else if constexpr (std::is_integral_v<T>) {
        boost::json::error_code error;
        const auto number = json.to_number<T>(error);
        if (error)
            return wrong(path, "a whole number in range");
        return number;
    } else if constexpr (IsOptional<T>::value) {
        if (json.is_null())
            return T {};
        auto inner = read<typename T::value_type>(json, path, unknown);
        if (!inner)
            return tl::unexpected(inner.error());
        return T { std::move(*inner) };
    } else if constexpr (IsVector<T>::value) {
        if (!json.is_array())
            return wrong(path, "a list");
        T items;
        for (const auto& element : json.get_array()) {
            auto item = read<typename T::value_type>(
                element, path + '[' + std::to_string(items.size()) + ']', unknown);
            if (!item)
                return tl::unexpected(item.error());
            items.push_back(std::move(*item));
        }
        return items;
    } else if constexpr (IsMap<T>::value) {
        if (!json.is_object())
            return wrong(path, "an object");
        T items;
        for (const auto& pair : json.get_object()) {
            auto item = read<typename T::mapped_type>(
                pair.value(), path + '.' + std::string(pair.key()), unknown);
            if (!item)
                return tl::unexpected(item.error());
            items.emplace(std::string(pair.key()), std::move(*item));
        }
        return items;
    } else {
        if (!json.is_object())
            return wrong(path, "an object");
        const auto& object = json.get_object();
        T value {};
        std::optional<Error> error;
        using Members = boost::describe::describe_members<T, boost::describe::mod_public>;
        boost::mp11::mp_for_each<Members>([&](auto member) {
            if (error)
                return;
            using Field = std::remove_cvref_t<decltype(value.*member.pointer)>;
            const std::string where = path.empty() ? member.name : path + '.' + member.name;
            const auto* found = object.if_contains(member.name);
            if (found == nullptr) {
                if constexpr (!IsOptional<Field>::value)
                    error = Error { Errc::invalidArgument, "'" + where + "' is missing" };
                return;
            }
            auto field = read<Field>(*found, where, unknown);
            if (field)
                value.*member.pointer = std::move(*field);
            else
                error = std::move(field.error());
        });
        if (error)
            return tl::unexpected(std::move(*error));
        if (unknown == Unknown::refuse) {
            for (const auto& pair : object) {
                bool known = false;
                boost::mp11::mp_for_each<Members>(
                    [&](auto member) { known = known || pair.key() == member.name; });
                if (!known)
                    return failure(Errc::invalidArgument,
                        "there is no field '" + std::string(pair.key()).substr(0, 64) + "' here");
            }
        }
        return value;
    }
}

}

template <typename T> [[nodiscard]] boost::json::value toJson(const T& value)
{
    return detail::write(value);
}

template <typename T> [[nodiscard]] std::string encode(const T& value)
{
    return boost::json::serialize(detail::write(value));
}

template <typename T>
[[nodiscard]] Result<T> fromJson(const boost::json::value& json, Unknown unknown = Unknown::ignore)
{
    return detail::read<T>(json, {}, unknown);
}

template <typename T>
[[nodiscard]] Result<T> decode(std::string_view text, Unknown unknown = Unknown::ignore)
{
    const auto json = parse(text);
    if (!json)
        return tl::unexpected(json.error());
    return detail::read<T>(*json, {}, unknown);
}

}
