// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/hypervisor.h"
#include "broker/domain/store.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// R11: what runs, against a database that may be older than it. Pure, like reconcile(): the table
/// is in DESIGN.md, the service acts on the plan and asks again whenever an agent has spoken.
namespace wardesk::broker {

struct AdoptionView
{
    std::vector<Pool> pools;
    std::set<UserId> users;
    std::set<ImageId> images;
    std::vector<DesktopRow> desktops; ///< as the database has them now
    std::vector<ObservedDomain> domains; ///< of the whole site, listed after the mode began
    std::vector<AgentWord> words;
    std::set<DesktopId> settled; ///< done already
    Epoch database; ///< its counter: who names an epoch far above it lies
    bool late = false; ///< the silent ones are not waited for any longer
};

/// What the host shows of a desktop, against its row.
enum class AdoptionHost {
    same, ///< the incarnation that the row names runs
    newer, ///< a later one runs
    unknown, ///< it runs, and there is no row
    off, ///< its domain is there and does not run
    missing, ///< there is a row and no domain
    contradictory, ///< two domains, an earlier one, or one that does not fit the row
    foreign ///< no row can be made: its pool is not known, or it does not say what it is
};

/// What the database has of the incarnation that runs.
enum class AdoptionRow { unleased, open, closed, over };

/// What its agent has said.
enum class AdoptionWord {
    silent,
    late, ///< and is not waited for any longer
    unused, ///< nothing was ever prepared for anybody
    held, ///< prepared for somebody, who has not come
    used,
    ended
};

enum class AdoptionVerdict {
    wait,
    keep, ///< as the database has it; what the agent knows better is written down
    remake, ///< the lease that the agent tells of is made again: same id, user and epoch
    renew, ///< nobody was in it, but it may have been promised: it ends, the next one is free
    end, ///< it was somebody's, who has left: it ends
    close, ///< the database's lease is over: its user has logged off
    lose, ///< the lease is over because the desktop is
    retire, ///< nothing of it is left: the desktop is taken out of the books
    quarantine,
    leave ///< an alarm; there is no row to set aside
};

[[nodiscard]] AdoptionVerdict adoptionVerdictOf(
    AdoptionHost host, AdoptionRow row, AdoptionWord word);

/// One desktop. What the database must hold is in `row`, whole.
struct AdoptionStep
{
    DesktopId desktop;
    AdoptionVerdict verdict = AdoptionVerdict::keep;
    DesktopRow row; ///< nothing of it matters with `leave`
    bool settles = true; ///< false: only a lease of an earlier incarnation is closed meanwhile
    std::string detail; ///< for the audit, and the reason of a quarantine
    std::vector<LeaseId> made {}; ///< of the row's leases: those that the database did not have

    [[nodiscard]] bool hasMade(const LeaseId& lease) const
    {
        return std::find(made.begin(), made.end(), lease) != made.end();
    }
};

struct AdoptionPlan
{
    std::vector<AdoptionStep> steps; ///< in this order: names, addresses and users get free first
    std::int64_t total = 0; ///< desktops that run or are in the books
    std::int64_t waiting = 0; ///< of them: for their agent's word
};

/// How far an agent or a host may be ahead of the database before it is a liar: no hospital signs
/// in a thousand million times between two backups, and the counter must not be driven to its end.
inline constexpr long long epochsAhead = 1'000'000'000;
[[nodiscard]] inline bool isBelievable(Epoch named, Epoch database)
{
    return named <= database || named.value() - epochsAhead <= database.value();
}

[[nodiscard]] AdoptionPlan adopt(const AdoptionView& view, WallTime now);

/// The same desktop, set aside: when the database would not take what the plan wanted, because
/// somebody else has the name, the address, the lease or the user.
[[nodiscard]] AdoptionStep setAside(AdoptionStep step, const std::string& why, WallTime now);

/// Why the database is older than what runs, in words; nothing when it is not. The domains must
/// have been listed before the epoch and the rows were read.
[[nodiscard]] std::optional<std::string> findLoss(Epoch database, Epoch seenByThisBroker,
    const std::vector<DesktopRow>& desktops, const std::vector<ObservedDomain>& domains);

/// By lives alone: a domain that is a newer one than the rows know of, in words. The epoch may be
/// newer than rows that were read before the host.
[[nodiscard]] std::optional<std::string> findNewerLife(
    const std::vector<DesktopRow>& desktops, const std::vector<ObservedDomain>& domains);

/// The highest epoch that a host or an agent names and that can be believed.
[[nodiscard]] Epoch namedEpoch(Epoch database, const std::vector<ObservedDomain>& domains,
    const std::vector<AgentWord>& words);

/// What the counter must be raised to when this is the highest epoch that anybody has seen, so that
/// nothing that was given out by the lost database is ever given again.
[[nodiscard]] Epoch safeEpoch(Epoch atLeast);

}
