// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/hypervisor/libvirt/libvirtconnection.h"

#include "broker/hypervisor/libvirt/errortext.h"
#include "broker/hypervisor/libvirt/eventloop.h"

#include <array>
#include <cstdint>
#include <libvirt/virterror.h>
#include <map>
#include <mutex>

namespace wardesk::broker {

namespace {

using Shared = std::shared_ptr<ConnectionListener>;

const ConnectionListener& listenerOf(void* opaque)
{
    return **static_cast<Shared*>(opaque);
}

/// Who is told that a connection was closed. libvirt keeps what it is given for good when the
/// connection has died before it is closed, or its driver has no such event (test:), and may still
/// call: so it is given the key of an entry here and nothing that can dangle or leak.
class ClosedListeners
{
public:
    void* add(Shared listener)
    {
        const std::lock_guard lock(m_mutex);
        m_listeners.emplace(++m_last, std::move(listener));
        return reinterpret_cast<void*>(m_last);
    }
    void remove(void* key)
    {
        const std::lock_guard lock(m_mutex);
        m_listeners.erase(reinterpret_cast<std::uintptr_t>(key));
    }
    void tell(void* key)
    {
        Shared listener;
        {
            const std::lock_guard lock(m_mutex);
            const auto found = m_listeners.find(reinterpret_cast<std::uintptr_t>(key));
            if (found == m_listeners.end())
                return;
            listener = found->second;
        }
        listener->closed();
    }

private:
    std::mutex m_mutex;
    std::map<std::uintptr_t, Shared> m_listeners;
    std::uintptr_t m_last = 0;
};

ClosedListeners& closedListeners()
{
    static auto* const listeners = new ClosedListeners; // libvirt's threads outlive main()
    return *listeners;
}

void whenClosed(virConnectPtr, int, void* opaque)
{
    closedListeners().tell(opaque);
}

int whenDomainChanged(virConnectPtr, virDomainPtr domain, int event, int, void* opaque)
{
    if (event == VIR_DOMAIN_EVENT_STOPPED || event == VIR_DOMAIN_EVENT_CRASHED) {
        std::array<char, VIR_UUID_STRING_BUFLEN> uuid {};
        if (virDomainGetUUIDString(domain, uuid.data()) == 0)
            listenerOf(opaque).domainStopped(uuid.data());
    }
    return 0;
}

void release(void* opaque)
{
    delete static_cast<Shared*>(opaque);
}

}

Result<std::shared_ptr<LibvirtConnection>> LibvirtConnection::open(
    const LibvirtSettings& settings, ConnectionListener listener)
{
    ensureLibvirtEventLoop();
    virConnectPtr raw = virConnectOpen(settings.uri.c_str());
    if (raw == nullptr)
        return tl::unexpected(lastLibvirtError("no connection to " + settings.uri));
    std::shared_ptr<LibvirtConnection> connection(
        new LibvirtConnection(raw, std::make_shared<ConnectionListener>(std::move(listener))));
    // libvirt's test driver lives in this process: it has neither keep-alive nor a close callback,
    // and needs none.
    if (virConnectSetKeepAlive(
            raw, static_cast<int>(settings.keepAliveInterval.count()), settings.keepAliveCount)
        < 0)
        virResetLastError();
    connection->listen();
    return connection;
}

LibvirtConnection::LibvirtConnection(
    virConnectPtr connection, std::shared_ptr<ConnectionListener> listener)
    : m_connection(connection)
    , m_listener(std::move(listener))
{
}

LibvirtConnection::~LibvirtConnection()
{
    if (m_lifecycle >= 0)
        virConnectDomainEventDeregisterAny(m_connection, m_lifecycle);
    if (m_closeRegistered)
        virConnectUnregisterCloseCallback(m_connection, whenClosed);
    closedListeners().remove(m_closedKey);
    virConnectClose(m_connection);
}

void LibvirtConnection::listen()
{
    m_closedKey = closedListeners().add(m_listener);
    m_closeRegistered
        = virConnectRegisterCloseCallback(m_connection, whenClosed, m_closedKey, nullptr) == 0;
    auto* forEvents = new Shared(m_listener);
    m_lifecycle
        = virConnectDomainEventRegisterAny(m_connection, nullptr, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
            // libvirt calls it by its real type
            reinterpret_cast<virConnectDomainEventGenericCallback>(
                reinterpret_cast<void (*)()>(whenDomainChanged)),
            forEvents, release);
    if (m_lifecycle < 0)
        release(forEvents);
    virResetLastError();
}

bool LibvirtConnection::isAlive() const
{
    return virConnectIsAlive(m_connection) == 1;
}

}
