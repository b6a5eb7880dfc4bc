// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/values.h"
#include "protocols/base/error.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace wardesk::broker {

struct DesktopRow
{
    Desktop desktop;
    /// Of the newest incarnation, open or closed. Of a shared desktop the one that stands for it:
    /// an open one while there is any, so that whoever asks only for this one never takes a desktop
    /// for free that somebody is in. See seats.h.
    std::optional<Lease> lease;
    std::vector<Lease> others {}; ///< of a shared desktop: all further ones of this incarnation
};

/// R11: a restored database is being set right. There is at most one on a database.
struct AdoptionRecord
{
    BrokerId broker; ///< who does it
    std::string reason;
    WallTime since {}; ///< this and all its times are the database's
    std::int64_t total = 0;
    std::int64_t settled = 0;
};

/// Of a broker that adopts and gives no sign: then another one goes on.
inline constexpr std::chrono::seconds adoptionLife { 15 };

enum class AdoptionStart {
    anew, ///< or goes on where it was
    afresh, ///< what was settled before is not: the database was restored to the midst of an
            ///< earlier one
    takeOver ///< only one that is under way: `notFound` when there is none
};

/// What the database must hold of one desktop, whole.
struct AdoptedDesktop
{
    DesktopId desktop;
    std::optional<DesktopRow> row {}; ///< nothing: it is left as it is
    bool removed = false;
    bool settles = true; ///< nothing more is to be done about it
    WallTime now {};
};

/// The part of the database's port for R11. While an adoption is under way the database itself, for
/// every broker on it, gives out nothing new and begins and ends no incarnation (`overloaded`); a
/// lease is given again only when its desktop is settled.
class AdoptionStore
{
public:
    virtual ~AdoptionStore() = default;
    /// Raises the counter and begins, or goes on with one of the same broker or of one that gave no
    /// sign for `life`; `conflict` when another one does it.
    [[nodiscard]] virtual Result<AdoptionRecord> beginAdoption(const AdoptionRecord& wanted,
        Epoch atLeast, std::chrono::milliseconds life, AdoptionStart how)
        = 0;
    [[nodiscard]] virtual Result<std::optional<AdoptionRecord>> findAdoption() = 0;
    /// A sign of life; `stale` when it is not this broker's any more.
    [[nodiscard]] virtual Result<void> noteAdoption(
        const BrokerId& broker, std::int64_t total, std::int64_t settled)
        = 0;
    [[nodiscard]] virtual Result<void> endAdoption(const BrokerId& broker) = 0;
    /// The newest word of a desktop's agent; one of an earlier incarnation than a word that was
    /// taken changes nothing. False when it is not wanted: nothing is being adopted, or its desktop
    /// is settled; then it is a report like any other.
    [[nodiscard]] virtual Result<bool> recordWord(const AgentWord& word) = 0;
    [[nodiscard]] virtual Result<std::vector<AgentWord>> listWords() = 0;
    [[nodiscard]] virtual Result<std::vector<DesktopId>> listSettled() = 0;
    /// One transaction: desktop, newest incarnation and lease are as the row says; an earlier
    /// incarnation has ended, and no other lease of the desktop is open. `conflict` when another
    /// desktop has its name, address, lease, user or epoch, or the database knows a later
    /// incarnation.
    [[nodiscard]] virtual Result<void> adoptDesktop(const AdoptedDesktop& adopted) = 0;
    /// From now on an epoch that would not be above this one is not given: the database has gone
    /// back (`unavailable`). Every epoch that is committed through this object counts as well. Once
    /// one was refused, all are, until beginAdoption or this is called again.
    virtual void expectEpoch(Epoch seen) = 0;
    [[nodiscard]] virtual bool hasGoneBack() const = 0;
};

}
