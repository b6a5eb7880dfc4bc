// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/hypervisor/libvirt/libvirtsettings.h"
#include "protocols/base/error.h"

#include <functional>
#include <libvirt/libvirt.h>
#include <memory>
#include <string>

namespace wardesk::broker {

/// What a connection tells about, on libvirt's event thread: must not block and must not call
/// libvirt.
struct ConnectionListener
{
    std::function<void()> closed;
    std::function<void(const std::string& uuid)> domainStopped;
};

/// An open connection to libvirt. Opening, using and destroying it may all block as long as the
/// daemon pleases: only on a CallRunner's thread.
class LibvirtConnection
{
public:
    [[nodiscard]] static Result<std::shared_ptr<LibvirtConnection>> open(
        const LibvirtSettings& settings, ConnectionListener listener);
    ~LibvirtConnection();
    LibvirtConnection(const LibvirtConnection&) = delete;
    LibvirtConnection& operator=(const LibvirtConnection&) = delete;

    [[nodiscard]] virConnectPtr get() const { return m_connection; }
    [[nodiscard]] bool isAlive() const;

private:
    LibvirtConnection(virConnectPtr connection, std::shared_ptr<ConnectionListener> listener);
    void listen();

    virConnectPtr m_connection;
    std::shared_ptr<ConnectionListener> m_listener; ///< libvirt's callbacks hold it as well
    bool m_closeRegistered = false;
    void* m_closedKey = nullptr;
    int m_lifecycle = -1;
};

}
