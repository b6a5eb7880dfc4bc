// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/wire/fields.h"

#include <algorithm>

namespace wardesk::wire::detail {

namespace {

constexpr std::size_t longestNameTold = 64;

/// A list's item is written behind the list's name, a field behind a dot.
std::string pathOf(const Place& place)
{
    if (place.outer == nullptr)
        return {};
    const std::string outer = pathOf(*place.outer);
    if (place.name.data() == nullptr)
        return outer + '[' + std::to_string(place.index) + ']';
    return outer.empty() ? std::string(place.name) : outer + '.' + std::string(place.name);
}

}

std::string Place::text() const
{
    return pathOf(*this);
}

bool Reader::wrong(const Place& place, std::string_view expected)
{
    const std::string path = place.text();
    return fail((path.empty() ? std::string() : "'" + path + "' is wrong: ") + std::string(expected)
        + " is expected");
}

bool Reader::fail(std::string detail)
{
    m_error = Error { Errc::invalidArgument, std::move(detail) };
    return false;
}

boost::json::value writeObject(std::span<const Field> fields, const void* message)
{
    boost::json::object object;
    object.reserve(fields.size());
    for (const Field& field : fields) {
        boost::json::value value = field.write(message);
        if (!field.isOptional || !value.is_null()) // absent rather than null
            object.emplace(field.name, std::move(value));
    }
    return object;
}

bool readObject(Reader& reader, const boost::json::value& json, const Place& place,
    std::span<const Field> fields, void* message)
{
    if (!json.is_object())
        return reader.wrong(place, "an object");
    const boost::json::object& object = json.get_object();
    for (const Field& field : fields) {
        const Place where { .outer = &place, .name = field.name };
        const boost::json::value* found = object.if_contains(field.name);
        if (found == nullptr && !field.isOptional)
            return reader.fail("'" + where.text() + "' is missing");
        if (found != nullptr && !field.read(reader, *found, where, message))
            return false;
    }
    if (!reader.refusesUnknown())
        return true;
    for (const auto& pair : object) {
        const std::string_view key = pair.key();
        if (std::none_of(fields.begin(), fields.end(),
                [key](const Field& field) { return key == field.name; }))
            return reader.fail(
                "there is no field '" + std::string(key.substr(0, longestNameTold)) + "' here");
    }
    return true;
}

boost::json::value writeEnum(std::span<const EnumName> names, std::int64_t value)
{
    const auto found = std::find_if(
        names.begin(), names.end(), [value](const EnumName& one) { return one.value == value; });
    return boost::json::string(found == names.end() ? "" : found->name);
}

bool readEnum(Reader& reader, const boost::json::value& json, const Place& place,
    std::span<const EnumName> names, std::int64_t& value)
{
    if (json.is_string()) {
        const std::string_view text(json.get_string().data(), json.get_string().size());
        const auto found = std::find_if(
            names.begin(), names.end(), [text](const EnumName& one) { return text == one.name; });
        if (found != names.end()) {
            value = found->value;
            return true;
        }
    }
    std::string expected;
    for (const EnumName& one : names)
        expected += (expected.empty() ? "one of " : ", ") + std::string(one.name);
    return reader.wrong(place, expected);
}

boost::json::value writeText(const std::string& text)
{
    return boost::json::string(text);
}

bool readText(Reader& reader, const boost::json::value& json, const Place& place, std::string& text)
{
    if (!json.is_string())
        return reader.wrong(place, "text");
    const boost::json::string& string = json.get_string();
    text.assign(string.data(), string.size());
    return true;
}

bool readBool(Reader& reader, const boost::json::value& json, const Place& place, bool& value)
{
    if (!json.is_bool())
        return reader.wrong(place, "true or false");
    value = json.get_bool();
    return true;
}

bool readNumber(Reader& reader, const boost::json::value& json, const Place& place, double& value)
{
    if (!json.is_number())
        return reader.wrong(place, "a number");
    value = json.to_number<double>();
    return true;
}

bool readWhole(Reader& reader, const boost::json::value& json, const Place& place,
    std::int64_t least, std::int64_t most, std::int64_t& value)
{
    boost::json::error_code error;
    value = json.to_number<std::int64_t>(error);
    if (error || value < least || value > most)
        return reader.wrong(place, "a whole number in range");
    return true;
}

const boost::json::array* readList(
    Reader& reader, const boost::json::value& json, const Place& place)
{
    if (!json.is_array())
        reader.wrong(place, "a list");
    return json.if_array();
}

const boost::json::object* readMap(
    Reader& reader, const boost::json::value& json, const Place& place)
{
    if (!json.is_object())
        reader.wrong(place, "an object");
    return json.if_object();
}

}
