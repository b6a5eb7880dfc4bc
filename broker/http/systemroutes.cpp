// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/http/handlers.h"
#include "broker/http/routes.h"

namespace wardesk::broker {

namespace {

const char* const page = R"(<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Wardesk</title>
<style>body{font:16px sans-serif;max-width:40em;margin:4em auto;padding:0 1em;color:#223}</style>
<h1>Wardesk broker</h1>
<p>This is the broker of a desktop cloud. Clinicians reach their desktop with the program
<code>wardesk</code>, administrators work with <code>wardeskctl</code>.</p>
<p>State: <a href="/api/v1/health">/api/v1/health</a></p>
</html>
)";

}

void addSystemRoutes(RouteTable& table, Services& s)
{
    table.add(Method::get, "/", Permission::everybody, [](const Call&, const Reply& reply) {
        reply({ .status = 200,
            .contentType = "text/html; charset=utf-8",
            .body = page,
            .headers = { { "Content-Security-Policy",
                "default-src 'none'; style-src "
                "'unsafe-inline'" } } });
    });
    table.add(Method::get, "/api/v1/health", Permission::everybody,
        [&s](const Call&, const Reply& reply) { reply(respond(200, s.health->health())); });
    table.add(Method::post, "/api/v1/admin/system/adoption", Permission::systemWrite,
        [&s](const Call& call, const Reply& reply) {
            s.adoption->order(call.principal, answering<wire::AdoptionStatus>(202, reply));
        });
    table.add(
        Method::get, "/metrics", Permission::metricsRead, [&s](const Call&, const Reply& reply) {
            s.meters->setAgents(s.agents->count());
            s.meters->setClients(s.events->count());
            reply({ .status = 200,
                .contentType = "text/plain; version=0.0.4; charset=utf-8",
                .body = s.meters->text(),
                .headers = {} });
        });
}

void addRoutes(RouteTable& table, Services& services)
{
    addClientRoutes(table, services);
    addAdminRoutes(table, services);
    addAccessRoutes(table, services);
    addVersionRoutes(table, services);
    addChannelRoutes(table, services);
    addSystemRoutes(table, services);
}

}
