// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/ids.h"
#include "protocols/base/secret.h"

#include <map>
#include <optional>

namespace wardesk::broker {

/// Bootstrap secrets between the committed intent to start and the agent's first word. Only their
/// hashes are stored; an incarnation whose secret died with the process before its domain started
/// is ended and a new one begun, because nothing can ever prove to be it. Main lane only.
class BootstrapSecrets
{
public:
    void keep(const DomainUuid& domain, Secret secret) { m_secrets[domain] = std::move(secret); }
    [[nodiscard]] std::optional<Secret> find(const DomainUuid& domain) const
    {
        const auto found = m_secrets.find(domain);
        return found == m_secrets.end() ? std::nullopt : std::optional(found->second);
    }
    void forget(const DomainUuid& domain) { m_secrets.erase(domain); }

private:
    std::map<DomainUuid, Secret> m_secrets;
};

}
