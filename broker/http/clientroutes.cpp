// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/http/handlers.h"
#include "broker/http/routes.h"

namespace wardesk::broker {

void addClientRoutes(RouteTable& table, Services& s)
{
    table.add(Method::post, "/api/v1/session", Permission::everybody,
        withBody<wire::SignIn>([&s](
                                   const Call& call, const wire::SignIn& body, const Reply& reply) {
            s.signIns->signIn(body, call.request.address, answering<wire::SignedIn>(200, reply));
        }));
    table.add(Method::remove, "/api/v1/session", Permission::session,
        [&s](const Call& call, const Reply& reply) {
            s.signIns->signOut(call.principal, answeringNothing(reply));
        });
    table.add(Method::get, "/api/v1/me/desktops", Permission::desktopsUse,
        [&s](const Call& call, const Reply& reply) {
            s.connections->list(call.principal, answering<wire::DesktopList>(200, reply));
        });
    table.add(Method::post, "/api/v1/me/connections", Permission::desktopsUse,
        withBody<wire::Connect>(
            [&s](const Call& call, const wire::Connect& body, const Reply& reply) {
                s.connections->connect(call.principal, body, call.request.idempotencyKey,
                    [&s, reply](const Result<wire::Connection>& connection) {
                        s.meters->countConnect(connection);
                        answering<wire::Connection>(200, reply)(connection);
                    });
            }));
    table.add(Method::post, "/api/v1/tickets/redeem", Permission::desktopsUse,
        withBody<wire::RedeemTicket>(
            [&s](const Call& call, const wire::RedeemTicket& body, const Reply& reply) {
                s.connections->redeem(
                    call.principal, body, answering<wire::OneTimeCredential>(200, reply));
            }));
    table.add(Method::post, "/api/v1/me/leases/{lease}/disconnect", Permission::desktopsUse,
        [&s](const Call& call, const Reply& reply) {
            s.sessions->disconnect(call.principal, LeaseScope::own,
                LeaseId(call.params.at("lease")), answeringNothing(reply));
        });
    table.add(Method::post, "/api/v1/me/leases/{lease}/logoff", Permission::desktopsUse,
        [&s](const Call& call, const Reply& reply) {
            s.sessions->logOff(call.principal, LeaseScope::own, LeaseId(call.params.at("lease")),
                answeringNothing(reply));
        });
    table.add(Method::post, "/api/v1/me/leases/{lease}/restart", Permission::desktopsUse,
        [&s](const Call& call, const Reply& reply) {
            s.sessions->restart(
                call.principal, LeaseId(call.params.at("lease")), answeringNothing(reply));
        });
    table.add(Method::post, "/api/v1/me/leases/{lease}/giveback", Permission::desktopsUse,
        [&s](const Call& call, const Reply& reply) {
            s.sessions->giveBack(
                call.principal, LeaseId(call.params.at("lease")), answeringNothing(reply));
        });
}

}
