// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/hypervisor/libvirt/hostlink.h"

#include "broker/hypervisor/libvirt/libvirtconnection.h"

#include <utility>

namespace wardesk::broker {

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
    const std::lock_guard lock(link->m_mutex);
    link->m_connection = *opened;
    link->m_connected = true;
    link->m_expectedEnds.clear();
    link->m_changed = true; // much may have happened while nobody listened (R5)
    link->m_news.notify_all();
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
    m_expectedEnds.insert(uuid);
}

void HostLink::forgetExpectation(const std::string& uuid)
{
    const std::lock_guard lock(m_mutex);
    m_expectedEnds.erase(uuid);
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
    if (m_expectedEnds.erase(uuid) > 0)
        return;
    m_changed = true;
    m_news.notify_all();
}

}
