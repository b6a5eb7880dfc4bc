// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/hypervisor.h"

#include <map>
#include <mutex>
#include <set>

namespace wardesk::broker {

/// A virtualisation host in memory, with a script of mishaps for tests. Thread-safe. The callback
/// of onChange() is called on the thread that calls the script.
class FakeHypervisor final : public Hypervisor
{
public:
    [[nodiscard]] Result<void> start(const DomainSpec& spec) override;
    [[nodiscard]] Result<void> destroy(const DomainUuid& uuid) override;
    [[nodiscard]] Result<void> removeDisk(const DomainUuid& keptDisk) override;
    [[nodiscard]] Result<void> suspend(const DomainUuid& uuid) override;
    [[nodiscard]] Result<void> resume(const DomainUuid& uuid, std::int64_t token) override;
    [[nodiscard]] Result<std::vector<ObservedDomain>> list() override;
    [[nodiscard]] Result<std::string> probe() override;
    void onChange(std::function<void()> callback) override;

    // the script
    void failNextStarts(int count, Error error);
    void failNextDestroys(int count, Error error);
    void failNextLists(int count, Error error);
    void failNextSuspends(int count, Error error);
    void failNextResumes(int count, Error error);
    /// The domain is there although the call says that it failed: a deadline passed, a crash.
    void startButFailNext(int count, Error error);
    /// Every call answers `timeout`, as a host that hangs does (at once, without the waiting).
    void hang();
    /// Every call answers `unavailable`, as when libvirt is not running.
    void disconnect();
    /// Ends hang() and disconnect() and tells of a change, as a connection that is back does.
    void recover();
    /// The domain is gone without our doing, and that is told.
    void lose(const DomainUuid& uuid);
    void setState(const DomainUuid& uuid, DomainState state);
    /// A domain of ours that nobody started through this object (R11).
    void put(const ObservedDomain& domain);

    // what happened
    [[nodiscard]] int startCalls() const;
    [[nodiscard]] int destroyCalls() const;
    [[nodiscard]] int listCalls() const;
    [[nodiscard]] int resumeCalls() const;
    /// What the machine was told at its last resume(); 0: never.
    [[nodiscard]] std::int64_t tokenOf(const DomainUuid& uuid) const;
    [[nodiscard]] int listCallsBeforeLastStart() const;
    [[nodiscard]] bool has(const DomainUuid& uuid) const;
    [[nodiscard]] bool keepsDisk(const DomainUuid& keptDisk) const;
    /// What the domain was started with, e.g. its bootstrap; nothing for put() or unknown ones.
    [[nodiscard]] std::optional<DomainSpec> specOf(const DomainUuid& uuid) const;

private:
    struct Mishap
    {
        int left = 0;
        Error error;
    };
    struct Entry
    {
        ObservedDomain domain;
        std::optional<DomainSpec> spec;
        std::int64_t token = 0; ///< of the last resume
    };
    std::optional<Error> nextError(Mishap& mishap);
    void tell();

    mutable std::mutex m_mutex;
    std::map<DomainUuid, Entry> m_domains;
    std::set<DomainUuid> m_keptDisks;
    std::optional<Error> m_outage;
    Mishap m_starts;
    Mishap m_destroys;
    Mishap m_lists;
    Mishap m_lateStarts;
    Mishap m_suspends;
    Mishap m_resumes;
    int m_startCalls = 0;
    int m_destroyCalls = 0;
    int m_listCalls = 0;
    int m_resumeCalls = 0;
    int m_listCallsAtStart = 0;
    std::function<void()> m_callback;
};

}
