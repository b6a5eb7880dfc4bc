// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/faultmatrix/points/pointports.h"

#include "broker/app/broker.h"

#include <optional>
#include <vector>

namespace wardesk::broker {

namespace {

using Passed = std::pair<std::string, std::string>; ///< a point and the words of its call

/// Of the group that this thread has open.
thread_local std::optional<std::vector<Passed>> passedInGroup;

}

PointStore::PointStore(std::unique_ptr<Store> inner, const TestPoints& points)
    : ForwardingStore(std::move(inner))
    , m_points(points)
{
}

Result<void> PointStore::recordReady(
    const DesktopId& id, Incarnation number, const std::string& certificateSha256, WallTime now)
{
    m_points.pass("before-ready", id.value());
    auto recorded = inner().recordReady(id, number, certificateSha256, now);
    if (recorded)
        passWhenDurable("after-ready", id.value());
    return recorded;
}

Result<Grant> PointStore::grant(const LeaseRequest& request)
{
    const std::string words = request.pool.value() + ' ' + request.user.value();
    m_points.pass("before-lease", words);
    auto given = inner().grant(request);
    if (given && given->outcome == GrantOutcome::granted)
        passWhenDurable("after-lease", words);
    return given;
}

Result<RedeemedTicket> PointStore::redeemTicket(
    const SecretHash& hash, const UserId& user, WallTime now)
{
    auto redeemed = inner().redeemTicket(hash, user, now);
    if (redeemed)
        passWhenDurable("after-ticket", redeemed->lease.id.value());
    return redeemed;
}

Result<void> PointStore::closeLease(const LeaseId& id, CloseReason reason, WallTime now)
{
    m_points.pass("log-off", id.value());
    return inner().closeLease(id, reason, now);
}

Result<void> PointStore::appendAudit(AuditRecord record)
{
    if (record.action == "ticket.redeem" && record.outcome == "done")
        m_points.pass("after-credential", record.actor + ' ' + record.object);
    return inner().appendAudit(std::move(record));
}

void PointStore::passWhenDurable(const std::string& name, const std::string& words) const
{
    if (passedInGroup)
        passedInGroup->emplace_back(name, words);
    else
        m_points.pass(name, words);
}

Result<void> PointStore::beginGroup()
{
    auto begun = inner().beginGroup();
    if (begun)
        passedInGroup.emplace();
    return begun;
}

Result<void> PointStore::commitGroup()
{
    auto committed = inner().commitGroup();
    const auto passed = std::exchange(passedInGroup, std::nullopt);
    if (committed && passed) {
        for (const auto& [name, words] : *passed)
            m_points.pass(name, words);
    }
    return committed;
}

void PointStore::rollbackGroup()
{
    passedInGroup.reset();
    inner().rollbackGroup();
}

PointHypervisor::PointHypervisor(std::unique_ptr<Hypervisor> inner, const TestPoints& points)
    : ForwardingHypervisor(std::move(inner))
    , m_points(points)
{
}

Result<void> PointHypervisor::start(const DomainSpec& spec)
{
    const std::string words
        = spec.pool.value() + ' ' + spec.desktop.value() + ' ' + spec.uuid.value();
    m_points.pass("before-start", words);
    auto started = inner().start(spec);
    if (started)
        m_points.pass("after-start", words);
    return started;
}

Result<void> PointHypervisor::destroy(const DomainUuid& uuid)
{
    m_points.pass("recycle", uuid.value());
    return inner().destroy(uuid);
}

StandIns linkedStandIns()
{
    static const TestPoints points;
    StandIns standIns;
    standIns.aroundStore = [](std::unique_ptr<Store> store) -> std::unique_ptr<Store> {
        return std::make_unique<PointStore>(std::move(store), points);
    };
    standIns.aroundHost = [](std::unique_ptr<Hypervisor> host) -> std::unique_ptr<Hypervisor> {
        return std::make_unique<PointHypervisor>(std::move(host), points);
    };
    return standIns;
}

}
