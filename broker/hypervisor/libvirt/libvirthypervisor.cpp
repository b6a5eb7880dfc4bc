// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/hypervisor/libvirt/libvirthypervisor.h"

#include "broker/hypervisor/domainspec.h"
#include "broker/hypervisor/libvirt/callrunner.h"
#include "broker/hypervisor/libvirt/domaincalls.h"
#include "broker/hypervisor/libvirt/hostlink.h"
#include "broker/hypervisor/libvirt/libvirtconnection.h"
#include "broker/hypervisor/libvirt/suspendcalls.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <thread>

namespace wardesk::broker {

namespace {

using namespace std::chrono_literals;

constexpr auto firstRetry = 100ms;
/// With jitter at most 4.5 s between two attempts: brokering is back well within 10 s.
constexpr auto longestRetry = 3'000ms;
constexpr auto connectedCheck = 30'000ms;
constexpr auto giveUpAfter = 60s;

/// Half to one and a half of it, so that many brokers do not come back to a host as one.
std::chrono::milliseconds jittered(std::chrono::milliseconds delay)
{
    static thread_local std::minstd_rand random { std::random_device {}() };
    std::uniform_int_distribution<std::int64_t> around(delay.count() / 2, delay.count() * 3 / 2);
    return std::chrono::milliseconds(around(random));
}

}

class LibvirtHypervisor::Engine
{
public:
    Engine(LibvirtSettings settings, DomainType type)
        : m_link(std::make_shared<HostLink>(settings))
        , m_runner(giveUpAfter)
    {
        m_context.settings = std::move(settings);
        m_context.type = type;
        if (type == DomainType::qemu) {
            m_context.machines = std::make_shared<SavedMachines>(m_context.settings);
            m_context.handOver = std::make_shared<HandOver>(m_context.settings);
            m_context.leftovers = std::make_shared<Leftovers>(m_context.settings.leftoversAfter);
        }
        m_context.expectEnd = [link = m_link](const std::string& uuid) { link->expectEnd(uuid); };
        m_context.forgetEnd = [link = m_link](const std::string& uuid) { link->forgetEnd(uuid); };
        m_keeper = std::thread([this] { keep(); });
    }

    ~Engine()
    {
        m_link->stop();
        // Closing may block on a daemon that hangs; then it is left to the runner's thread.
        const bool closed
            = m_runner.run([link = m_link] { link->dropAll(); }, CallRunner::Clock::now() + 500ms);
        m_runner.stop();
        m_keeper.join();
        static_cast<void>(closed);
    }

    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    /// `work` must own what it touches: it may outlive the caller (see CallRunner).
    template <typename Value>
    Result<Value> call(std::function<Result<Value>(virConnectPtr, const HostContext&)> work)
    {
        return call<Value>(std::move(work), m_context.settings.deadline);
    }

    /// The same for what takes longer by its nature: reading or writing a machine's memory.
    template <typename Value>
    Result<Value> callForStart(std::function<Result<Value>(virConnectPtr, const HostContext&)> work)
    {
        return call<Value>(std::move(work), memoryDeadline());
    }

    [[nodiscard]] std::chrono::milliseconds memoryDeadline() const
    {
        const auto& settings = m_context.settings;
        return m_context.type == DomainType::qemu
            ? std::max(settings.deadline, settings.restoreWithin)
            : settings.deadline;
    }

private:
    template <typename Value>
    Result<Value> call(std::function<Result<Value>(virConnectPtr, const HostContext&)> work,
        std::chrono::milliseconds deadline)
    {
        const auto answer = std::make_shared<std::optional<Result<Value>>>();
        const bool done = m_runner.run(
            [answer, link = m_link, context = m_context, work = std::move(work)] {
                answer->emplace(callTwice(link, context, work));
            },
            CallRunner::Clock::now() + deadline);
        if (!done)
            return failure(Errc::timeout,
                "libvirt on the host (" + m_context.settings.uri + ") did not answer within "
                    + std::to_string(deadline.count()) + " ms");
        return std::move(answer->value());
    }

    /// Once, and again when the daemon went away under the call.
    template <typename Value>
    static Result<Value> callTwice(const std::shared_ptr<HostLink>& link,
        const HostContext& context,
        const std::function<Result<Value>(virConnectPtr, const HostContext&)>& work)
    {
        const auto began = CallRunner::Clock::now();
        for (bool isAgain = false;; isAgain = true) {
            const auto connection = HostLink::connect(link);
            if (!connection)
                return tl::unexpected(connection.error());
            Result<Value> result = work((*connection)->get(), context);
            if (result || (*connection)->isAlive())
                return result;
            link->drop(*connection);
            if (CallRunner::Clock::now() - began >= context.settings.deadline) {
                // It hangs: connecting would take all the time that a start has, and until the end
                // of that nobody is told that the host is away.
                return failure(Errc::unavailable,
                    "the connection to libvirt on the host (" + context.settings.uri
                        + ") was lost");
            }
            if (isAgain)
                return result;
        }
    }

public:
    void interrupt() { m_runner.stop(); }
    void setCallback(std::function<void()> callback)
    {
        const std::lock_guard lock(m_callbackMutex);
        m_callback = std::move(callback);
    }

private:
    /// Until the end: passes news on, and connects again when the connection is lost.
    void keep()
    {
        std::chrono::milliseconds retry = firstRetry;
        for (;;) {
            if (!m_link->isConnected())
                tryToConnect();
            const bool connected = m_link->isConnected();
            const auto pause = connected ? connectedCheck : jittered(retry);
            retry = connected ? firstRetry : std::min(longestRetry, 2 * retry);
            switch (m_link->waitForNews(pause)) {
            case HostLink::Wake::stop:
                return;
            case HostLink::Wake::change:
                tell();
                break;
            case HostLink::Wake::time:
                break;
            }
        }
    }

    void tryToConnect()
    {
        // The reason of a failure is told to the next caller; here it would be told again and
        // again.
        const bool ended
            = m_runner.run([link = m_link] { static_cast<void>(HostLink::connect(link)); },
                CallRunner::Clock::now() + m_context.settings.deadline);
        static_cast<void>(ended);
    }

    void tell()
    {
        std::function<void()> callback;
        {
            const std::lock_guard lock(m_callbackMutex);
            callback = m_callback;
        }
        if (callback)
            callback();
    }

    std::shared_ptr<HostLink> m_link;
    HostContext m_context;
    CallRunner m_runner;
    std::mutex m_callbackMutex;
    std::function<void()> m_callback;
    std::thread m_keeper;
};

Result<std::unique_ptr<Hypervisor>> LibvirtHypervisor::create(LibvirtSettings settings)
{
    const auto scheme = settings.uri.substr(0, settings.uri.find(':'));
    const auto driver = scheme.substr(0, scheme.find('+'));
    const std::map<std::string, DomainType> types { { "lxc", DomainType::lxc },
        { "qemu", DomainType::qemu }, { "test", DomainType::test } };
    const auto type = types.find(driver);
    if (type == types.end())
        return failure(Errc::invalidArgument,
            "'" + settings.uri
                + "' is no host that can be used: lxc:///system, qemu:///system,"
                  " qemu+tls://HOST/system or test:///default is expected");
    if (settings.site.empty())
        return failure(Errc::invalidArgument, "the site's name is missing: domains carry it");
    if (settings.deadline <= 0ms || settings.upperMiB < 1)
        return failure(Errc::invalidArgument, "the deadline and the disk's size must be above 0");
    auto engine = std::make_unique<Engine>(std::move(settings), type->second);
    return std::unique_ptr<Hypervisor>(new LibvirtHypervisor(std::move(engine)));
}

LibvirtHypervisor::LibvirtHypervisor(std::unique_ptr<Engine> engine)
    : m_engine(std::move(engine))
{
}

LibvirtHypervisor::~LibvirtHypervisor() = default;

Result<void> LibvirtHypervisor::start(const DomainSpec& spec)
{
    if (const auto good = checkSpec(spec); !good)
        return good;
    return m_engine->callForStart<void>(
        [spec](virConnectPtr connection, const HostContext& context) {
            context.forgetEnd(spec.uuid.value());
            return startDomain(connection, context, spec);
        });
}

Result<void> LibvirtHypervisor::destroy(const DomainUuid& uuid)
{
    return m_engine->call<void>([uuid](virConnectPtr connection, const HostContext& context) {
        return destroyDomain(connection, context, uuid);
    });
}

Result<void> LibvirtHypervisor::removeDisk(const DomainUuid& keptDisk)
{
    return m_engine->call<void>([keptDisk](virConnectPtr connection, const HostContext& context) {
        return removeKeptDisk(connection, context, keptDisk);
    });
}

Result<void> LibvirtHypervisor::suspend(const DomainUuid& uuid)
{
    const auto until = std::chrono::steady_clock::now() + m_engine->memoryDeadline();
    return m_engine->callForStart<void>(
        [uuid, until](virConnectPtr connection, const HostContext& context) {
            return suspendDomain(connection, context, uuid, until);
        });
}

Result<void> LibvirtHypervisor::resume(const DomainUuid& uuid, std::int64_t token)
{
    return m_engine->callForStart<void>(
        [uuid, token](virConnectPtr connection, const HostContext& context) {
            return resumeDomain(connection, context, uuid, token);
        });
}

Result<std::vector<ObservedDomain>> LibvirtHypervisor::list()
{
    return m_engine->call<std::vector<ObservedDomain>>(listDomains);
}

Result<std::string> LibvirtHypervisor::probe()
{
    return m_engine->call<std::string>(
        [](virConnectPtr connection, const HostContext& context) -> Result<std::string> {
            auto description = describeHost(connection);
            if (!description || !context.machines)
                return description;
            const std::string acceleration = context.machines->acceleration();
            return acceleration.empty() ? *description : *description + ", " + acceleration;
        });
}

Result<HostCapacity> LibvirtHypervisor::capacity()
{
    return m_engine->call<HostCapacity>(
        [](virConnectPtr connection, const HostContext&) { return capacityOf(connection); });
}

void LibvirtHypervisor::interrupt()
{
    m_engine->interrupt();
}

void LibvirtHypervisor::onChange(std::function<void()> callback)
{
    m_engine->setCallback(std::move(callback));
}

}
