// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/hypervisor/libvirt/hostlink.h"

#include "broker/hypervisor/libvirt/libvirtconnection.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace wardesk::broker {

namespace {

/// More than a host ends while one event is on its way.
constexpr std::size_t endsRemembered = 256;

}

HostLink::HostLink(LibvirtSettings settings)
    : m_settings(std::move(settings))
{
}

Result<std::shared_ptr<LibvirtConnection>> HostLink::connect(const std::shared_ptr<HostLink>& link)
{
    std::shared_ptr<LibvirtConnection> old;
    {
        const std::lock_guard lock(link->m_mutex);
        if (link->m_connection && link->m_connected && link->m_connection->isAlive())
            return link->m_connection;
        old = std::exchange(link->m_connection, nullptr);
        link->m_connected = false;
    }
    old.reset(); // closing may block: not under the lock

    const std::weak_ptr<HostLink> weak = link;
    auto opened = LibvirtConnection::open(link->m_settings,
        { .closed =
                [weak] {
                    if (const auto self = weak.lock())
                        self->onClosed();
                },
            .domainStopped =
                [weak](const std::string& uuid) {
                    if (const auto self = weak.lock())
                        self->onDomainStopped(uuid);
                } });
    if (!opened)
        return opened;
    std::unique_lock lock(link->m_mutex);
    if (link->m_connection && link->m_connected) {
        // Another caller was quicker. A second connection would be told of as a second change.
        auto quicker = link->m_connection;
        lock.unlock(); // ours is closed on return, which may block
        return quicker;
    }
    old = std::exchange(link->m_connection, *opened);
    link->m_connected = true;
    link->m_knownEnds.clear();
    link->m_changed = true; // much may have happened while nobody listened (R5)
    link->m_news.notify_all();
    lock.unlock();
    return opened;
}

void HostLink::drop(const std::shared_ptr<LibvirtConnection>& connection)
{
    std::shared_ptr<LibvirtConnection> old;
    const std::lock_guard lock(m_mutex);
    if (m_connection != connection)
        return;
    old = std::exchange(m_connection, nullptr); // the caller still holds it: not closed here
    m_connected = false;
    m_changed = true;
    m_news.notify_all();
}

void HostLink::dropAll()
{
    std::shared_ptr<LibvirtConnection> old;
    {
        const std::lock_guard lock(m_mutex);
        old = std::exchange(m_connection, nullptr);
        m_connected = false;
    }
}

void HostLink::expectEnd(const std::string& uuid)
{
    const std::lock_guard lock(m_mutex);
    std::ignore = rememberEnd(uuid);
}

void HostLink::forgetEnd(const std::string& uuid)
{
    const std::lock_guard lock(m_mutex);
    std::erase(m_knownEnds, uuid);
}

/// Whether it was news.
bool HostLink::rememberEnd(const std::string& uuid)
{
    if (std::ranges::find(m_knownEnds, uuid) != m_knownEnds.end())
        return false;
    m_knownEnds.push_back(uuid);
    if (m_knownEnds.size() > endsRemembered)
        m_knownEnds.pop_front();
    return true;
}

void HostLink::tellChange()
{
    const std::lock_guard lock(m_mutex);
    m_changed = true;
    m_news.notify_all();
}

HostLink::Wake HostLink::waitForNews(std::chrono::milliseconds atMost)
{
    std::unique_lock lock(m_mutex);
    m_news.wait_for(lock, atMost, [this] { return m_changed || m_stopped; });
    if (m_stopped)
        return Wake::stop;
    return std::exchange(m_changed, false) ? Wake::change : Wake::time;
}

void HostLink::stop()
{
    const std::lock_guard lock(m_mutex);
    m_stopped = true;
    m_news.notify_all();
}

void HostLink::onClosed()
{
    m_connected = false;
    tellChange();
}

void HostLink::onDomainStopped(const std::string& uuid)
{
    const std::lock_guard lock(m_mutex);
    if (!rememberEnd(uuid))
        return;
    m_changed = true;
    m_news.notify_all();
}

}
