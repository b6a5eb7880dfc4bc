// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/hypervisor.h"

#include <map>

namespace wardesk::broker {

/// One host for each kind of image, seen as one. What it cannot see of one of them it must not take
/// for gone, so list() and probe() fail when either does.
class HostsByKind final : public Hypervisor
{
public:
    explicit HostsByKind(std::map<ImageKind, std::unique_ptr<Hypervisor>> hosts);
    /// `unavailable` for an image of a kind that no host is configured for.
    [[nodiscard]] Result<void> start(const DomainSpec& spec) override;
    [[nodiscard]] Result<void> destroy(const DomainUuid& uuid) override;
    [[nodiscard]] Result<std::vector<ObservedDomain>> list() override;
    [[nodiscard]] Result<std::string> probe() override;
    void onChange(std::function<void()> callback) override;

private:
    const std::map<ImageKind, std::unique_ptr<Hypervisor>> m_hosts;
};

}
