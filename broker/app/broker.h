// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/app/config.h"
#include "broker/domain/hypervisor.h"
#include "broker/domain/store.h"

#include <functional>
#include <memory>
#include <string>

namespace wardesk::broker {

struct Services;
struct Shell;

/// What programs of the tests put in the place of parts that they cannot have for real. Everything
/// else of the broker, its network front included, stays as it is.
struct StandIns
{
    std::function<Result<std::unique_ptr<Hypervisor>>(const Config&)> host; ///< instead of libvirt
    /// Put between the service and its ports: calls are held there.
    std::function<std::unique_ptr<Store>(std::unique_ptr<Store>)> aroundStore;
    std::function<std::unique_ptr<Hypervisor>(std::unique_ptr<Hypervisor>)> aroundHost;
    /// On the network thread, once everything is made: simulated agents attach themselves here.
    std::function<void(Shell&, Services&)> begin;
};
/// What main() uses, chosen by linking: wardesk-broker has no stand-ins (nostandins.cpp), and
/// wardesk-broker-points (tests/faultmatrix) is otherwise what a hospital runs.
[[nodiscard]] StandIns linkedStandIns();

/// The composition root: the only place that knows every part.
class Broker
{
public:
    explicit Broker(Config config, StandIns standIns = {});
    ~Broker();
    Broker(const Broker&) = delete;
    Broker& operator=(const Broker&) = delete;
    /// Opens the database, makes certificates, listens. Says in words what is wrong.
    [[nodiscard]] Result<void> prepare();
    /// Until SIGTERM or SIGINT. Desktops go on (R8). With a reason the database is set right by
    /// what runs (R11), also when nothing looks as if it had to be.
    void run(const std::string& adoptBecause = {});

private:
    [[nodiscard]] Result<void> openHosts();
    struct Parts;
    std::unique_ptr<Parts> m_parts;
};

struct FirstAdmin
{
    std::string name;
    std::string displayName;
    std::string passwordFile;
    bool admin = true;
};
/// Adds a user directly to the database: how the first administrator comes to be. `conflict` when
/// the name is taken.
[[nodiscard]] Result<void> addUser(const Config& config, const FirstAdmin& admin);

/// "METHOD PATH PERMISSION" of every route, one a line.
[[nodiscard]] std::string describeRoutes();

extern const char* const version;

}
