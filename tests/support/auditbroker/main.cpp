// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
//
// The real broker (network front, service, store) with a virtualisation host in shared memory and
// simulated agents, so that desktops come and go a hundred times a second: for
// tests/audit-allocations. `prepare` fills the database with users, their tokens and pools.
#include "broker/app/broker.h"
#include "broker/app/openstore.h"
#include "broker/domain/store.h"
#include "broker/identity/argon2hasher.h"
#include "protocols/base/encoding.h"
#include "tests/support/auditbroker/simulatedagents.h"

#include <CLI/CLI.hpp>
#include <QCoreApplication>
#include <csignal>
#include <fstream>
#include <iostream>

namespace {

using namespace wardesk;
using namespace wardesk::broker;

struct Amounts
{
    int users = 64;
    int pools = 16;
    int desktops = 8; ///< of each pool
    std::string tokens;
    std::string password; ///< of every user; empty: nobody can sign in
};

int complain(const Error& error)
{
    std::cerr << "auditbroker: " << error.detail << '\n';
    return exitCode(error.code);
}

Result<void> addPools(
    Store& store, const OrganisationId& organisation, const Amounts& amounts, WallTime now)
{
    Image image;
    image.id = ImageId(randomUuid());
    image.organisation = organisation;
    image.name = "simulated";
    image.version = "1";
    image.source = "/nowhere";
    image.createdAt = now;
    if (auto added = store.insertImage(image); !added)
        return added;
    for (int number = 0; number < amounts.pools; ++number) {
        Pool pool;
        pool.id = PoolId(randomUuid());
        pool.organisation = organisation;
        pool.name = "audit" + std::to_string(number);
        pool.image = image.id;
        pool.spare = amounts.desktops;
        pool.max = amounts.desktops;
        pool.createdAt = now;
        if (auto added = store.insertPool(pool); !added)
            return added;
        if (auto entitled = store.replaceEntitlements(organisation, pool.id, { Entitlement {} });
            !entitled)
            return entitled;
    }
    return {};
}

Result<void> addUsers(
    Store& store, const OrganisationId& organisation, const Amounts& amounts, WallTime now)
{
    std::ofstream tokens(amounts.tokens);
    const auto hash = amounts.password.empty() ? Result<std::string>(std::string())
                                               : Argon2Hasher().hash(Secret(amounts.password));
    if (!hash)
        return tl::unexpected(hash.error());
    for (int number = 0; number < amounts.users; ++number) {
        User user;
        user.id = UserId("u" + std::to_string(number));
        user.organisation = organisation;
        user.name = "user" + std::to_string(number);
        user.passwordHash = *hash;
        user.createdAt = now;
        if (auto added = store.insertUser(user); !added)
            return added;
        // As a sign-in would leave it; signing in is not what is audited.
        const std::string token = randomToken(32);
        const auto added = store.insertToken({ .hash = SecretHash(sha256Hex(token)),
            .user = user.id,
            .organisation = organisation,
            .terminal = "terminal",
            .expiresAt = now + std::chrono::hours(12) });
        if (!added)
            return added;
        tokens << user.id.value() << '\t' << token << '\n';
    }
    return {};
}

Result<void> prepare(const Config& config, const Amounts& amounts)
{
    const auto store = openStore(config);
    if (!store)
        return tl::unexpected(store.error());
    const auto organisation
        = (*store)->ensureOrganisation(OrganisationId(randomUuid()), config.organisation);
    if (!organisation)
        return tl::unexpected(organisation.error());
    const WallTime now = SystemClock().wall();
    if (auto added = addPools(**store, organisation->id, amounts, now); !added)
        return added;
    return addUsers(**store, organisation->id, amounts, now);
}

int serve(const Config& config, const std::string& hostFile)
{
    std::unique_ptr<test::SimulatedAgents> agents;
    Broker broker(config,
        { .host = [&](const Config&) -> Result<std::unique_ptr<Hypervisor>> {
             auto host = test::SharedHost::open(hostFile);
             if (!host)
                 return tl::unexpected(host.error());
             agents = std::make_unique<test::SimulatedAgents>(**host);
             return std::move(*host);
         },
            .begin = [&](Shell& shell, Services& services) { agents->begin(shell, services); } });
    if (const auto prepared = broker.prepare(); !prepared)
        return complain(prepared.error());
    broker.run();
    return 0;
}

}

int main(int argc, char** argv)
{
    std::signal(SIGPIPE, SIG_IGN);
    CLI::App app("The broker on a simulated host, for tests.", "auditbroker");
    app.require_subcommand(1);
    std::string configFile;
    std::string hostFile;
    Amounts amounts;
    auto* run = app.add_subcommand("run", "serve until SIGTERM");
    run->add_option("--config", configFile, "configuration file")->required();
    run->add_option("--host-file", hostFile, "the host that all brokers share")->required();
    auto* fill = app.add_subcommand("prepare", "fill the database");
    fill->add_option("--config", configFile, "configuration file")->required();
    fill->add_option("--users", amounts.users, "how many");
    fill->add_option("--pools", amounts.pools, "how many");
    fill->add_option("--desktops", amounts.desktops, "of each pool");
    fill->add_option("--password", amounts.password, "of every user");
    fill->add_option("--tokens", amounts.tokens, "file for the users' tokens")->required();
    CLI11_PARSE(app, argc, argv);

    const QCoreApplication qt(argc, argv); // the database driver is a Qt plugin
    const auto config = readConfig(configFile);
    if (!config)
        return complain(config.error());
    if (!*fill)
        return serve(*config, hostFile);
    const auto done = prepare(*config, amounts);
    return done ? 0 : complain(done.error());
}
