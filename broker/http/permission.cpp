// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/http/permission.h"

namespace wardesk::broker {

std::string_view nameOf(Permission permission)
{
    switch (permission) {
    case Permission::everybody:
        return "public";
    case Permission::session:
        return "session";
    case Permission::desktopsUse:
        return "desktops.use";
    case Permission::agent:
        return "agent";
    case Permission::broker:
        return "broker";
    case Permission::imagesRead:
        return "images.read";
    case Permission::imagesWrite:
        return "images.write";
    case Permission::poolsRead:
        return "pools.read";
    case Permission::poolsWrite:
        return "pools.write";
    case Permission::desktopsRead:
        return "desktops.read";
    case Permission::desktopsWrite:
        return "desktops.write";
    case Permission::usersRead:
        return "users.read";
    case Permission::usersWrite:
        return "users.write";
    case Permission::sessionsRead:
        return "sessions.read";
    case Permission::sessionsWrite:
        return "sessions.write";
    case Permission::auditRead:
        return "audit.read";
    case Permission::hostsRead:
        return "hosts.read";
    case Permission::hostsWrite:
        return "hosts.write";
    case Permission::brokersRead:
        return "brokers.read";
    case Permission::metricsRead:
        return "metrics.read";
    case Permission::systemWrite:
        return "system.write";
    }
    return "unknown";
}

bool mayUse(Role role, Permission permission)
{
    switch (permission) {
    case Permission::everybody:
    case Permission::session:
    case Permission::desktopsUse:
        return true;
    case Permission::agent:
    case Permission::broker:
        return false; // not users' permissions at all
    case Permission::imagesRead:
    case Permission::imagesWrite:
    case Permission::poolsRead:
    case Permission::poolsWrite:
    case Permission::desktopsRead:
    case Permission::desktopsWrite:
    case Permission::usersRead:
    case Permission::usersWrite:
    case Permission::sessionsRead:
    case Permission::sessionsWrite:
    case Permission::auditRead:
    case Permission::hostsRead:
    case Permission::hostsWrite:
    case Permission::brokersRead:
    case Permission::metricsRead:
    case Permission::systemWrite:
        return role == Role::administrator;
    }
    return false;
}

}
