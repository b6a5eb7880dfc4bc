// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/http/front.h"
#include "broker/pool/reconcile.h"
#include "broker/service/hosts.h"
#include "protocols/base/error.h"

#include <cstdint>
#include <string>
#include <vector>

namespace wardesk::broker {

/// /etc/wardesk/broker.toml. Every key is optional; what each means is in wardesk-broker(8).
struct Config
{
    // [broker]
    std::vector<std::string> listen { "127.0.0.1:8443" };
    std::vector<std::string> names; ///< more names for the certificate
    std::string state = "/var/lib/wardesk/broker";
    std::string site = "wardesk"; ///< marks this installation's domains on the host
    std::string organisation = "hospital";
    // [hypervisor]
    std::string uri = "lxc:///system";
    std::string network = "wardesk";
    int prefix = 24;
    std::string firstAddress = "10.213.0.16";
    std::string lastAddress = "10.213.0.250";
    std::string agentAddress = "10.213.0.1:8443"; ///< the broker as seen from the desktops
    std::int64_t upperMiB = 512;
    std::string keptFolder = "/var/lib/wardesk/kept"; ///< disks of dedicated pools' containers
    struct Machines
    {
        std::string uri; ///< of the host for virtual machines; empty: none
        std::string storage = "wardesk"; ///< libvirt's pool for their disks
        std::string acceleration = "probe";
    };
    Machines machines;
    // [store]
    struct StoreConfig
    {
        std::string database = "sqlite"; ///< or where PostgreSQL is, as libpq writes it
        std::string passwordFile;
        int threads = 8; ///< connections to PostgreSQL
    };
    StoreConfig store;
    // [cluster]
    bool clustered = false; ///< the section is there
    std::string brokerName; ///< of this broker among the others; made up when not said
    std::string peerAddress; ///< this broker as seen from the others
    std::string clusterSecretFile; ///< STATE/cluster.secret when not said
    // [limits]
    Limits pools;
    HostSettings hosts;
    FrontLimits front;
};

/// A wrong key or value is refused with file, line and what was expected.
[[nodiscard]] Result<Config> readConfig(const std::string& path);
/// The same from text; `path` is only for the messages.
[[nodiscard]] Result<Config> parseConfig(const std::string& text, const std::string& path);

/// What this broker is called among those on one database.
[[nodiscard]] std::string brokerNameOf(const Config& config);

struct HostPort
{
    std::string host;
    std::int64_t port = 0;
};
[[nodiscard]] Result<HostPort> splitHostPort(const std::string& text);

}
