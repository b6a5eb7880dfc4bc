// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/http/handlers.h"
#include "broker/http/routes.h"

namespace wardesk::broker {

namespace {

void addImages(RouteTable& table, Services& s)
{
    table.add(Method::get, "/api/v1/admin/images", Permission::imagesRead,
        [&s](const Call& call, const Reply& reply) {
            s.images->list(call.principal, answering<wire::ItemList<wire::ImageItem>>(200, reply));
        });
    table.add(Method::post, "/api/v1/admin/images", Permission::imagesWrite,
        withBody<wire::NewImage>(
            [&s](const Call& call, const wire::NewImage& body, const Reply& reply) {
                s.images->add(call.principal, body, answering<wire::ImageItem>(201, reply));
            }));
    table.add(Method::get, "/api/v1/admin/images/{image}", Permission::imagesRead,
        [&s](const Call& call, const Reply& reply) {
            s.images->show(
                call.principal, call.params.at("image"), answering<wire::ImageItem>(200, reply));
        });
    table.add(Method::post, "/api/v1/admin/images/{image}/publish", Permission::imagesWrite,
        [&s](const Call& call, const Reply& reply) {
            s.images->setState(call.principal, call.params.at("image"), ImageState::published,
                answering<wire::ImageItem>(200, reply));
        });
    table.add(Method::post, "/api/v1/admin/images/{image}/retire", Permission::imagesWrite,
        [&s](const Call& call, const Reply& reply) {
            s.images->setState(call.principal, call.params.at("image"), ImageState::retired,
                answering<wire::ImageItem>(200, reply));
        });
    table.add(Method::post, "/api/v1/admin/images/{image}/check", Permission::imagesWrite,
        withBody<wire::ImageCheck>(
            [&s](const Call& call, const wire::ImageCheck& body, const Reply& reply) {
                s.images->check(call.principal, call.params.at("image"), body,
                    answering<wire::ImageItem>(200, reply));
            }));
}

using Change = void (PoolRollouts::*)(
    const Principal&, const std::string&, const wire::RolloutReason&, Done<wire::RolloutItem>);

void addChange(
    RouteTable& table, Services& s, const std::string& path, Change change, int status = 200)
{
    table.add(Method::post, "/api/v1/admin/pools/{pool}" + path, Permission::poolsWrite,
        withBody<wire::RolloutReason>([&s, change, status](const Call& call,
                                          const wire::RolloutReason& body, const Reply& reply) {
            (s.rollouts->*change)(call.principal, call.params.at("pool"), body,
                answering<wire::RolloutItem>(status, reply));
        }));
}

void addRollouts(RouteTable& table, Services& s)
{
    table.add(Method::get, "/api/v1/admin/rollouts", Permission::poolsRead,
        [&s](const Call& call, const Reply& reply) {
            const auto pool = call.request.query.find("pool");
            s.rollouts->list(call.principal,
                pool == call.request.query.end() ? std::string() : pool->second,
                answering<wire::ItemList<wire::RolloutItem>>(200, reply));
        });
    table.add(Method::get, "/api/v1/admin/pools/{pool}/rollout", Permission::poolsRead,
        [&s](const Call& call, const Reply& reply) {
            s.rollouts->show(
                call.principal, call.params.at("pool"), answering<wire::RolloutItem>(200, reply));
        });
    table.add(Method::post, "/api/v1/admin/pools/{pool}/rollout", Permission::poolsWrite,
        withBody<wire::NewRollout>(
            [&s](const Call& call, const wire::NewRollout& body, const Reply& reply) {
                s.rollouts->start(call.principal, call.params.at("pool"), body,
                    answering<wire::RolloutItem>(201, reply));
            }));
    addChange(table, s, "/rollout/stop", &PoolRollouts::stop);
    addChange(table, s, "/rollout/resume", &PoolRollouts::resume);
    addChange(table, s, "/rollout/cancel", &PoolRollouts::cancel);
    addChange(table, s, "/rollback", &PoolRollouts::rollBack, 201);
}

}

void addVersionRoutes(RouteTable& table, Services& services)
{
    addImages(table, services);
    addRollouts(table, services);
}

}
