// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/hypervisor.h"

#include <sys/types.h>

namespace wardesk::broker::test {

/// A desktop of the shared host, and which broker process its simulated agent lives in.
struct SharedDomain
{
    ObservedDomain domain;
    Secret bootstrap; ///< base64 of the AgentBootstrap JSON
    pid_t agentOf = 0;
};

/// A virtualisation host in one memory-mapped file: several broker processes see the same domains,
/// and the death of a broker takes none of them along, as with a real host. Calls take
/// microseconds.
class SharedHost final : public Hypervisor
{
public:
    /// Makes the file when there is none.
    [[nodiscard]] static Result<std::unique_ptr<SharedHost>> open(const std::string& path);
    ~SharedHost() override;
    SharedHost(const SharedHost&) = delete;
    SharedHost& operator=(const SharedHost&) = delete;

    [[nodiscard]] Result<void> start(const DomainSpec& spec) override;
    [[nodiscard]] Result<void> destroy(const DomainUuid& uuid) override;
    [[nodiscard]] Result<void> removeDisk(const DomainUuid&) override { return {}; } // keeps none
    [[nodiscard]] Result<void> suspend(const DomainUuid& uuid) override;
    [[nodiscard]] Result<void> resume(const DomainUuid& uuid, std::int64_t token) override;
    [[nodiscard]] Result<std::vector<ObservedDomain>> list() override;
    [[nodiscard]] Result<std::string> probe() override;
    void onChange(std::function<void()>) override { } // nothing happens outside of our doing

    /// Called on the host's thread after a domain was started here.
    std::function<void(const SharedDomain&)> onStarted;
    /// Takes over the domains whose agent lived in a process that is dead now.
    [[nodiscard]] std::vector<SharedDomain> takeOrphans();

private:
    struct Slot;
    struct File;
    class Lock;
    explicit SharedHost(File* file);
    [[nodiscard]] Slot* find(const DomainUuid& uuid);

    File* m_file;
};

}
