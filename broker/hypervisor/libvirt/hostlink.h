// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/hypervisor/libvirt/libvirtsettings.h"
#include "protocols/base/error.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace wardesk::broker {

class LibvirtConnection;

/// The state that the calls, libvirt's callbacks and the background thread of one host share: the
/// connection, and what is to be told to the outside. Thread-safe; outlives whoever is stuck.
class HostLink
{
public:
    explicit HostLink(LibvirtSettings settings);

    /// The open connection, or a new one. Blocks; on a CallRunner's thread only.
    [[nodiscard]] static Result<std::shared_ptr<LibvirtConnection>> connect(
        const std::shared_ptr<HostLink>& link);
    /// Forgets this connection (another may have taken its place already).
    void drop(const std::shared_ptr<LibvirtConnection>& connection);
    void dropAll();
    [[nodiscard]] bool isConnected() const { return m_connected; }

    /// A domain that we are about to end: its end is no news.
    void expectEnd(const std::string& uuid);
    /// The domain did not end after all, or is about to start: its end would be news.
    void forgetEnd(const std::string& uuid);

    /// Something changed that a reconciler wants to know. Never calls out: it wakes the one who
    /// waits.
    void tellChange();
    enum class Wake { change, time, stop };
    [[nodiscard]] Wake waitForNews(std::chrono::milliseconds atMost);
    /// waitForNews() answers `stop` from now on.
    void stop();

    /// libvirt tells that a domain has ended, once or more often.
    void onDomainStopped(const std::string& uuid);

private:
    void onClosed();
    [[nodiscard]] bool rememberEnd(const std::string& uuid);

    const LibvirtSettings m_settings;
    std::atomic<bool> m_connected { false };
    std::mutex m_mutex;
    std::condition_variable m_news;
    std::shared_ptr<LibvirtConnection> m_connection;
    /// The last ends that are no news (any more), the oldest first: libvirt's LXC driver now and
    /// then tells the end of a domain twice.
    std::deque<std::string> m_knownEnds;
    bool m_changed = false;
    bool m_stopped = false;
};

}
