// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"
#include "protocols/wire/fields.h"

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

/// JSON codecs derived from described structs (BOOST_DESCRIBE_STRUCT): the JSON name of a field is
/// the member's name. std::optional fields may be missing or null; all others must be there. Enums
/// travel as the enumerator's name. Every decoding error names the field and what was expected.
/// Nothing here throws on bad input.
namespace wardesk::wire {

/// Parses text of at most maxBytes, nested at most 16 deep.
[[nodiscard]] Result<boost::json::value> parse(
    std::string_view text, std::size_t maxBytes = 1U << 20U);

template <typename T> [[nodiscard]] boost::json::value toJson(const T& value)
{
    return detail::write(value);
}

[[nodiscard]] std::string textOf(const boost::json::value& json);

template <typename T> [[nodiscard]] std::string encode(const T& value)
{
    return textOf(detail::write(value));
}

template <typename T>
[[nodiscard]] Result<T> fromJson(const boost::json::value& json, Unknown unknown = Unknown::ignore)
{
    T value {};
    detail::Reader reader(unknown);
    if (!detail::read(reader, json, detail::Place {}, value))
        return tl::unexpected(reader.takeError());
    return value;
}

template <typename T>
[[nodiscard]] Result<T> decode(std::string_view text, Unknown unknown = Unknown::ignore)
{
    const auto json = parse(text);
    if (!json)
        return tl::unexpected(json.error());
    return fromJson<T>(*json, unknown);
}

}
