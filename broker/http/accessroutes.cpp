// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/http/handlers.h"
#include "broker/http/routes.h"

namespace wardesk::broker {

namespace {

void addPoolAccess(RouteTable& table, Services& s)
{
    table.add(Method::get, "/api/v1/admin/pools/{pool}/access", Permission::poolsRead,
        [&s](const Call& call, const Reply& reply) {
            s.access->show(call.principal, call.params.at("pool"),
                answering<wire::PoolAccessItem>(200, reply));
        });
    table.add(Method::post, "/api/v1/admin/pools/{pool}/access", Permission::poolsWrite,
        withBody<wire::PoolAccessChange>(
            [&s](const Call& call, const wire::PoolAccessChange& body, const Reply& reply) {
                s.access->change(call.principal, call.params.at("pool"), body,
                    answering<wire::PoolAccessItem>(200, reply));
            }));
    table.add(Method::get, "/api/v1/admin/pools/{pool}/access/check", Permission::poolsRead,
        [&s](const Call& call, const Reply& reply) {
            const auto& query = call.request.query;
            const auto user = query.find("user");
            const auto terminal = query.find("terminal");
            if (user == query.end() || user->second.empty()) {
                reply(respond(Error { Errc::invalidArgument,
                    "'user' is missing: name the user whose access is asked for" }));
                return;
            }
            s.access->check(call.principal,
                { call.params.at("pool"), user->second,
                    terminal == query.end() ? std::string() : terminal->second },
                answering<wire::AccessCheck>(200, reply));
        });
    table.add(Method::get, "/api/v1/admin/limits", Permission::poolsRead,
        [&s](const Call& call, const Reply& reply) {
            s.access->showLimits(call.principal, answering<wire::LimitsItem>(200, reply));
        });
    table.add(Method::patch, "/api/v1/admin/limits", Permission::poolsWrite,
        withBody<wire::LimitsItem>([&s](const Call& call, const wire::LimitsItem& body,
                                       const Reply& reply) {
            s.access->changeLimits(call.principal, body, answering<wire::LimitsItem>(200, reply));
        }));
}

void addUserGroups(RouteTable& table, Services& s)
{
    table.add(Method::get, "/api/v1/admin/groups", Permission::usersRead,
        [&s](const Call& call, const Reply& reply) {
            s.groups->list(
                call.principal, answering<wire::ItemList<wire::UserGroupItem>>(200, reply));
        });
    table.add(Method::post, "/api/v1/admin/groups", Permission::usersWrite,
        withBody<wire::NewUserGroup>(
            [&s](const Call& call, const wire::NewUserGroup& body, const Reply& reply) {
                s.groups->add(call.principal, body, answering<wire::UserGroupItem>(201, reply));
            }));
    table.add(Method::patch, "/api/v1/admin/groups/{group}", Permission::usersWrite,
        withBody<wire::UserGroupChange>(
            [&s](const Call& call, const wire::UserGroupChange& body, const Reply& reply) {
                s.groups->change(call.principal, call.params.at("group"), body,
                    answering<wire::UserGroupItem>(200, reply));
            }));
    table.add(Method::remove, "/api/v1/admin/groups/{group}", Permission::usersWrite,
        [&s](const Call& call, const Reply& reply) {
            s.groups->remove(call.principal, call.params.at("group"), answeringNothing(reply));
        });
}

void addTerminalGroups(RouteTable& table, Services& s)
{
    table.add(Method::get, "/api/v1/admin/terminal-groups", Permission::poolsRead,
        [&s](const Call& call, const Reply& reply) {
            s.groups->listTerminals(
                call.principal, answering<wire::ItemList<wire::TerminalGroupItem>>(200, reply));
        });
    table.add(Method::post, "/api/v1/admin/terminal-groups", Permission::poolsWrite,
        withBody<wire::NewTerminalGroup>(
            [&s](const Call& call, const wire::NewTerminalGroup& body, const Reply& reply) {
                s.groups->addTerminals(
                    call.principal, body, answering<wire::TerminalGroupItem>(201, reply));
            }));
    table.add(Method::patch, "/api/v1/admin/terminal-groups/{group}", Permission::poolsWrite,
        withBody<wire::TerminalGroupChange>(
            [&s](const Call& call, const wire::TerminalGroupChange& body, const Reply& reply) {
                s.groups->changeTerminals(call.principal, call.params.at("group"), body,
                    answering<wire::TerminalGroupItem>(200, reply));
            }));
    table.add(Method::remove, "/api/v1/admin/terminal-groups/{group}", Permission::poolsWrite,
        [&s](const Call& call, const Reply& reply) {
            s.groups->removeTerminals(
                call.principal, call.params.at("group"), answeringNothing(reply));
        });
}

}

void addAccessRoutes(RouteTable& table, Services& services)
{
    addPoolAccess(table, services);
    addUserGroups(table, services);
    addTerminalGroups(table, services);
}

}
