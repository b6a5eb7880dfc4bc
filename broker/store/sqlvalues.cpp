// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/sqlvalues.h"

#include "broker/domain/reasons.h"

#include <QString>
#include <algorithm>

namespace wardesk::broker::sql {

namespace {

bool isAscii(const std::string& text)
{
    return std::none_of(text.begin(), text.end(), [](char c) { return (c & 0x80) != 0; });
}

}

Value value(const std::string& text)
{
    return Value(isAscii(text) ? text : QString::fromStdString(text).toStdString());
}

Value value(std::int64_t number)
{
    return Value(number);
}

Value value(bool flag)
{
    return value(std::int64_t { flag ? 1 : 0 });
}

Value value(WallTime time)
{
    return value(std::int64_t { time.time_since_epoch().count() });
}

Value value(const std::optional<WallTime>& time)
{
    return time ? value(*time) : Value();
}

Value value(const std::optional<std::int64_t>& number)
{
    return number ? value(*number) : Value();
}

WallTime Row::time()
{
    return WallTime(std::chrono::milliseconds(number()));
}

std::optional<WallTime> Row::optionalTime()
{
    if (nextIsNull()) {
        ++m_column;
        return std::nullopt;
    }
    return time();
}

std::optional<std::int64_t> Row::optionalNumber()
{
    if (nextIsNull()) {
        ++m_column;
        return std::nullopt;
    }
    return number();
}

Organisation readOrganisation(Row& row)
{
    Organisation organisation;
    organisation.id = row.id<OrganisationId>();
    organisation.name = row.text();
    return organisation;
}

User readUser(Row& row)
{
    User user;
    user.id = row.id<UserId>();
    user.organisation = row.id<OrganisationId>();
    user.name = row.text();
    user.displayName = row.text();
    user.role = row.text() == "administrator" ? Role::administrator : Role::clinician;
    user.disabled = row.flag();
    user.passwordHash = row.text();
    user.createdAt = row.time();
    return user;
}

Image readImage(Row& row)
{
    Image image;
    image.id = row.id<ImageId>();
    image.organisation = row.id<OrganisationId>();
    image.name = row.text();
    image.version = row.text();
    image.kind = row.text() == "qemu" ? ImageKind::qemu : ImageKind::lxc;
    image.source = row.text();
    image.createdAt = row.time();
    image.state = imageStateNamed(row.text()).value_or(ImageState::retired);
    image.note = row.text();
    image.createdBy = row.text();
    image.stateAt = row.time();
    image.stateBy = row.text();
    image.contentHash = row.text();
    image.seenHash = row.text();
    image.checkedAt = row.optionalTime();
    return image;
}

Pool readPool(Row& row)
{
    Pool pool;
    pool.id = row.id<PoolId>();
    pool.organisation = row.id<OrganisationId>();
    pool.name = row.text();
    pool.description = row.text();
    pool.image = row.id<ImageId>();
    pool.spare = row.number();
    pool.max = row.number();
    pool.memoryMiB = row.number();
    pool.vcpus = row.number();
    pool.machine = row.text();
    pool.network = row.text();
    pool.clipboard = row.flag();
    pool.enabled = row.flag();
    pool.createdAt = row.time();
    pool.sparePercent = row.number();
    pool.min = row.number();
    pool.forecast = row.flag();
    pool.timeZone = row.text();
    pool.timers.lock = std::chrono::seconds(row.number());
    pool.timers.disconnect = std::chrono::seconds(row.number());
    pool.timers.logOff = std::chrono::seconds(row.number());
    pool.timers.recycle = std::chrono::seconds(row.number());
    const std::optional<WallTime> since = row.optionalTime();
    Maintenance maintenance {
        .since = since.value_or(WallTime()), .reason = row.text(), .until = row.optionalTime()
    };
    if (since)
        pool.maintenance = std::move(maintenance);
    pool.labels = parseLabels(row.text()).value_or(Labels());
    pool.spread = spreadNamed(row.text()).value_or(Spread::soft);
    pool.kind = poolKindNamed(row.text()).value_or(PoolKind::floating);
    pool.suspended = row.number();
    pool.suspendedPercent = row.number();
    pool.seats = row.number();
    return pool;
}

Desktop readDesktop(Row& row)
{
    Desktop desktop;
    desktop.id = row.id<DesktopId>();
    desktop.organisation = row.id<OrganisationId>();
    desktop.pool = row.id<PoolId>();
    desktop.name = row.text();
    desktop.address = row.text();
    desktop.quarantinedAt = row.optionalTime();
    desktop.quarantineReason = row.text();
    desktop.host = row.id<HostId>();
    desktop.hostDeadAt = row.optionalTime();
    desktop.owner = row.id<UserId>();
    IncarnationFacts& facts = desktop.incarnation;
    facts.number = row.numbered<Incarnation>();
    facts.domain = row.id<DomainUuid>();
    facts.disk = row.id<DomainUuid>();
    facts.image = row.id<ImageId>();
    facts.bootstrapHash = row.id<SecretHash>();
    facts.certificateSha256 = row.text();
    facts.createdAt = row.time();
    facts.startedAt = row.optionalTime();
    facts.readyAt = row.optionalTime();
    facts.unreadyAt = row.optionalTime();
    facts.endingAt = row.optionalTime();
    facts.endedAt = row.optionalTime();
    facts.endReason = endReasonNamed(row.text());
    facts.startAttempts = row.number();
    facts.lastFailureAt = row.optionalTime();
    facts.lastError = row.text();
    facts.suspendingAt = row.optionalTime();
    facts.suspendedAt = row.optionalTime();
    facts.resumingAt = row.optionalTime();
    facts.drainingAt = row.optionalTime();
    return desktop;
}

Lease readLease(Row& row)
{
    Lease lease;
    lease.id = row.id<LeaseId>();
    lease.organisation = row.id<OrganisationId>();
    lease.pool = row.id<PoolId>();
    lease.desktop = row.id<DesktopId>();
    lease.incarnation = row.numbered<Incarnation>();
    lease.user = row.id<UserId>();
    lease.epoch = row.numbered<Epoch>();
    lease.terminal = row.text();
    lease.grantedAt = row.time();
    lease.firstConnectedAt = row.optionalTime();
    lease.connectedAt = row.optionalTime();
    lease.disconnectedAt = row.optionalTime();
    lease.closedAt = row.optionalTime();
    lease.closeReason = closeReasonNamed(row.text());
    lease.seat = row.number();
    return lease;
}

AuditRecord readAuditRecord(Row& row)
{
    AuditRecord record;
    record.number = row.number();
    record.organisation = row.id<OrganisationId>();
    record.at = row.time();
    record.actor = row.text();
    record.action = row.text();
    record.object = row.text();
    record.outcome = row.text();
    record.detail = row.text();
    record.hash = row.text();
    return record;
}

}
