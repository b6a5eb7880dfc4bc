// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/hypervisor/hostsbykind.h"

#include <iterator>

namespace wardesk::broker {

HostsByKind::HostsByKind(std::map<ImageKind, std::unique_ptr<Hypervisor>> hosts)
    : m_hosts(std::move(hosts))
{
}

Result<void> HostsByKind::start(const DomainSpec& spec)
{
    const auto host = m_hosts.find(spec.kind);
    if (host == m_hosts.end())
        return failure(Errc::unavailable,
            spec.kind == ImageKind::qemu
                ? "no host for virtual machines is configured: set [hypervisor] qemu_uri"
                : "no host for containers is configured: set [hypervisor] uri");
    return host->second->start(spec);
}

Result<void> HostsByKind::destroy(const DomainUuid& uuid)
{
    // Whose it is nobody has to remember: destroying what is not there is good.
    for (const auto& [kind, host] : m_hosts) {
        if (auto destroyed = host->destroy(uuid); !destroyed)
            return destroyed;
    }
    return {};
}

Result<std::vector<ObservedDomain>> HostsByKind::list()
{
    std::vector<ObservedDomain> all;
    for (const auto& [kind, host] : m_hosts) {
        auto domains = host->list();
        if (!domains)
            return domains;
        std::move(domains->begin(), domains->end(), std::back_inserter(all));
    }
    return all;
}

Result<std::string> HostsByKind::probe()
{
    std::string all;
    for (const auto& [kind, host] : m_hosts) {
        const auto description = host->probe();
        if (!description)
            return description;
        all += (all.empty() ? "" : "; ") + *description;
    }
    return all;
}

void HostsByKind::onChange(std::function<void()> callback)
{
    for (const auto& [kind, host] : m_hosts)
        host->onChange(callback);
}

}
