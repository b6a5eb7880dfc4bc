// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/store.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

/// What the files of the store in memory ask of its maps.
namespace wardesk::broker {

template <typename Map, typename Id>
Result<typename Map::mapped_type> found(const Map& map, const Id& id, const char* what)
{
    const auto entry = map.find(id);
    if (entry == map.end())
        return failure(Errc::notFound, std::string("there is no such ") + what);
    return entry->second;
}

template <typename Map, typename Condition>
std::vector<typename Map::mapped_type> valuesWhere(const Map& map, const Condition& condition)
{
    std::vector<typename Map::mapped_type> values;
    for (const auto& [id, value] : map) {
        if (condition(value))
            values.push_back(value);
    }
    return values;
}

template <typename Value> void sortByName(std::vector<Value>& values)
{
    std::sort(values.begin(), values.end(), [](const Value& a, const Value& b) {
        return std::tie(a.name, a.id) < std::tie(b.name, b.id);
    });
}

template <typename Map, typename Condition> bool anyOf(const Map& map, const Condition& condition)
{
    return std::any_of(map.begin(), map.end(),
        [&condition](const auto& entry) { return condition(entry.second); });
}

}
