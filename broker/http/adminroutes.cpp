// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/http/handlers.h"
#include "broker/http/routes.h"

#include <charconv>

namespace wardesk::broker {

namespace {

Result<std::int64_t> numberFrom(
    const Call& call, const char* name, std::int64_t fallback, std::int64_t low, std::int64_t high)
{
    const auto found = call.request.query.find(name);
    if (found == call.request.query.end())
        return fallback;
    std::int64_t value = 0;
    const std::string& text = found->second;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || value < low
        || value > high)
        return failure(Errc::invalidArgument,
            std::string("'") + name + "' is wrong: a number from " + std::to_string(low) + " to "
                + std::to_string(high) + " is expected");
    return value;
}

void addPools(RouteTable& table, Services& s)
{
    table.add(Method::get, "/api/v1/admin/pools", Permission::poolsRead,
        [&s](const Call& call, const Reply& reply) {
            s.pools->listPools(
                call.principal, answering<wire::ItemList<wire::PoolItem>>(200, reply));
        });
    table.add(Method::post, "/api/v1/admin/pools", Permission::poolsWrite,
        withBody<wire::NewPool>(
            [&s](const Call& call, const wire::NewPool& body, const Reply& reply) {
                s.pools->addPool(call.principal, body, answering<wire::PoolItem>(201, reply));
            }));
    table.add(Method::get, "/api/v1/admin/pools/{pool}", Permission::poolsRead,
        [&s](const Call& call, const Reply& reply) {
            s.pools->showPool(
                call.principal, call.params.at("pool"), answering<wire::PoolItem>(200, reply));
        });
    table.add(Method::patch, "/api/v1/admin/pools/{pool}", Permission::poolsWrite,
        withBody<wire::PoolChange>(
            [&s](const Call& call, const wire::PoolChange& body, const Reply& reply) {
                s.pools->changePool(call.principal, call.params.at("pool"), body,
                    answering<wire::PoolItem>(200, reply));
            }));
    table.add(Method::remove, "/api/v1/admin/pools/{pool}", Permission::poolsWrite,
        [&s](const Call& call, const Reply& reply) {
            s.pools->deletePool(call.principal, call.params.at("pool"), answeringNothing(reply));
        });
}

void addElasticity(RouteTable& table, Services& s)
{
    table.add(Method::get, "/api/v1/admin/pools/{pool}/calendar", Permission::poolsRead,
        [&s](const Call& call, const Reply& reply) {
            s.elasticity->showCalendar(
                call.principal, call.params.at("pool"), answering<wire::CalendarItem>(200, reply));
        });
    table.add(Method::post, "/api/v1/admin/pools/{pool}/calendar", Permission::poolsWrite,
        withBody<wire::CalendarChange>(
            [&s](const Call& call, const wire::CalendarChange& body, const Reply& reply) {
                s.elasticity->setCalendar(call.principal, call.params.at("pool"), body,
                    answering<wire::CalendarItem>(200, reply));
            }));
    table.add(Method::post, "/api/v1/admin/pools/{pool}/roster", Permission::poolsWrite,
        withBody<wire::NewRoster>(
            [&s](const Call& call, const wire::NewRoster& body, const Reply& reply) {
                s.elasticity->importRoster(call.principal, call.params.at("pool"), body,
                    answering<wire::RosterItem>(200, reply));
            }));
    table.add(Method::remove, "/api/v1/admin/pools/{pool}/roster", Permission::poolsWrite,
        [&s](const Call& call, const Reply& reply) {
            s.elasticity->clearRoster(
                call.principal, call.params.at("pool"), answeringNothing(reply));
        });
    table.add(Method::get, "/api/v1/admin/pools/{pool}/forecast", Permission::poolsRead,
        [&s](const Call& call, const Reply& reply) {
            s.elasticity->showForecast(
                call.principal, call.params.at("pool"), answering<wire::PoolForecast>(200, reply));
        });
}

void addLife(RouteTable& table, Services& s)
{
    table.add(Method::get, "/api/v1/admin/pools/{pool}/explanation", Permission::poolsRead,
        [&s](const Call& call, const Reply& reply) {
            s.life->explain(call.principal, call.params.at("pool"),
                answering<wire::PoolExplanation>(200, reply));
        });
    table.add(Method::post, "/api/v1/admin/pools/{pool}/maintenance", Permission::poolsWrite,
        withBody<wire::MaintenanceChange>(
            [&s](const Call& call, const wire::MaintenanceChange& body, const Reply& reply) {
                s.life->setMaintenance(call.principal, call.params.at("pool"), body,
                    answering<wire::PoolItem>(200, reply));
            }));
}

void addDesktops(RouteTable& table, Services& s)
{
    table.add(Method::get, "/api/v1/admin/desktops", Permission::desktopsRead,
        [&s](const Call& call, const Reply& reply) {
            const auto pool = call.request.query.find("pool");
            s.desktops->list(call.principal,
                pool == call.request.query.end() ? std::string() : pool->second,
                answering<wire::ItemList<wire::DesktopItem>>(200, reply));
        });
    table.add(Method::get, "/api/v1/admin/desktops/{desktop}", Permission::desktopsRead,
        [&s](const Call& call, const Reply& reply) {
            s.desktops->show(call.principal, call.params.at("desktop"),
                answering<wire::DesktopItem>(200, reply));
        });
    table.add(Method::post, "/api/v1/admin/desktops/{desktop}/recycle", Permission::desktopsWrite,
        [&s](const Call& call, const Reply& reply) {
            s.desktops->recycle(call.principal, call.params.at("desktop"),
                answering<wire::DesktopItem>(200, reply));
        });
    table.add(Method::post, "/api/v1/admin/desktops/{desktop}/drain", Permission::desktopsWrite,
        [&s](const Call& call, const Reply& reply) {
            s.desktops->drain(call.principal, call.params.at("desktop"),
                answering<wire::DesktopItem>(200, reply));
        });
    table.add(Method::post, "/api/v1/admin/desktops/{desktop}/quarantine",
        Permission::desktopsWrite,
        withBody<wire::Quarantine>(
            [&s](const Call& call, const wire::Quarantine& body, const Reply& reply) {
                s.desktops->quarantine(call.principal, call.params.at("desktop"), body,
                    answering<wire::DesktopItem>(200, reply));
            }));
    table.add(Method::post, "/api/v1/admin/desktops/{desktop}/release", Permission::desktopsWrite,
        withBody<wire::QuarantineRelease>(
            [&s](const Call& call, const wire::QuarantineRelease& body, const Reply& reply) {
                s.desktops->release(call.principal, call.params.at("desktop"), body,
                    answering<wire::DesktopItem>(200, reply));
            }));
    table.add(Method::post, "/api/v1/admin/desktops/{desktop}/assign", Permission::desktopsWrite,
        withBody<wire::Assignment>(
            [&s](const Call& call, const wire::Assignment& body, const Reply& reply) {
                s.desktops->assign(call.principal, call.params.at("desktop"), body,
                    answering<wire::DesktopItem>(200, reply));
            }));
    table.add(Method::post, "/api/v1/admin/desktops/{desktop}/unassign", Permission::desktopsWrite,
        withBody<wire::Assignment>(
            [&s](const Call& call, const wire::Assignment& body, const Reply& reply) {
                s.desktops->unassign(call.principal, call.params.at("desktop"), body,
                    answering<wire::DesktopItem>(200, reply));
            }));
    table.add(Method::get, "/api/v1/admin/sessions", Permission::sessionsRead,
        [&s](const Call& call, const Reply& reply) {
            s.desktops->listSessions(
                call.principal, answering<wire::ItemList<wire::SessionItem>>(200, reply));
        });
    table.add(Method::post, "/api/v1/admin/sessions/{lease}/disconnect", Permission::sessionsWrite,
        [&s](const Call& call, const Reply& reply) {
            s.sessions->disconnect(call.principal, LeaseScope::organisation,
                LeaseId(call.params.at("lease")), answeringNothing(reply));
        });
    table.add(Method::post, "/api/v1/admin/sessions/{lease}/logoff", Permission::sessionsWrite,
        [&s](const Call& call, const Reply& reply) {
            s.sessions->logOff(call.principal, LeaseScope::organisation,
                LeaseId(call.params.at("lease")), answeringNothing(reply));
        });
}

void addUsers(RouteTable& table, Services& s)
{
    table.add(Method::get, "/api/v1/admin/users", Permission::usersRead,
        [&s](const Call& call, const Reply& reply) {
            s.users->list(call.principal, answering<wire::ItemList<wire::UserItem>>(200, reply));
        });
    table.add(Method::post, "/api/v1/admin/users", Permission::usersWrite,
        withBody<wire::NewUser>(
            [&s](const Call& call, const wire::NewUser& body, const Reply& reply) {
                s.users->add(call.principal, body, answering<wire::UserItem>(201, reply));
            }));
    table.add(Method::patch, "/api/v1/admin/users/{user}", Permission::usersWrite,
        withBody<wire::UserChange>(
            [&s](const Call& call, const wire::UserChange& body, const Reply& reply) {
                s.users->change(call.principal, call.params.at("user"), body,
                    answering<wire::UserItem>(200, reply));
            }));
    table.add(Method::post, "/api/v1/admin/users/{user}/password", Permission::usersWrite,
        withBody<wire::NewPassword>(
            [&s](const Call& call, const wire::NewPassword& body, const Reply& reply) {
                s.users->setPassword(
                    call.principal, call.params.at("user"), body, answeringNothing(reply));
            }));
    table.add(Method::get, "/api/v1/admin/audit", Permission::auditRead,
        [&s](const Call& call, const Reply& reply) {
            const auto after = numberFrom(call, "after", 0, 0, INT64_MAX);
            const auto limit = numberFrom(call, "limit", 100, 1, 1000);
            if (!after || !limit) {
                reply(respond(after ? limit.error() : after.error()));
                return;
            }
            s.users->listAudit(call.principal, *after, static_cast<int>(*limit),
                answering<wire::ItemList<wire::AuditItem>>(200, reply));
        });
    table.add(Method::get, "/api/v1/admin/audit/verification", Permission::auditRead,
        [&s](const Call& call, const Reply& reply) {
            s.users->verifyAudit(call.principal, [reply](const Result<std::int64_t>& bad) {
                reply(bad ? respond(
                          200, wire::AuditVerification { .whole = *bad == 0, .firstBroken = *bad })
                          : respond(bad.error()));
            });
        });
}

void addHosts(RouteTable& table, Services& s)
{
    table.add(Method::get, "/api/v1/admin/hosts", Permission::hostsRead,
        [&s](const Call& call, const Reply& reply) {
            s.hosts->list(call.principal, answering<wire::ItemList<wire::HostItem>>(200, reply));
        });
    table.add(Method::post, "/api/v1/admin/hosts", Permission::hostsWrite,
        withBody<wire::NewHost>(
            [&s](const Call& call, const wire::NewHost& body, const Reply& reply) {
                s.hosts->add(call.principal, body, answering<wire::HostItem>(201, reply));
            }));
    table.add(Method::get, "/api/v1/admin/hosts/{host}", Permission::hostsRead,
        [&s](const Call& call, const Reply& reply) {
            s.hosts->show(
                call.principal, call.params.at("host"), answering<wire::HostItem>(200, reply));
        });
    table.add(Method::patch, "/api/v1/admin/hosts/{host}", Permission::hostsWrite,
        withBody<wire::HostChange>(
            [&s](const Call& call, const wire::HostChange& body, const Reply& reply) {
                s.hosts->change(call.principal, call.params.at("host"), body,
                    answering<wire::HostItem>(200, reply));
            }));
    table.add(Method::remove, "/api/v1/admin/hosts/{host}", Permission::hostsWrite,
        [&s](const Call& call, const Reply& reply) {
            s.hosts->remove(call.principal, call.params.at("host"), answeringNothing(reply));
        });
    table.add(Method::post, "/api/v1/admin/hosts/{host}/drain", Permission::hostsWrite,
        withBody<wire::HostDrain>(
            [&s](const Call& call, const wire::HostDrain& body, const Reply& reply) {
                s.hosts->drain(call.principal, call.params.at("host"), body,
                    answering<wire::HostItem>(200, reply));
            }));
    table.add(Method::post, "/api/v1/admin/hosts/{host}/write-off", Permission::hostsWrite,
        [&s](const Call& call, const Reply& reply) {
            s.hosts->writeOff(
                call.principal, call.params.at("host"), answering<wire::HostLoss>(200, reply));
        });
    table.add(Method::post, "/api/v1/admin/hosts/{host}/resume", Permission::hostsWrite,
        [&s](const Call& call, const Reply& reply) {
            s.hosts->resume(
                call.principal, call.params.at("host"), answering<wire::HostItem>(200, reply));
        });
}

void addBrokers(RouteTable& table, Services& s)
{
    table.add(Method::get, "/api/v1/admin/brokers", Permission::brokersRead,
        [&s](const Call& call, const Reply& reply) {
            s.brokers->list(
                call.principal, answering<wire::ItemList<wire::BrokerItem>>(200, reply));
        });
}

}

void addAdminRoutes(RouteTable& table, Services& services)
{
    addPools(table, services);
    addElasticity(table, services);
    addLife(table, services);
    addDesktops(table, services);
    addUsers(table, services);
    addHosts(table, services);
    addBrokers(table, services);
}

}
