// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/http/permission.h"
#include "broker/http/request.h"
#include "broker/http/textsocket.h"
#include "broker/service/agentlinks.h"
#include "broker/service/peers.h"
#include "broker/service/principal.h"

#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace wardesk::broker {

/// One admitted request: who asks was established by the gate before any handler sees it.
struct Call
{
    Request request;
    std::map<std::string, std::string> params; ///< values of {…} in the route
    Principal principal; ///< for a user's permissions
    AgentIdentity agent; ///< for Permission::agent
    PeerIdentity peer; ///< for Permission::broker
};

using Handler = std::function<void(const Call&, const Reply&)>;
using UpgradeHandler = std::function<void(const Call&, std::shared_ptr<TextSocket>)>;

struct Route
{
    Method method = Method::get;
    std::string pattern; ///< "/api/v1/admin/pools/{pool}"
    Permission permission;
    std::variant<Handler, UpgradeHandler> handler;
    [[nodiscard]] bool isUpgrade() const { return handler.index() == 1; }
};

struct RouteMatch
{
    const Route* route = nullptr;
    std::map<std::string, std::string> params;
    std::string allowed; ///< methods of this path, when the method was the wrong one
};

class RouteTable
{
public:
    void add(Method method, std::string pattern, Permission permission, Handler handler);
    void addUpgrade(std::string pattern, Permission permission, UpgradeHandler handler);
    [[nodiscard]] RouteMatch find(Method method, const std::string& path) const;
    [[nodiscard]] const std::vector<Route>& routes() const { return m_routes; }

private:
    std::vector<Route> m_routes;
};

}
