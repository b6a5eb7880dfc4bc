// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/hypervisor/libvirt/savedmachines.h"

#include "broker/hypervisor/libvirt/errortext.h"
#include "broker/hypervisor/libvirt/eventloop.h"
#include "broker/hypervisor/libvirt/modelboot.h"
#include "broker/hypervisor/libvirt/pipesignal.h"
#include "protocols/base/encoding.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <map>
#include <mutex>
#include <thread>

namespace wardesk::broker {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto pauseAfterFailure = 15s;
constexpr auto lookAtOthers = 3s;
constexpr int failuresToDistrust = 3;

struct Entry
{
    enum class State { wanted, ready, failed } state = State::wanted;
    ModelOrder order;
    Clock::time_point since = Clock::now();
    Error error;
    std::shared_ptr<const SavedMachine> saved;
    int failures = 0;
    bool isDistrusted = false; ///< what is on the host is to be made anew
};

}

Result<MachineImage> readMachineImage(const std::string& folder)
{
    std::error_code error;
    // The name is a link to the newest version; a desktop keeps the one it was started with.
    const auto resolved = std::filesystem::canonical(folder, error);
    QFile file(QString::fromStdString(resolved.string()) + QStringLiteral("/image.json"));
    if (error || !file.open(QIODevice::ReadOnly))
        return failure(Errc::notFound,
            "the image's directory '" + folder
                + "' does not exist on the broker's machine; build the image"
                  " (packaging/image/build RECIPE --disk) or correct its source");
    const QJsonObject facts = QJsonDocument::fromJson(file.readAll()).object();
    MachineImage image { .folder = resolved.string(),
        .content = facts.value(QLatin1String("content")).toString().toStdString(),
        .diskBytes = 0 };
    const auto size = std::filesystem::file_size(resolved / "disk.raw", error);
    if (error || image.content.empty())
        return failure(Errc::invalidArgument,
            "the image in '" + folder + "' is not a virtual machine's (kind qemu)");
    image.diskBytes = static_cast<std::int64_t>(size);
    return image;
}

struct SavedMachines::State
{
    LibvirtSettings settings;
    mutable std::mutex mutex;
    std::condition_variable changed;
    std::map<std::string, Entry> entries;
    std::optional<bool> hasKvm;
    std::atomic<bool> stopped { false };

    void serve();
    [[nodiscard]] Result<std::optional<SavedMachine>> make(
        const ModelOrder& order, bool isDistrusted) const;
    Entry* nextWanted();
};

Entry* SavedMachines::State::nextWanted()
{
    for (auto& [key, entry] : entries) {
        if (entry.state == Entry::State::wanted)
            return &entry;
    }
    return nullptr;
}

Result<std::optional<SavedMachine>> SavedMachines::State::make(
    const ModelOrder& order, bool isDistrusted) const
{
    const ConnectionHandle connection(virConnectOpen(settings.uri.c_str()));
    if (!connection)
        return tl::unexpected(lastLibvirtError("no connection to " + settings.uri));
    virConnectSetKeepAlive(connection.get(), static_cast<int>(settings.keepAliveInterval.count()),
        settings.keepAliveCount);
    if (isDistrusted) {
        if (auto removed = removeSaved(connection.get(), settings, order.key); !removed)
            return tl::unexpected(removed.error());
    }
    return makeSaved(connection.get(), settings, order);
}

void SavedMachines::State::serve()
{
    blockPipeSignal();
    std::unique_lock lock(mutex);
    while (!stopped) {
        Entry* wanted = nextWanted();
        if (wanted == nullptr) {
            changed.wait(lock, [this] { return stopped || nextWanted() != nullptr; });
            continue;
        }
        ModelOrder order = wanted->order;
        order.hasKvm = hasKvm;
        const bool isDistrusted = wanted->isDistrusted;
        lock.unlock();
        const auto made = make(order, isDistrusted);
        lock.lock();
        Entry& entry = entries.at(order.key); // none that is wanted is removed
        if (made && !*made) {
            changed.wait_for(lock, lookAtOthers, [this] { return stopped.load(); });
            continue;
        }
        entry.state = made ? Entry::State::ready : Entry::State::failed;
        entry.since = Clock::now();
        entry.isDistrusted = false;
        if (made) {
            entry.saved = std::make_shared<const SavedMachine>(**made);
            hasKvm = (*made)->hasKvm;
        } else {
            entry.error = made.error();
        }
    }
}

SavedMachines::SavedMachines(LibvirtSettings settings)
    : m_state(std::make_shared<State>())
{
    using Acceleration = LibvirtSettings::Acceleration;
    if (settings.acceleration != Acceleration::probe)
        m_state->hasKvm = settings.acceleration == Acceleration::kvm;
    m_state->settings = std::move(settings);
    ensureLibvirtEventLoop();
    std::thread([state = m_state] { state->serve(); }).detach();
}

SavedMachines::~SavedMachines()
{
    const std::lock_guard lock(m_state->mutex);
    m_state->stopped = true;
    m_state->changed.notify_all();
}

std::string SavedMachines::keyOf(const MachineImage& image, const MachineShape& shape) const
{
    const LibvirtSettings& settings = m_state->settings; // never changed
    // The leading number changes with the description that modelXml() makes.
    const std::string all = "1\n" + image.content + '\n' + std::to_string(shape.memoryMiB) + '\n'
        + std::to_string(shape.vcpus) + '\n' + shape.machine + '\n'
        + std::to_string(static_cast<int>(settings.acceleration));
    return sha256Hex(all).substr(0, 20);
}

bool SavedMachines::isKnown(const std::string& key) const
{
    const std::lock_guard lock(m_state->mutex);
    return m_state->entries.contains(key);
}

void SavedMachines::learn(SavedMachine saved)
{
    const std::lock_guard lock(m_state->mutex);
    auto [found, isNew] = m_state->entries.try_emplace(saved.key);
    if (!isNew)
        return;
    m_state->hasKvm = saved.hasKvm;
    found->second.state = Entry::State::ready;
    found->second.saved = std::make_shared<const SavedMachine>(std::move(saved));
}

Result<std::shared_ptr<const SavedMachine>> SavedMachines::find(
    const MachineImage& image, const MachineShape& shape, const std::string& network)
{
    const std::string key = keyOf(image, shape);
    const std::lock_guard lock(m_state->mutex);
    auto [found, isNew] = m_state->entries.try_emplace(key);
    Entry& entry = found->second;
    const auto waited = Clock::now() - entry.since;
    if (isNew || (entry.state == Entry::State::failed && waited > pauseAfterFailure)) {
        entry.order = { .key = key,
            .image = image,
            .shape = shape,
            .network = network,
            .hasKvm = std::nullopt,
            .isStopped = [state = std::weak_ptr(m_state)] {
                const auto alive = state.lock();
                return !alive || alive->stopped;
            } };
        entry.state = Entry::State::wanted;
        entry.since = Clock::now();
        m_state->changed.notify_all();
    }
    switch (entry.state) {
    case Entry::State::ready:
        return entry.saved;
    case Entry::State::failed:
        return tl::unexpected(entry.error);
    case Entry::State::wanted:
        break;
    }
    return failure(Errc::preparing,
        "the image is being started for the first time on this host; desktops are copies of that"
        " machine ("
            + std::to_string(std::chrono::duration_cast<std::chrono::seconds>(waited).count())
            + " s so far)");
}

void SavedMachines::noteFailure(const std::string& key)
{
    const std::lock_guard lock(m_state->mutex);
    const auto found = m_state->entries.find(key);
    if (found == m_state->entries.end() || found->second.state != Entry::State::ready
        || ++found->second.failures < failuresToDistrust)
        return;
    found->second.failures = 0;
    found->second.isDistrusted = true;
    found->second.state = Entry::State::failed; // long ago: whoever asks next begins
    found->second.since = {};
    found->second.error = { Errc::preparing, "the saved machine of the image is made anew" };
}

void SavedMachines::noteSuccess(const std::string& key)
{
    const std::lock_guard lock(m_state->mutex);
    if (const auto found = m_state->entries.find(key); found != m_state->entries.end())
        found->second.failures = 0;
}

void SavedMachines::forget(const std::string& key)
{
    const std::lock_guard lock(m_state->mutex);
    const auto found = m_state->entries.find(key);
    if (found != m_state->entries.end() && found->second.state == Entry::State::ready)
        m_state->entries.erase(found);
}

std::string SavedMachines::acceleration() const
{
    const std::lock_guard lock(m_state->mutex);
    if (!m_state->hasKvm)
        return {};
    return *m_state->hasKvm ? "KVM" : "emulation";
}

}
