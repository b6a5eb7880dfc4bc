// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/hypervisor/libvirt/leftovers.h"

#include "broker/hypervisor/libvirt/errortext.h"
#include "broker/hypervisor/libvirt/modelboot.h"
#include "broker/hypervisor/libvirt/savedmachines.h"
#include "broker/hypervisor/libvirt/storagecalls.h"

#include <algorithm>
#include <array>
#include <optional>
#include <regex>

namespace wardesk::broker {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds betweenLooks = 60s;

/// The UUID in the name of a desktop's disk.
std::optional<std::string> machineOf(const std::string& volume)
{
    static const std::regex pattern(
        "wardesk-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\\.qcow2");
    std::smatch found;
    return std::regex_match(volume, found, pattern) ? std::optional(found[1].str()) : std::nullopt;
}

/// A disk that is kept is never left over, and what it is laid over is not either.
bool isKeptDisk(const std::string& volume)
{
    return volume.starts_with("wardesk-kept-") && volume.ends_with(".qcow2");
}

/// The key in the name of a saved machine's note.
std::optional<std::string> noteOf(const std::string& volume)
{
    static const std::regex pattern("wardesk-([0-9a-f]{20})\\.json");
    std::smatch found;
    return std::regex_match(volume, found, pattern) ? std::optional(found[1].str()) : std::nullopt;
}

std::string keyOf(const std::string& attempt)
{
    const std::string prefix = "wardesk-";
    return attempt.substr(prefix.size(), attempt.find('-', prefix.size()) - prefix.size());
}

Result<void> readDomains(virConnectPtr connection, VolumeClaims& claims)
{
    virDomainPtr* all = nullptr;
    const int count = virConnectListAllDomains(connection, &all, 0);
    if (count < 0)
        return tl::unexpected(lastLibvirtError("the domains of the host could not be listed"));
    for (int i = 0; i < count; ++i) {
        const DomainHandle domain(all[i]);
        std::array<char, VIR_UUID_STRING_BUFLEN> uuid {};
        virDomainGetUUIDString(domain.get(), uuid.data());
        claims.machines.insert(uuid.data());
        claims.domains.insert(virDomainGetName(domain.get()));
    }
    std::free(all);
    return {};
}

Result<void> readNotes(virConnectPtr connection, virStoragePoolPtr pool,
    const std::vector<std::string>& volumes, VolumeClaims& claims,
    std::vector<SavedMachineUse>& uses)
{
    for (const std::string& volume : volumes) {
        const auto key = noteOf(volume);
        if (!key)
            continue;
        const auto saved = findSaved(pool, connection, *key);
        if (!saved) {
            claims.unreadable.insert(*key);
        } else if (*saved) {
            const std::string& memory = (*saved)->memoryVolume;
            // A start writes the head of the memory's file: that is when it was last used.
            const auto found = findVolume(pool, memory);
            const auto used = found && *found ? volumeChanged(found->get())
                                              : failure(Errc::notFound, "its memory is gone");
            if (used)
                uses.push_back({ *key, attemptOf(memory), *used });
            else
                claims.attempts.insert(attemptOf(memory));
        }
    }
    return {};
}

/// Desktops outlive the note of the machine that they are copies of.
Result<void> readDisks(
    virStoragePoolPtr pool, const std::vector<std::string>& volumes, VolumeClaims& claims)
{
    for (const std::string& name : volumes) {
        if (!machineOf(name) && !isKeptDisk(name))
            continue;
        const auto volume = findVolume(pool, name);
        if (!volume)
            return tl::unexpected(volume.error());
        const auto base = *volume ? backingVolume(volume->get()) : Result<std::string>();
        if (!base)
            return tl::unexpected(base.error());
        claims.attempts.insert(attemptOf(*base));
    }
    return {};
}

}

std::string attemptOf(const std::string& volume)
{
    static const std::regex pattern(
        "(wardesk-[0-9a-f]{20}-[0-9a-f]{8}-)(?:disk|kernel|initrd|state|memory)");
    std::smatch found;
    return std::regex_match(volume, found, pattern) ? found[1].str() : std::string();
}

std::vector<std::string> replaced(
    const std::vector<SavedMachineUse>& uses, const VolumeClaims& claims, std::chrono::seconds keep)
{
    std::chrono::seconds newest {};
    for (const SavedMachineUse& use : uses)
        newest = std::max(newest, use.lastUsed);
    std::vector<std::string> notes;
    for (const SavedMachineUse& use : uses) {
        if (newest - use.lastUsed >= keep && !claims.attempts.contains(use.attempt))
            notes.push_back(noteName(use.key));
    }
    return notes;
}

std::vector<std::string> unclaimed(
    const std::vector<std::string>& volumes, const VolumeClaims& claims)
{
    std::vector<std::string> found;
    for (const std::string& volume : volumes) {
        if (const auto machine = machineOf(volume)) {
            if (!claims.machines.contains(*machine))
                found.push_back(volume);
        } else if (const std::string attempt = attemptOf(volume); !attempt.empty()) {
            const std::string key = keyOf(attempt);
            if (!claims.attempts.contains(attempt) && !claims.unreadable.contains(key)
                && !claims.domains.contains(modelName(key)))
                found.push_back(volume);
        }
    }
    return found;
}

Leftovers::Leftovers(std::chrono::milliseconds patience)
    : m_patience(patience)
{
}

bool Leftovers::isDue(Time now)
{
    const std::lock_guard lock(m_mutex);
    if (now < m_next)
        return false;
    m_next = now + std::min(m_patience, betweenLooks);
    return true;
}

std::vector<std::string> Leftovers::look(const std::vector<std::string>& unclaimedNow, Time now)
{
    const std::lock_guard lock(m_mutex);
    std::map<std::string, Time> since;
    std::vector<std::string> due;
    for (const std::string& volume : unclaimedNow) {
        const auto earlier = m_since.find(volume);
        const Time first = earlier == m_since.end() ? now : earlier->second;
        since.emplace(volume, first);
        if (now - first >= m_patience)
            due.push_back(volume);
    }
    m_since = std::move(since); // what was claimed in between begins anew
    return due;
}

Result<void> sweepLeftovers(virConnectPtr connection, const LibvirtSettings& settings,
    Leftovers& leftovers, SavedMachines& machines)
{
    const auto now = std::chrono::steady_clock::now();
    if (!leftovers.isDue(now))
        return {};
    const auto pool = findPool(connection, settings.storagePool);
    if (!pool)
        return tl::unexpected(pool.error());
    // Volumes first: what is made after this is not looked at.
    const auto volumes = volumeNames(pool->get());
    if (!volumes)
        return tl::unexpected(volumes.error());
    VolumeClaims claims;
    std::vector<SavedMachineUse> uses;
    if (auto read = readDomains(connection, claims); !read)
        return read;
    if (auto read = readNotes(connection, pool->get(), *volumes, claims, uses); !read)
        return read;
    const auto isOfAttempt = [](const std::string& volume) { return !attemptOf(volume).empty(); };
    const auto unclaimedBesidesNotes = [&] {
        VolumeClaims all = claims;
        for (const SavedMachineUse& use : uses)
            all.attempts.insert(use.attempt); // for as long as the note is there
        return unclaimed(*volumes, all);
    };
    auto left = unclaimedBesidesNotes();
    // What each disk stands on is asked only when something depends on it.
    if (uses.size() > 1 || std::any_of(left.begin(), left.end(), isOfAttempt)) {
        if (auto read = readDisks(pool->get(), *volumes, claims); !read)
            return read;
        left = unclaimedBesidesNotes();
    }
    const auto notes = replaced(uses, claims, settings.keepSavedFor);
    left.insert(left.end(), notes.begin(), notes.end());
    for (const std::string& volume : leftovers.look(left, now)) {
        if (const auto key = noteOf(volume))
            machines.forget(*key);
        if (auto removed = removeVolume(pool->get(), volume); !removed)
            return removed;
    }
    return {};
}

}
