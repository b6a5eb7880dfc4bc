// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/http/routetable.h"
#include "broker/metering/meters.h"
#include "broker/service/accessadministration.h"
#include "broker/service/adoption.h"
#include "broker/service/agentlinks.h"
#include "broker/service/agentreports.h"
#include "broker/service/brokeradministration.h"
#include "broker/service/connections.h"
#include "broker/service/desktopadministration.h"
#include "broker/service/eventhub.h"
#include "broker/service/groupadministration.h"
#include "broker/service/healthwatch.h"
#include "broker/service/hostadministration.h"
#include "broker/service/imageadministration.h"
#include "broker/service/pooladministration.h"
#include "broker/service/poolelasticity.h"
#include "broker/service/poollife.h"
#include "broker/service/poolrollouts.h"
#include "broker/service/sessioncontrol.h"
#include "broker/service/signins.h"
#include "broker/service/useradministration.h"

namespace wardesk::broker {

/// Everything that routes call. All of it outlives the table; a table that nobody calls (to print
/// it) needs none of it.
struct Services
{
    SignIns* signIns = nullptr;
    Connections* connections = nullptr;
    SessionControl* sessions = nullptr;
    AgentLinks* agents = nullptr;
    AgentReports* reports = nullptr;
    EventHub* events = nullptr;
    PoolAdministration* pools = nullptr;
    PoolElasticity* elasticity = nullptr;
    PoolLife* life = nullptr;
    DesktopAdministration* desktops = nullptr;
    UserAdministration* users = nullptr;
    HealthWatch* health = nullptr;
    Meters* meters = nullptr;
    Peers* peers = nullptr; ///< null: there is no other broker
    BrokerAdministration* brokers = nullptr;
    Adoption* adoption = nullptr;
    ImageAdministration* images = nullptr;
    PoolRollouts* rollouts = nullptr;
    HostAdministration* hosts = nullptr;
    AccessAdministration* access = nullptr;
    GroupAdministration* groups = nullptr;
};

void addClientRoutes(RouteTable& table, Services& services);
void addAdminRoutes(RouteTable& table, Services& services);
/// Who may use which pool.
void addAccessRoutes(RouteTable& table, Services& services);
/// Images' versions and rollouts.
void addVersionRoutes(RouteTable& table, Services& services);
void addChannelRoutes(RouteTable& table, Services& services);
void addSystemRoutes(RouteTable& table, Services& services);
/// All of them.
void addRoutes(RouteTable& table, Services& services);

}
