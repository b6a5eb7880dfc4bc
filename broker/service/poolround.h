// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/service/poolkeeper.h"

#include <set>

namespace wardesk::broker {

/// One look at one pool: what was seen, the plan, and how far it has been carried out.
struct PoolKeeper::Round
{
    PoolView view;
    PoolClaimPtr claim; ///< null when there is no other broker
    ReadBasisPtr basis; ///< null when the rows could not be read: then nothing is planned
    std::vector<Action> actions;
    std::size_t next = 0;
    bool failed = false; ///< a step did not work: no next round at once
    bool acted = false; ///< something is different now
    std::set<DesktopId> touched; ///< by the steps since the rows were last read

    // of several hosts
    std::set<HostId> busy; ///< a part of an earlier round was at work there when the rows were read
    std::map<HostId, std::vector<Action>> waiting; ///< becomes parts when `actions` are done
    std::map<HostId, RoundPtr> parts; ///< that are under way
    Timers::Id partsTimer = 0;
    RoundPtr whole {}; ///< what this is a part of, if it is one
    HostId host {}; ///< its
    bool isLeft = false; ///< the whole has gone on without it
    bool isLost = false; ///< a part of it has found the claim gone

    void noteDestroyed(const DomainUuid& uuid);
    void noteStarted(const DomainSpec& spec, const HostId& on);
    void noteState(const DomainUuid& uuid, DomainState state);
    /// Where an action is carried out; nothing: not on a host.
    [[nodiscard]] std::optional<HostId> hostOf(const Action& action) const;
    [[nodiscard]] const Host* hostOf(const Desktop& desktop) const;
    /// When a session on a host that is drained is ended.
    [[nodiscard]] std::optional<WallTime> drainedBy(const DesktopRow& row) const;
    void setSight(const HostId& of, HostSight sight);
    /// The host was not looked at again: only what carries on from this round's own steps is done.
    [[nodiscard]] bool carriesOn(const Action& action) const;

    /// Of a desktop that the plan names: it was made from these rows. Throws for any other.
    [[nodiscard]] const DesktopRow& row(const DesktopId& id) const;
    [[nodiscard]] const DesktopRow& row(const LeaseId& lease) const;
    [[nodiscard]] const Lease& lease(const LeaseId& id) const;
    [[nodiscard]] static bool has(const DesktopRow& row, const LeaseId& lease);
};

}
