// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/http/routetable.h"

namespace wardesk::broker {

namespace {

std::vector<std::string> segmentsOf(const std::string& path)
{
    std::vector<std::string> segments;
    std::size_t at = 1;
    while (at <= path.size()) {
        const auto end = std::min(path.find('/', at), path.size());
        segments.push_back(path.substr(at, end - at));
        at = end + 1;
    }
    return segments;
}

bool matches(const std::string& pattern, const std::vector<std::string>& path,
    std::map<std::string, std::string>& params)
{
    const auto parts = segmentsOf(pattern);
    if (parts.size() != path.size())
        return false;
    params.clear();
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const std::string& part = parts[i];
        if (part.size() > 2 && part.front() == '{' && !path[i].empty())
            params[part.substr(1, part.size() - 2)] = path[i];
        else if (part != path[i])
            return false;
    }
    return true;
}

}

void RouteTable::add(Method method, std::string pattern, Permission permission, Handler handler)
{
    m_routes.push_back({ method, std::move(pattern), permission, std::move(handler) });
}

void RouteTable::addUpgrade(std::string pattern, Permission permission, UpgradeHandler handler)
{
    m_routes.push_back({ Method::get, std::move(pattern), permission, std::move(handler) });
}

RouteMatch RouteTable::find(Method method, const std::string& path) const
{
    RouteMatch match;
    const auto segments = segmentsOf(path);
    std::map<std::string, std::string> params;
    for (const Route& route : m_routes) {
        if (!matches(route.pattern, segments, params))
            continue;
        if (route.method == method) {
            match.route = &route;
            match.params = std::move(params);
            return match;
        }
        match.allowed += (match.allowed.empty() ? "" : ", ") + std::string(nameOf(route.method));
    }
    return match;
}

}
