// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/broker/pool/poolrows.h"

namespace wardesk::broker::test {

using namespace std::chrono_literals;

WallTime at(std::chrono::milliseconds sinceStart)
{
    return WallTime(1'000'000s) + sinceStart;
}

Pool ward(std::int64_t spare, std::int64_t max)
{
    Pool pool;
    pool.id = PoolId("ward");
    pool.organisation = OrganisationId("org");
    pool.name = "ward";
    pool.image = ImageId("image");
    pool.spare = spare;
    pool.max = max;
    return pool;
}

DesktopRow row(const std::string& name, IncarnationPhase phase, LeasePhase lease, WallTime since)
{
    DesktopRow row;
    row.desktop.id = DesktopId(name);
    row.desktop.organisation = OrganisationId("org");
    row.desktop.pool = PoolId("ward");
    row.desktop.name = name;
    row.desktop.address = "10.0.0.1";
    IncarnationFacts& facts = row.desktop.incarnation;
    facts.number = Incarnation(3);
    facts.domain = DomainUuid("uuid-" + name + "-3");
    facts.image = ImageId("image");
    facts.createdAt = since;
    if (phase >= IncarnationPhase::started)
        facts.startedAt = since + 1s;
    const bool sleeps = phase == IncarnationPhase::suspending
        || phase == IncarnationPhase::suspended || phase == IncarnationPhase::resuming;
    if (phase >= IncarnationPhase::ready && !sleeps)
        facts.readyAt = since + 2s;
    if (sleeps)
        facts.suspendingAt = since + 3s;
    if (phase == IncarnationPhase::suspended || phase == IncarnationPhase::resuming)
        facts.suspendedAt = since + 4s;
    if (phase == IncarnationPhase::resuming)
        facts.resumingAt = since + 5s;
    if (phase >= IncarnationPhase::ending) {
        facts.endingAt = since + 3s;
        facts.endReason = EndReason::loggedOff;
    }
    if (phase >= IncarnationPhase::ended)
        facts.endedAt = since + 4s;
    if (lease == LeasePhase::none)
        return row;
    Lease held;
    held.id = LeaseId("lease-" + name);
    held.organisation = OrganisationId("org");
    held.pool = PoolId("ward");
    held.desktop = row.desktop.id;
    held.incarnation = facts.number;
    held.user = UserId("user-" + name);
    held.epoch = Epoch(1);
    held.grantedAt = since + 2s;
    if (lease == LeasePhase::used)
        held.firstConnectedAt = held.connectedAt = since + 3s;
    if (lease == LeasePhase::closed) {
        held.firstConnectedAt = since + 2s;
        held.closedAt = since + 3s;
        held.closeReason = CloseReason::loggedOff;
    }
    row.lease = held;
    return row;
}

ObservedDomain domainOf(const DesktopRow& row, DomainState state)
{
    ObservedDomain domain;
    domain.uuid = row.desktop.incarnation.domain;
    domain.name = row.desktop.name + "-3";
    domain.state = state;
    domain.desktop = row.desktop.id;
    domain.pool = row.desktop.pool;
    domain.incarnation = row.desktop.incarnation.number;
    return domain;
}

ObservedDomain described(const DesktopRow& row)
{
    ObservedDomain domain = domainOf(row);
    domain.epoch = Epoch(50);
    domain.organisation = row.desktop.organisation;
    domain.hostName = row.desktop.name;
    domain.address = row.desktop.address;
    domain.image = ImageId("image");
    domain.bootstrapHash = SecretHash("hash-" + row.desktop.name);
    return domain;
}

PoolView healthy(const Pool& pool, std::vector<DesktopRow> rows)
{
    PoolView view;
    view.pool = pool;
    view.addressesLeft = 100;
    view.domains.emplace();
    for (const DesktopRow& row : rows) {
        const IncarnationPhase phase = phaseOf(row.desktop.incarnation);
        if (phase != IncarnationPhase::intended && phase != IncarnationPhase::ended)
            view.domains->push_back(domainOf(row));
    }
    view.desktops = std::move(rows);
    return view;
}

}
