// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/hypervisor/libvirt/handover.h"

#include "broker/hypervisor/libvirt/errortext.h"
#include "broker/hypervisor/libvirt/eventloop.h"
#include "broker/hypervisor/libvirt/machinechannel.h"
#include "broker/hypervisor/libvirt/pipesignal.h"

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

namespace wardesk::broker {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto look = 20ms;
constexpr auto openAgain = 100ms;
constexpr auto askAgain
    = 10s; ///< a machine that still waits so long after it was told was not told
constexpr auto wakeAgain = 2s;
constexpr auto within = 10min;

/// One machine that is to be told; the thread's alone.
struct Talk
{
    Clock::time_point end = Clock::now() + within;
    Clock::time_point nextOpen {};
    Clock::time_point told {};
    std::optional<MachineChannel> channel;
};

}

namespace {

struct ToldOrder
{
    HandOver::Message message;
    bool isWake = false;
};

void endMachine(virConnectPtr connection, const std::string& uuid)
{
    if (const DomainHandle domain { virDomainLookupByUUIDString(connection, uuid.c_str()) })
        virDomainDestroy(domain.get());
}

}

struct HandOver::State
{
    LibvirtSettings settings;
    mutable std::mutex mutex;
    std::condition_variable changed;
    std::map<DomainUuid, ToldOrder> wanted;
    bool stopped = false;

    void serve();
    /// True when this machine needs nothing more.
    static bool step(
        virConnectPtr connection, const std::string& uuid, const ToldOrder& order, Talk& talk);
};

bool HandOver::State::step(
    virConnectPtr connection, const std::string& uuid, const ToldOrder& order, Talk& talk)
{
    const auto now = Clock::now();
    if (now > talk.end)
        return true;
    if (!talk.channel) {
        if (now < talk.nextOpen)
            return false;
        talk.nextOpen = now + openAgain;
        auto opened = MachineChannel::open(connection, uuid);
        if (!opened)
            return false;
        talk.channel = std::move(*opened);
    }
    // Its agent listens, and says nothing by itself.
    if (order.isWake && (talk.told == Clock::time_point {} || now - talk.told >= wakeAgain)) {
        talk.told = now;
        if (!talk.channel->say(order.message())) {
            talk.channel.reset();
            return false;
        }
    }
    const auto report = talk.channel->hear();
    if (!report) {
        talk.channel.reset();
        return false;
    }
    if (!*report)
        return false;
    switch ((*report)->state) {
    case wire::MachineState::awake:
        return order.isWake;
    case wire::MachineState::taken:
        return !order.isWake;
    case wire::MachineState::failed:
        // What cannot become a desktop is ended, which is news: the pool tries again after a pause.
        endMachine(connection, uuid);
        return true;
    case wire::MachineState::waiting:
        if (order.isWake) {
            endMachine(connection, uuid);
            return true;
        }
        if (talk.told != Clock::time_point {} && now - talk.told < askAgain)
            return false;
        talk.told = now;
        if (!talk.channel->say(order.message()))
            talk.channel.reset();
        return false;
    }
    return false;
}

void HandOver::State::serve()
{
    blockPipeSignal();
    ConnectionHandle connection;
    std::map<DomainUuid, Talk> talks;
    std::unique_lock lock(mutex);
    for (;;) {
        if (wanted.empty())
            talks.clear();
        changed.wait(lock, [this] { return stopped || !wanted.empty(); });
        if (stopped)
            return;
        const auto now = wanted; // copies, so that nobody waits for libvirt
        lock.unlock();
        if (!connection || virConnectIsAlive(connection.get()) != 1) {
            talks.clear();
            connection.reset(virConnectOpen(settings.uri.c_str()));
            if (connection)
                virConnectSetKeepAlive(connection.get(),
                    static_cast<int>(settings.keepAliveInterval.count()), settings.keepAliveCount);
        }
        std::vector<DomainUuid> done;
        for (const auto& [uuid, order] : now) {
            if (connection && step(connection.get(), uuid.value(), order, talks[uuid]))
                done.push_back(uuid);
        }
        for (const DomainUuid& uuid : done)
            talks.erase(uuid);
        lock.lock();
        for (const DomainUuid& uuid : done)
            wanted.erase(uuid);
        std::erase_if(talks, [this](const auto& talk) { return !wanted.contains(talk.first); });
        changed.wait_for(lock, connection ? look : 1s, [this] { return stopped; });
    }
}

HandOver::HandOver(LibvirtSettings settings)
    : m_state(std::make_shared<State>())
{
    m_state->settings = std::move(settings);
    ensureLibvirtEventLoop();
    std::thread([state = m_state] { state->serve(); }).detach();
}

HandOver::~HandOver()
{
    const std::lock_guard lock(m_state->mutex);
    m_state->stopped = true;
    m_state->wanted.clear();
    m_state->changed.notify_all();
}

void HandOver::give(const DomainUuid& machine, Message message)
{
    const std::lock_guard lock(m_state->mutex);
    m_state->wanted.insert_or_assign(machine, ToldOrder { std::move(message), false });
    m_state->changed.notify_all();
}

void HandOver::wake(const DomainUuid& machine, Message message)
{
    const std::lock_guard lock(m_state->mutex);
    m_state->wanted.insert_or_assign(machine, ToldOrder { std::move(message), true });
    m_state->changed.notify_all();
}

void HandOver::forget(const DomainUuid& machine)
{
    const std::lock_guard lock(m_state->mutex);
    m_state->wanted.erase(machine);
}

std::size_t HandOver::pending() const
{
    const std::lock_guard lock(m_state->mutex);
    return m_state->wanted.size();
}

}
