// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/placement.h"

#include <algorithm>
#include <limits>

namespace wardesk::broker {

namespace {

std::optional<std::int64_t> limitOf(std::int64_t has, std::int64_t percent)
{
    if (has <= 0 || percent <= 0)
        return std::nullopt;
    return has * percent / 100;
}

bool has(const Labels& labels, const std::pair<const std::string, std::string>& wanted)
{
    const auto found = labels.find(wanted.first);
    return found != labels.end() && found->second == wanted.second;
}

}

std::string memoryText(std::int64_t mebibytes)
{
    if (mebibytes < 10 * 1024)
        return std::to_string(mebibytes) + " MiB";
    return std::to_string((mebibytes + 512) / 1024) + " GiB";
}

std::optional<std::int64_t> memoryLimit(const Host& host)
{
    return limitOf(host.memoryMiB, host.memoryPercent);
}

std::optional<std::int64_t> processorLimit(const Host& host)
{
    return limitOf(host.processors, host.processorPercent);
}

Placement::Placement(const Pool& pool, ImageKind kind, std::vector<HostView> hosts,
    std::map<HostId, std::int64_t> desktops)
    : m_pool(pool)
    , m_kind(kind)
    , m_isOnly(hosts.empty())
    , m_hosts(std::move(hosts))
    , m_desktops(std::move(desktops))
{
}

/// It would be a place if it worked and had room: what `strict` compares with.
bool Placement::isMeant(const HostView& view) const
{
    return view.host.kind == m_kind && view.host.mode == HostMode::active
        && view.sight != HostSight::dead
        && std::all_of(m_pool.labels.begin(), m_pool.labels.end(),
            [&view](const auto& wanted) { return has(view.host.labels, wanted); });
}

std::int64_t Placement::countOn(const HostView& view) const
{
    const auto found = m_desktops.find(view.host.id);
    return found == m_desktops.end() ? 0 : found->second;
}

std::int64_t Placement::memoryLeft(const HostView& view) const
{
    const auto limit = memoryLimit(view.host);
    return limit ? *limit - view.load.memoryMiB : std::numeric_limits<std::int64_t>::max();
}

std::string Placement::objection(const HostView& view) const
{
    const Host& host = view.host;
    if (host.kind != m_kind)
        return std::string("runs ")
            + (host.kind == ImageKind::lxc ? "containers" : "virtual machines") + " only";
    for (const auto& wanted : m_pool.labels) {
        if (!has(host.labels, wanted))
            return "has no label " + wanted.first + '=' + wanted.second;
    }
    switch (host.mode) {
    case HostMode::draining:
        return "is draining";
    case HostMode::maintenance:
        return "is in maintenance";
    case HostMode::active:
        break;
    }
    switch (view.sight) {
    case HostSight::away:
    case HostSight::dead:
        return "does not answer";
    case HostSight::busy:
        return "is busy at the moment";
    case HostSight::seen:
        break;
    }
    if (memoryLeft(view) < m_pool.memoryMiB)
        return "is full: " + memoryText(std::max<std::int64_t>(0, memoryLeft(view))) + " of "
            + memoryText(*memoryLimit(host)) + " are left";
    const auto processors = processorLimit(host);
    if (processors && *processors - view.load.processors < m_pool.vcpus)
        return "is full: all its processors are promised";
    if (m_pool.spread == Spread::strict) {
        for (const HostView& other : m_hosts) {
            if (isMeant(other) && countOn(other) < countOn(view))
                return "would have more of them than " + other.host.name + " (spread strict)";
        }
    }
    return {};
}

std::optional<HostId> Placement::next()
{
    if (m_isOnly)
        return HostId();
    HostView* best = nullptr;
    const auto isBetter = [this](const HostView& one, const HostView& other) {
        if (countOn(one) != countOn(other))
            return countOn(one) < countOn(other);
        if (memoryLeft(one) != memoryLeft(other))
            return memoryLeft(one) > memoryLeft(other);
        return one.host.name < other.host.name;
    };
    for (HostView& view : m_hosts) {
        if (!objection(view).empty())
            continue;
        if (best == nullptr || isBetter(view, *best))
            best = &view;
    }
    if (best == nullptr)
        return std::nullopt;
    ++m_desktops[best->host.id];
    ++best->load.desktops;
    best->load.memoryMiB += m_pool.memoryMiB;
    best->load.processors += m_pool.vcpus;
    return best->host.id;
}

std::string Placement::why() const
{
    std::string words;
    bool canResume = false;
    bool isFull = false;
    for (const HostView& view : m_hosts) {
        const std::string one = objection(view);
        if (one.empty())
            continue;
        words += (words.empty() ? "" : "; ") + view.host.name + ' ' + one;
        canResume = canResume || one.starts_with("is dr") || one.starts_with("is in");
        isFull = isFull || one.starts_with("is full");
    }
    if (words.empty())
        return {};
    words = "no host has a place for another desktop: " + words;
    if (canResume)
        words += ". 'wardeskctl host resume NAME' takes a host back";
    if (isFull)
        words += ". Add a host (wardeskctl host add), allow more on one (host set "
                 "--memory-percent), or make the pool's desktops or maximum smaller";
    return words;
}

}
