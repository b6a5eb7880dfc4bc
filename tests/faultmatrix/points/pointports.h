// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "forwardinghypervisor.h"
#include "forwardingstore.h"
#include "tests/faultmatrix/points/testpoints.h"

namespace wardesk::broker {

/// The store with the life cycle's points before and after its calls.
class PointStore final : public ForwardingStore
{
public:
    PointStore(std::unique_ptr<Store> inner, const TestPoints& points);
    [[nodiscard]] Result<void> recordReady(const DesktopId& id, Incarnation number,
        const std::string& certificateSha256, WallTime now) override;
    [[nodiscard]] Result<Grant> grant(const LeaseRequest& request) override;
    [[nodiscard]] Result<RedeemedTicket> redeemTicket(
        const SecretHash& hash, const UserId& user, WallTime now) override;
    [[nodiscard]] Result<void> closeLease(
        const LeaseId& id, CloseReason reason, WallTime now) override;
    /// The record of a redeemed ticket is written when the agent has made the credential, and
    /// before the client is told.
    [[nodiscard]] Result<void> appendAudit(AuditRecord record) override;
    [[nodiscard]] Result<void> beginGroup() override;
    [[nodiscard]] Result<void> commitGroup() override;
    void rollbackGroup() override;

private:
    /// What is done is done when it is durable: inside a group, when that was committed.
    void passWhenDurable(const std::string& name, const std::string& words) const;

    const TestPoints& m_points;
};

class PointHypervisor final : public ForwardingHypervisor
{
public:
    PointHypervisor(std::unique_ptr<Hypervisor> inner, const TestPoints& points);
    [[nodiscard]] Result<void> start(const DomainSpec& spec) override;
    [[nodiscard]] Result<void> destroy(const DomainUuid& uuid) override;

private:
    const TestPoints& m_points;
};

}
