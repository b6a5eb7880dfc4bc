// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/http/gate.h"

#include "broker/service/audit.h"

namespace wardesk::broker {

namespace {

/// What follows "Bearer " and the like; the scheme's name in any case.
std::string credentialsOf(const std::string& header, std::string_view scheme)
{
    if (header.size() <= scheme.size() + 1 || header[scheme.size()] != ' ')
        return {};
    for (std::size_t i = 0; i < scheme.size(); ++i) {
        const char c = header[i];
        const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        if (lower != scheme[i])
            return {};
    }
    const auto start = header.find_first_not_of(' ', scheme.size());
    return start == std::string::npos ? std::string() : header.substr(start);
}

Error notRouted(const RouteMatch& match)
{
    if (match.allowed.empty())
        return { Errc::notFound, "There is nothing at this address." };
    return { Errc::invalidArgument, "This address answers only " + match.allowed + '.' };
}

}

Gate::Gate(
    Shell& shell, const RouteTable& routes, SignIns& signIns, AgentReports& agents, Meters& meters)
    : m_shell(shell)
    , m_routes(routes)
    , m_signIns(signIns)
    , m_agents(agents)
    , m_meters(meters)
{
}

void Gate::handle(Request request, Reply reply)
{
    const auto counted = [this, reply = std::move(reply)](Response response) {
        m_meters.countRequest(response.status);
        reply(std::move(response));
    };
    RouteMatch match = m_routes.find(request.method, request.path);
    if (match.route == nullptr) {
        Response response = respond(notRouted(match));
        if (!match.allowed.empty()) {
            response.status = 405;
            response.headers.emplace_back("Allow", match.allowed);
        }
        counted(std::move(response));
        return;
    }
    if (match.route->isUpgrade()) {
        Response response
            = respond(Error { Errc::invalidArgument, "This address speaks WebSocket only." });
        response.status = 426;
        response.headers.emplace_back("Upgrade", "websocket");
        counted(std::move(response));
        return;
    }
    const Route& route = *match.route;
    auto call = std::make_shared<Call>();
    call->request = std::move(request);
    call->params = std::move(match.params);
    admit(route, call, [&route, call, counted](const Result<bool>& admitted) {
        if (admitted)
            std::get<Handler>(route.handler)(*call, counted);
        else
            counted(respond(admitted.error()));
    });
}

void Gate::handleUpgrade(Request request, Done<Opened> done)
{
    RouteMatch match = m_routes.find(request.method, request.path);
    if (match.route == nullptr || !match.route->isUpgrade()) {
        done(tl::unexpected(Error { Errc::notFound, "There is no WebSocket at this address." }));
        return;
    }
    const Route& route = *match.route;
    auto call = std::make_shared<Call>();
    call->request = std::move(request);
    call->params = std::move(match.params);
    admit(route, call, [this, &route, call, done = std::move(done)](const Result<bool>& admitted) {
        if (!admitted) {
            done(tl::unexpected(admitted.error()));
            return;
        }
        Opened opened;
        opened.use = [&route, call](std::shared_ptr<TextSocket> socket) {
            std::get<UpgradeHandler>(route.handler)(*call, std::move(socket));
        };
        if (route.permission == Permission::broker)
            opened.peerAnswer = m_peers->answerTo(call->peer, call->request.channelBinding);
        done(std::move(opened));
    });
}

void Gate::admit(const Route& route, std::shared_ptr<Call> call, Done<bool> done)
{
    if (route.permission == Permission::everybody) {
        done(true);
        return;
    }
    const std::string& header = call->request.authorization;
    if (route.permission == Permission::agent) {
        m_agents.authenticate(credentialsOf(header, "bootstrap"),
            [call, done = std::move(done)](Result<AgentIdentity> agent) {
                if (agent)
                    call->agent = std::move(*agent);
                done(agent ? Result<bool>(true) : tl::unexpected(agent.error()));
            });
        return;
    }
    if (route.permission == Permission::broker) {
        if (m_peers == nullptr) {
            done(failure(Errc::unauthenticated, "This broker belongs to no cluster."));
            return;
        }
        m_peers->authenticate(credentialsOf(header, "broker"), call->request.channelBinding,
            [call, done = std::move(done)](Result<PeerIdentity> peer) {
                if (peer)
                    call->peer = std::move(*peer);
                done(peer ? Result<bool>(true) : tl::unexpected(peer.error()));
            });
        return;
    }
    const std::string token = credentialsOf(header, "bearer");
    if (token.empty() || token.size() > 256) {
        done(failure(Errc::unauthenticated, "Sign in first."));
        return;
    }
    m_signIns.authenticate(token, call->request.address,
        [this, &route, call, done = std::move(done)](Result<Principal> who) {
            if (!who) {
                Error error = who.error();
                if (error.code == Errc::unauthenticated || error.code == Errc::notFound)
                    error = { Errc::unauthenticated, "Your sign-in has ended. Sign in again." };
                done(tl::unexpected(std::move(error)));
                return;
            }
            call->principal = std::move(*who);
            if (mayUse(call->principal.user.role, route.permission))
                done(true);
            else
                refuse(route, call->principal, done);
        });
}

void Gate::refuse(const Route& route, const Principal& who, const Done<bool>& done)
{
    const Error error { Errc::forbidden,
        "You may not do this: it needs the permission '" + std::string(nameOf(route.permission))
            + "'." };
    onStore(
        m_shell, Urgency::first,
        [note = noteOf(
             who, "access.refused", std::string(nameOf(route.method)) + ' ' + route.pattern),
            error, now = m_shell.clock.wall()](
            Store& store) { return writeAudit(store, note, &error, now); },
        [error, done](const Result<void>&) { done(tl::unexpected(error)); });
}

}
