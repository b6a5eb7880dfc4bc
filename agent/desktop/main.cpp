// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/desktop/desktopagent.h"
#include "agent/desktop/machinechannel.h"
#include "agent/desktop/machineidentity.h"
#include "agent/desktop/rdpkeys.h"
#include "agent/desktop/seataccounts.h"
#include "agent/link/log.h"

#include <CLI/CLI.hpp>
#include <array>
#include <boost/asio/signal_set.hpp>
#include <chrono>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <sodium.h>
#include <sys/prctl.h>
#include <thread>
#include <unistd.h>

namespace {

using namespace wardesk;
using namespace wardesk::desktop;

std::string environment(const char* name)
{
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

int failWith(const Error& error)
{
    agent::log(error.detail);
    return exitCode(error.code);
}

int runAgent(AgentOptions options)
{
    options.machine = realMachine(options.runDirectory);
    ::prctl(PR_SET_DUMPABLE, 0); // no core dump with secrets (A9)
    ::signal(SIGPIPE, SIG_IGN);
    boost::asio::io_context context(1);
    const auto agent = DesktopAgent::create(context, options);
    if (!agent)
        return failWith(agent.error());
    boost::asio::signal_set stopSignals(context, SIGTERM, SIGINT);
    stopSignals.async_wait([&](const boost::system::error_code& error, int) {
        if (!error)
            (*agent)->stop();
    });
    (*agent)->start();
    context.run();
    return 0;
}

int writeKeys(const std::string& directory)
{
    std::array<char, HOST_NAME_MAX + 1> name {};
    if (::gethostname(name.data(), name.size() - 1) != 0)
        return failWith({ Errc::internal, "this machine has no name" });
    const auto written = writeRdpKeys(directory, name.data());
    if (!written)
        return failWith(written.error());
    std::cout << *written << '\n';
    return 0;
}

/// A session's account, made or emptied: nobody else's.
int withAccount(const std::string& name, Result<void> (*act)(const std::string&))
{
    const auto done = act(name);
    return done ? 0 : failWith(done.error());
}

int awaitMachine(const std::string& port, const std::string& runDirectory)
{
    ::prctl(PR_SET_DUMPABLE, 0); // no core dump with secrets (A9)
    ::signal(SIGPIPE, SIG_IGN);
    const auto become = [places = realMachine(runDirectory)](const wire::MachineBootstrap& told) {
        return becomeMachine(told, places);
    };
    const auto done = awaitBootstrap(port, become);
    return done ? 0 : failWith(done.error());
}

/// Run by pam_exec with expose_authtok: the password on standard input, with a NUL after it.
int verifyCredential(const std::string& socketPath)
{
    ::prctl(PR_SET_DUMPABLE, 0);
    std::array<char, 1024> input {};
    std::size_t length = 0;
    ssize_t got = 0;
    while (length < input.size()
        && (got = ::read(STDIN_FILENO, input.data() + length, input.size() - length)) > 0)
        length += static_cast<std::size_t>(got);
    LocalRequest request;
    request.kind = LocalRequestKind::verify;
    request.account = environment("PAM_USER");
    request.credential = std::string(input.data(), ::strnlen(input.data(), length));
    sodium_memzero(input.data(), input.size());
    const auto answer = askAgent(socketPath, request);
    sodium_memzero(request.credential->data(), request.credential->size());
    if (!answer)
        agent::log(answer.error().detail);
    return answer && answer->isAccepted ? 0 : 1;
}

constexpr int announcements = 20; // 5 s

int resultOf(const Result<LocalAnswer>& answer)
{
    if (!answer)
        return failWith(answer.error());
    if (!answer->isAccepted)
        return failWith({ Errc::forbidden, answer->message.value_or("refused") });
    return 0;
}

std::int64_t sessionProcess()
{
    const std::string named = environment("WARDESK_SESSION_PID");
    return named.empty() ? ::getppid() : std::strtoll(named.c_str(), nullptr, 10);
}

int tell(const std::string& socketPath, const LocalRequest& request)
{
    return resultOf(askAgent(socketPath, request));
}

int tellSessionStarted(const std::string& socketPath)
{
    LocalRequest request;
    request.kind = LocalRequestKind::sessionStarted;
    request.display = environment("DISPLAY");
    request.authority = environment("XAUTHORITY");
    if (request.authority->empty())
        request.authority = environment("HOME") + "/.Xauthority";
    request.leader = sessionProcess();
    // A session that the agent has not heard of is of no use: one that is being started again, or
    // that has too much to do, is asked again.
    auto answer = askAgent(socketPath, request);
    for (int i = 1; i < announcements && !answer && answer.error().code == Errc::unavailable; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(250));
        answer = askAgent(socketPath, request);
    }
    return resultOf(answer);
}

}

int main(int argc, char** argv)
{
    AgentOptions options;
    options.version = WARDESK_VERSION;
    std::string directory = "/etc/xrdp";
    std::string sessionCommand;

    CLI::App app { "The Wardesk agent of one pooled desktop." };
    app.set_version_flag("--version", std::string("wardesk-agent ") + WARDESK_VERSION);
    app.require_subcommand(1);
    app.add_option("--run-directory", options.runDirectory, "Where bootstrap, state and socket are")
        ->capture_default_str();

    auto* run = app.add_subcommand("run", "Serve the broker until told to stop (root)");
    run->add_option("--account", options.account, "The session's account")->capture_default_str();
    run->add_option("--session-command", sessionCommand,
        "Starts the session, run as the account; words are separated by blanks");
    run->add_option("--rdp-port", options.rdp.port, "Where the RDP server listens")
        ->capture_default_str();
    run->add_option("--session-manager", options.rdp.sessionManager,
           "The session manager's socket; empty: the RDP server alone makes the desktop ready")
        ->capture_default_str();
    std::string port = std::string("/dev/virtio-ports/") + wire::machineChannel;
    options.wakePort = port;
    run->add_option("--wake-port", options.wakePort,
           "Virtual machines: where the host says that this one was resumed; empty: nowhere")
        ->capture_default_str();
    auto* awaited = app.add_subcommand("await-bootstrap",
        "In a virtual machine: wait until the host says which desktop this is, and become it "
        "(root)");
    awaited->add_option("--port", port, "The virtio-serial port")->capture_default_str();
    auto* keys = app.add_subcommand("keys", "Make a fresh key and certificate for the RDP server");
    keys->add_option("--directory", directory, "Where to write them")->capture_default_str();
    auto* verify = app.add_subcommand(
        "verify-credential", "For pam_exec: exit 0 if standard input is the one-time credential");
    auto* started
        = app.add_subcommand("session-started", "For the session: announce it to the agent");
    auto* ended = app.add_subcommand("session-ended", "For the session: end what is left of it");
    std::string account;
    auto* made = app.add_subcommand(
        "make-account", "In a shared desktop: make the account of one session (root)");
    auto* emptied = app.add_subcommand(
        "empty-account", "In a shared desktop: lock it, end and remove all that is its (root)");
    for (auto* command : { made, emptied })
        command->add_option("name", account, "The account")->required();
    for (auto* command : { run, awaited, keys, verify, started, ended, made, emptied })
        command->fallthrough();

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    if (sodium_init() < 0)
        return failWith({ Errc::internal, "libsodium cannot be used" });
    if (!sessionCommand.empty())
        options.sessionCommand = CLI::detail::split_up(sessionCommand);

    const std::string socketPath = options.runDirectory + "/agent.sock";
    if (run->parsed())
        return runAgent(options);
    if (awaited->parsed())
        return awaitMachine(port, options.runDirectory);
    if (keys->parsed())
        return writeKeys(directory);
    if (made->parsed())
        return withAccount(account, makeAccount);
    if (emptied->parsed())
        return withAccount(account, emptyAccount);
    if (verify->parsed())
        return verifyCredential(socketPath);
    if (started->parsed())
        return tellSessionStarted(socketPath);
    LocalRequest request;
    request.kind = LocalRequestKind::sessionEnded;
    return tell(socketPath, request);
}
