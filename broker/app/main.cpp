// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/app/allocator.h"
#include "broker/app/broker.h"
#include "broker/app/clustersecret.h"

#include <CLI/CLI.hpp>
#include <QCoreApplication>
#include <csignal>
#include <iostream>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

using namespace wardesk;
using namespace wardesk::broker;

int complain(const Error& error)
{
    std::cerr << "wardesk-broker: " << error.detail << '\n';
    return exitCode(error.code);
}

/// Thousands of agents and clients, a descriptor each.
void raiseDescriptorLimit()
{
    rlimit limit {};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/// Keys and tokens must not end in a core file (A9). Both, because the limit does not hold where
/// cores are piped to a program.
void forbidCoreDumps()
{
    const rlimit none { 0, 0 };
    ::setrlimit(RLIMIT_CORE, &none);
    ::prctl(PR_SET_DUMPABLE, 0);
}

}

int main(int argc, char** argv)
{
    ::umask(0077);
    keepFreedMemory();
    forbidCoreDumps(); // before any of them is read
    std::signal(SIGPIPE, SIG_IGN);
    CLI::App app("Assigns pooled virtual desktops to clinicians.", "wardesk-broker");
    std::string configFile = "/etc/wardesk/broker.toml";
    const auto* configOption = app.add_option("--config", configFile, "configuration file");
    bool printRoutes = false;
    bool checkConfig = false;
    app.add_flag("--print-routes", printRoutes, "list every route with its permission and end");
    app.add_flag("--check-config", checkConfig, "read the configuration, complain or not, and end");
    bool adopt = false;
    app.add_flag("--adopt", adopt,
        "set the database right by what runs before anything is given out, as after its restoring");
    app.set_version_flag("--version", std::string("wardesk-broker ") + version);
    FirstAdmin first;
    auto* firstName = app.add_option(
        "--first-admin", first.name, "make this administrator before starting, unless he exists");
    app.add_option("--first-password-file", first.passwordFile,
           "file with the first administrator's password")
        ->needs(firstName);
    auto* user = app.add_subcommand("user", "users, directly in the database of this machine");
    user->require_subcommand(1);
    auto* add = user->add_subcommand("add", "add a user");
    FirstAdmin added;
    added.admin = false;
    add->add_option("name", added.name, "name for signing in")->required();
    add->add_option("--display-name", added.displayName, "name for people");
    add->add_flag("--admin", added.admin, "may administer everything");
    add->add_option("--password-file", added.passwordFile, "file with the password, - for stdin")
        ->required();
    auto* cluster = app.add_subcommand("cluster", "what the brokers of one cluster have in common");
    cluster->require_subcommand(1);
    std::string bundle;
    auto* exported = cluster->add_subcommand(
        "export", "write this broker's authority and cluster secret into a file, to join another");
    exported->add_option("file", bundle, "the file (mode 0600), - for standard output")->required();
    auto* join = cluster->add_subcommand(
        "join", "take authority and secret from such a file, before the first start");
    join->add_option("file", bundle, "the file, - for standard input")->required();
    CLI11_PARSE(app, argc, argv);

    if (printRoutes) {
        std::cout << describeRoutes();
        return 0;
    }
    Config config;
    // Without --config the defaults do when there is no file.
    if (configOption->count() > 0 || ::access(configFile.c_str(), F_OK) == 0) {
        const auto read = readConfig(configFile);
        if (!read)
            return complain(read.error());
        config = *read;
    }
    if (checkConfig)
        return 0;
    if (*exported || *join) {
        const auto done = *join ? joinCluster(config, bundle) : exportCluster(config, bundle);
        return done ? 0 : complain(done.error());
    }
    // Qt would keep GLib's main context for this thread, and libvirt's event loop, which needs it,
    // would stand still: no domain's end would be told, no keep-alive answered.
    qputenv("QT_NO_GLIB", "1");
    const QCoreApplication qt(argc, argv); // the database driver is a Qt plugin
    if (*add) {
        const auto done = addUser(config, added);
        return done ? 0 : complain(done.error());
    }
    raiseDescriptorLimit();
    if (!first.name.empty()) {
        const auto done = addUser(config, first);
        if (!done && done.error().code != Errc::conflict)
            return complain(done.error());
    }
    Broker broker(config, linkedStandIns());
    if (const auto prepared = broker.prepare(); !prepared)
        return complain(prepared.error());
    broker.run(adopt ? "ordered by --adopt" : "");
    return 0;
}
