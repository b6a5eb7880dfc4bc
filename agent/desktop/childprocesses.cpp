// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/desktop/childprocesses.h"

#include <array>
#include <boost/asio/signal_set.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <grp.h>
#include <map>
#include <sys/wait.h>
#include <unistd.h>

namespace wardesk::desktop {

namespace {

struct Child
{
    ChildProcesses::Ended ended;
    int output = -1;
};

std::vector<char*> pointersOf(std::vector<std::string>& texts)
{
    std::vector<char*> pointers;
    for (auto& text : texts)
        pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

/// No signal between fork and exec: this program's handlers are the child's too until then, and
/// those of Asio write to a pipe that both have. What is meant for the child (a locker that is
/// ended as soon as it was started) would reach the parent, which would take its own SIGTERM for it
/// and end.
class SignalsHeld
{
public:
    SignalsHeld()
    {
        sigset_t all;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &m_before);
    }
    ~SignalsHeld() { ::pthread_sigmask(SIG_SETMASK, &m_before, nullptr); }
    SignalsHeld(const SignalsHeld&) = delete;
    SignalsHeld& operator=(const SignalsHeld&) = delete;

private:
    sigset_t m_before {};
};

/// In the child, where all signals are held: what has come meanwhile does what it does to a program
/// without handlers.
void letSignalsIn()
{
    for (int number = 1; number < NSIG; ++number)
        ::signal(number, SIG_DFL); // refused for those that cannot be handled
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// In the child, between fork and exec: nothing here allocates.
[[noreturn]] void become(
    const Account* account, char* const* arguments, char* const* environment, int output)
{
    letSignalsIn();
    ::setsid();
    const int nothing = ::open("/dev/null", O_RDONLY);
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(output, STDOUT_FILENO);
    // Asio's sockets are not close-on-exec.
    ::close_range(3, ~0U, 0);
    if (account != nullptr && ::geteuid() == 0
        && (::setgroups(account->groups.size(), account->groups.data()) != 0
            || ::setgid(account->group) != 0 || ::setuid(account->user) != 0))
        ::_exit(126);
    if (account == nullptr || ::chdir(account->home.c_str()) != 0) {
        if (::chdir("/") != 0)
            ::_exit(126);
    }
    ::execvpe(arguments[0], arguments, environment);
    ::_exit(127);
}

}

struct ChildProcesses::Private
{
    explicit Private(boost::asio::io_context& context)
        : signals(context, SIGCHLD)
    {
    }

    void wait()
    {
        signals.async_wait([this](const boost::system::error_code& error, int) {
            if (error)
                return;
            reap();
            wait();
        });
    }

    void reap()
    {
        int status = 0;
        pid_t process = 0;
        while ((process = ::waitpid(-1, &status, WNOHANG)) > 0) {
            const auto found = children.find(process);
            if (found == children.end()) {
                if (strangerEnded)
                    strangerEnded();
                continue;
            }
            const Child child = std::move(found->second);
            children.erase(found);
            End end;
            end.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            std::array<char, 4096> buffer {};
            // The pipe does not block, and a grandchild may hold it open: what is there now is what
            // counts.
            const ssize_t got = ::read(child.output, buffer.data(), buffer.size());
            if (got > 0)
                end.output.assign(buffer.data(), static_cast<std::size_t>(got));
            ::close(child.output);
            if (child.ended)
                child.ended(end);
        }
    }

    boost::asio::signal_set signals;
    std::map<pid_t, Child> children;
    std::function<void()> strangerEnded;
};

ChildProcesses::ChildProcesses(boost::asio::io_context& context)
    : d(std::make_unique<Private>(context))
{
    d->wait();
}

ChildProcesses::~ChildProcesses()
{
    for (const auto& [process, child] : d->children)
        ::close(child.output);
}

void ChildProcesses::onStrangerEnded(std::function<void()> ended)
{
    d->strangerEnded = std::move(ended);
    d->reap(); // one may have ended before we listened
}

Result<pid_t> ChildProcesses::start(const Launch& launch, Ended ended)
{
    if (launch.arguments.empty())
        return failure(Errc::invalidArgument, "there is no command to start");
    auto arguments = launch.arguments;
    std::vector<std::string> environment { "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        "LANG=C.UTF-8" };
    if (launch.account) {
        environment.push_back("HOME=" + launch.account->home);
        environment.push_back("USER=" + launch.account->name);
        environment.push_back("LOGNAME=" + launch.account->name);
    }
    environment.insert(environment.end(), launch.environment.begin(), launch.environment.end());
    const auto argumentPointers = pointersOf(arguments);
    const auto environmentPointers = pointersOf(environment);

    std::array<int, 2> output {};
    if (::pipe2(output.data(), O_CLOEXEC | O_NONBLOCK) != 0)
        return failure(Errc::internal, std::string("no pipe: ") + std::strerror(errno));
    const pid_t process = [&] {
        const SignalsHeld held;
        const pid_t forked = ::fork();
        if (forked == 0)
            become(launch.account ? &*launch.account : nullptr, argumentPointers.data(),
                environmentPointers.data(), output[1]);
        return forked;
    }();
    ::close(output[1]);
    if (process < 0) {
        ::close(output[0]);
        return failure(Errc::internal, std::string("no process: ") + std::strerror(errno));
    }
    d->children.emplace(process, Child { std::move(ended), output[0] });
    return process;
}

}
