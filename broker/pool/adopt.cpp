// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/adopt.h"

#include "broker/domain/seats.h"
#include "broker/pool/adoptedrow.h"
#include "broker/pool/adoptionbooks.h"
#include "broker/pool/adoptseats.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace wardesk::broker {

namespace {

using To = AdoptionVerdict;

constexpr const char* const silentWords
    = "its agent did not come while a restored database was set right, so nobody knows whether it "
      "is in use";

constexpr const char* const unclaimedWords
    = "it has no domain, and since the backup was made it may have become somebody's, with work on "
      "its disk";

class Adopter
{
public:
    Adopter(const AdoptionView& view, WallTime now)
        : m_view(view)
        , m_now(now)
        , m_cases(casesOf(view))
        , m_books(view, m_cases)
    {
        for (const Pool& pool : view.pools)
            m_pools.emplace(pool.id, &pool);
        for (const auto& [id, one] : m_cases) {
            if (one.row != nullptr && !isDisowned(one))
                own(one.row->desktop);
        }
    }

    AdoptionPlan make()
    {
        AdoptionPlan plan;
        plan.total = static_cast<std::int64_t>(m_cases.size());
        const std::vector<const AdoptionCase*> cases = inOrder();
        for (const AdoptionCase* one : cases) {
            if (one->host == AdoptionHost::newer && one->isOpen() && !isSettled(*one))
                plan.steps.push_back(closeEarlier(*one));
        }
        for (const AdoptionCase* one : cases) {
            if (auto step = closeEnded(*one)) // also of one that is settled, and was set aside
                plan.steps.push_back(std::move(*step));
        }
        for (const AdoptionCase* one : cases) {
            if (isDisowned(*one) && !isSettled(*one))
                plan.steps.push_back(disown(*one));
        }
        for (const AdoptionCase* one : cases) {
            if (isSettled(*one))
                continue;
            AdoptionStep step = settle(*one);
            if (step.verdict == To::wait)
                ++plan.waiting;
            else
                plan.steps.push_back(std::move(step));
        }
        return plan;
    }

private:
    bool isSettled(const AdoptionCase& one) const { return m_view.settled.contains(one.id); }

    /// What frees names, addresses and users comes first, then the newest word: of two sessions of
    /// one user the one that was opened last is theirs.
    std::vector<const AdoptionCase*> inOrder() const
    {
        std::vector<const AdoptionCase*> cases;
        for (const auto& [id, one] : m_cases)
            cases.push_back(&one);
        const auto rank = [](const AdoptionCase* one) {
            const bool frees = one->host == AdoptionHost::missing || one->host == AdoptionHost::off;
            return std::tuple(
                !frees, one->word == nullptr, one->word == nullptr ? 0 : -one->word->epoch.value());
        };
        std::stable_sort(cases.begin(), cases.end(),
            [&rank](const AdoptionCase* a, const AdoptionCase* b) { return rank(a) < rank(b); });
        return cases;
    }

    AdoptionStep closeEarlier(const AdoptionCase& one) const
    {
        AdoptionStep step { one.id, To::lose, *one.row, false,
            "the database's lease is of an earlier incarnation, which is gone" };
        loseLeases(step.row, m_now);
        return step;
    }

    /// What its agent says is over, of users who may be in another desktop since: before anything
    /// is made again, whatever becomes of this one.
    std::optional<AdoptionStep> closeEnded(const AdoptionCase& one) const
    {
        if (one.row == nullptr)
            return std::nullopt;
        AdoptionStep step { one.id, To::close, { one.row->desktop, {}, {} }, false, {} };
        for (const Lease* known : leasesOf(*one.row)) {
            Lease lease = *known;
            const auto end = lease.closedAt ? std::nullopt : endOf(one, lease);
            if (end && isNamedElsewhere(one, lease.user)) {
                closeAsLoggedOff(lease, *end, m_now);
                step.detail
                    += (step.detail.empty() ? "its user has logged off, lease " : ", lease ")
                    + lease.id.value() + " of user " + lease.user.value();
            }
            addLease(step.row, std::move(lease));
        }
        return step.detail.empty() ? std::nullopt : std::optional(std::move(step));
    }

    bool isNamedElsewhere(const AdoptionCase& one, const UserId& user) const
    {
        return std::any_of(m_view.words.begin(), m_view.words.end(), [&](const AgentWord& word) {
            return word.desktop != one.id
                && (word.user == user
                    || std::any_of(word.seats.begin(), word.seats.end(),
                        [&user](const SeatWord& seat) { return seat.user == user; }));
        });
    }

    /// A later life of it is somebody else's than the database knows, or nobody's: first of all, so
    /// that nobody has two of a pool at any step.
    static bool isDisowned(const AdoptionCase& one)
    {
        const bool isLater = one.host == AdoptionHost::newer
            || (one.host == AdoptionHost::off && one.row != nullptr
                && one.domain->incarnation > one.row->desktop.incarnation.number);
        return isLater && one.row != nullptr && !one.row->desktop.owner.isEmpty()
            && one.row->desktop.owner != one.domain->owner;
    }

    AdoptionStep disown(const AdoptionCase& one) const
    {
        AdoptionStep step { one.id, To::keep, *one.row, false,
            "it was taken away from the user whom the database has for it" };
        if (one.isOpen())
            loseLeases(step.row, m_now);
        step.row.desktop.owner = {};
        return step;
    }

    void own(const Desktop& desktop)
    {
        if (!desktop.owner.isEmpty())
            m_owners.emplace(std::pair(desktop.owner, desktop.pool), desktop.id);
    }

    /// Whether it can be this user's, besides whom it is said to be kept for.
    bool mayOwn(const Desktop& desktop, const UserId& user) const
    {
        const auto known = m_owners.find(std::pair(user, desktop.pool));
        return m_view.users.contains(user)
            && (known == m_owners.end() || known->second == desktop.id);
    }

    /// Whoever was in a desktop of a dedicated pool has it from then on.
    void ownFor(DesktopRow& row, const UserId& user)
    {
        const auto pool = m_pools.find(row.desktop.pool);
        if (pool == m_pools.end() || pool->second->kind != PoolKind::dedicated)
            return;
        row.desktop.owner = user;
        own(row.desktop);
    }

    AdoptionStep settle(const AdoptionCase& one)
    {
        AdoptionRow known
            = one.host == AdoptionHost::same ? rowPhaseOf(*one.row) : AdoptionRow::unleased;
        // The sessions that the database knows are over; others may have begun since.
        if (known == AdoptionRow::closed && isOfSharedPool(one))
            known = AdoptionRow::unleased;
        const AdoptionWord word = wordOf(one.word, m_view.late);
        AdoptionStep step { one.id, adoptionVerdictOf(one.host, known, word), startingRow(one),
            true, one.trouble };
        if (one.word != nullptr && isUpToIt(step.verdict) && known != AdoptionRow::over) {
            if (isOfSharedPool(one))
                return settleSeats(std::move(step), one);
            if (step.verdict == To::remake && mustWaitForAnother(one)) {
                step.verdict = To::wait;
                return step;
            }
            if (std::string trouble = contradictionIn(one, step.verdict); !trouble.empty())
                return setAside(std::move(step), trouble, m_now);
        }
        if (std::string trouble = ownershipTroubleIn(step.row.desktop, one); !trouble.empty()) {
            step.row.desktop.owner = {};
            return setAside(std::move(step), trouble, m_now);
        }
        if (mayBeSomebodys(step.row.desktop, one))
            return setAside(std::move(step), unclaimedWords, m_now);
        own(step.row.desktop);
        fill(step, one);
        return step;
    }

    AdoptionStep settleSeats(AdoptionStep step, const AdoptionCase& one)
    {
        if (std::string trouble = certificateTroubleIn(one); !trouble.empty())
            return setAside(std::move(step), trouble, m_now);
        const Pool& pool = *m_pools.at(step.row.desktop.pool);
        step = adoptSeats(std::move(step), one, pool, m_view, m_books, m_now);
        for (const Lease* lease : leasesOf(step.row)) {
            if (step.hasMade(lease->id))
                m_books.enter(one, *lease);
        }
        return step;
    }

    bool isOfSharedPool(const AdoptionCase& one) const
    {
        const auto pool
            = m_pools.find(one.row != nullptr ? one.row->desktop.pool : one.domain->pool);
        return pool != m_pools.end() && isShared(*pool->second);
    }

    std::string ownershipTroubleIn(const Desktop& desktop, const AdoptionCase& one) const
    {
        if (!desktop.owner.isEmpty() && one.domain != nullptr && !one.domain->image.isEmpty()
            && !m_view.images.contains(one.domain->image))
            return "its disk is laid over an image that the database does not know";
        if (!desktop.owner.isEmpty() && !mayOwn(desktop, desktop.owner))
            return "it is kept for somebody whom the database does not know, or who has another "
                   "desktop of this pool";
        const auto pool = m_pools.find(desktop.pool);
        const bool isDedicated = pool != m_pools.end() && pool->second->kind == PoolKind::dedicated;
        if (!isDedicated || one.word == nullptr || one.word->user.isEmpty())
            return {};
        const bool wasUsed = wordOf(one.word, false) == AdoptionWord::used
            || one.word->session == SessionSeen::ended;
        if (!wasUsed)
            return {};
        if (!desktop.owner.isEmpty() && desktop.owner != one.word->user)
            return "it is kept for another user than the one who is in it";
        return mayOwn(desktop, one.word->user)
            ? std::string()
            : "whoever is in it has another desktop of this pool, or is unknown";
    }

    /// A spare of a dedicated pool whose domain is gone: since the backup somebody may have had it,
    /// and nobody is left to say so. What was over in the backup has left no disk.
    bool mayBeSomebodys(const Desktop& desktop, const AdoptionCase& one) const
    {
        const bool isGone = one.host == AdoptionHost::missing || one.host == AdoptionHost::off;
        const auto pool = m_pools.find(desktop.pool);
        return isGone && desktop.owner.isEmpty() && pool != m_pools.end()
            && pool->second->kind == PoolKind::dedicated && !desktop.incarnation.endingAt;
    }

    /// Whether what the agent says is to be believed (who speaks is not waited for); otherwise the
    /// host has decided, or nobody.
    static bool isUpToIt(AdoptionVerdict verdict)
    {
        return verdict != To::leave && verdict != To::quarantine && verdict != To::lose;
    }

    DesktopRow startingRow(const AdoptionCase& one) const
    {
        if (one.host == AdoptionHost::foreign)
            return {};
        const bool advances = one.host != AdoptionHost::contradictory && one.domain != nullptr
            && (one.row == nullptr
                || one.domain->incarnation > one.row->desktop.incarnation.number);
        if (!advances)
            return *one.row;
        const ImageId& named = one.domain->image;
        const auto pool = m_pools.find(one.domain->pool);
        // The image is compared with the pool's present one and nothing else.
        const bool known = m_view.images.contains(named) || pool == m_pools.end();
        return rowFrom(*one.domain, one.row, known ? named : pool->second->image, m_now);
    }

    /// The database says that this user has another desktop, and its agent has not spoken yet.
    bool mustWaitForAnother(const AdoptionCase& one) const
    {
        const AdoptionCase* other = holderFor(one);
        return other != nullptr && m_books.isAwaited(*other);
    }

    const AdoptionCase* holderFor(const AdoptionCase& one) const
    {
        return m_books.holderOf(one.word->user, one.domain->pool);
    }

    std::string contradictionIn(const AdoptionCase& one, AdoptionVerdict verdict) const
    {
        const AgentWord& word = *one.word;
        if (wordOf(&word, false) == AdoptionWord::used && word.lease.isEmpty())
            return "somebody is in it without having been given it";
        if (!isBelievable(word.epoch, m_view.database))
            return "its agent names an epoch that cannot be";
        if (std::string trouble = certificateTroubleIn(one); !trouble.empty())
            return trouble;
        if (one.host == AdoptionHost::same && one.row->lease && !word.lease.isEmpty()) {
            if (one.row->lease->id != word.lease)
                return "it serves another lease than the one in the database";
            if (!word.user.isEmpty() && one.row->lease->user != word.user)
                return "it serves another user than the one in the database";
        }
        return verdict == To::remake ? whyNotRemade(one) : std::string();
    }

    static std::string certificateTroubleIn(const AdoptionCase& one)
    {
        if (one.host != AdoptionHost::same)
            return {};
        const std::string& known = one.row->desktop.incarnation.certificateSha256;
        const std::string& shown = one.word->certificateSha256;
        return known.empty() || shown.empty() || known == shown
            ? std::string()
            : "its certificate is another one than the database knows";
    }

    std::string whyNotRemade(const AdoptionCase& one) const
    {
        const AgentWord& word = *one.word;
        if (word.user.isEmpty())
            return "its agent does not say whose session it is";
        if (!m_view.users.contains(word.user))
            return "it is in use by somebody whom the database does not know";
        if (holderFor(one) != nullptr)
            return "its user has another desktop of this pool already";
        return m_books.hasLease(word.lease) ? "its lease belongs to another desktop"
                                            : std::string();
    }

    void remakeLease(AdoptionStep& step, const AdoptionCase& one) const
    {
        noteInUse(step.row, *one.word, m_now);
        step.row.lease = leaseFrom(step.row, sessionOf(*one.word), m_now);
        step.made.push_back(step.row.lease->id);
    }

    void fill(AdoptionStep& step, const AdoptionCase& one)
    {
        switch (step.verdict) {
        case To::wait:
        case To::leave:
            return;
        case To::quarantine:
            step = setAside(std::move(step),
                one.host == AdoptionHost::contradictory ? one.trouble : silentWords, m_now);
            return;
        case To::keep:
            step.detail = "as the database has it";
            if (isOfSharedPool(one)) {
                // It is over, or its agent is late: who may be in it besides, nobody can say.
                drainForLoss(step.row, m_now);
                return;
            }
            if (one.word != nullptr && one.isOpen())
                refreshLease(*step.row.lease, sessionOf(*one.word), m_now);
            return;
        case To::remake:
            remakeLease(step, one);
            m_books.enter(one, *step.row.lease);
            ownFor(step.row, one.word->user);
            step.detail = "lease " + one.word->lease.value() + " of user " + one.word->user.value()
                + " made again";
            return;
        case To::renew:
            endForLoss(step.row, m_now);
            step.detail = "nobody was in it; it is made anew, because it may have been promised";
            return;
        case To::end:
            if (m_view.users.contains(one.word->user))
                ownFor(step.row, one.word->user);
            // For the history of leases, where that can be told.
            if (!one.word->lease.isEmpty() && m_view.users.contains(one.word->user)
                && !m_books.hasLease(one.word->lease)) {
                remakeLease(step, one);
                closeAsLoggedOff(*step.row.lease, sessionOf(*one.word), m_now);
                m_books.enter(one, *step.row.lease);
            } else {
                endForLoss(step.row, m_now);
            }
            step.detail = "its user has logged off";
            return;
        case To::close:
            closeAsLoggedOff(*step.row.lease, sessionOf(*one.word), m_now);
            step.detail = "its user has logged off, lease " + step.row.lease->id.value();
            return;
        case To::lose:
            loseLeases(step.row, m_now);
            endForLoss(step.row, m_now);
            step.detail = "its domain does not run any more";
            return;
        case To::retire:
            loseLeases(step.row, m_now);
            if (!step.row.desktop.owner.isEmpty()) {
                // Its disk is on the host, whether or not a domain is.
                step.verdict = To::lose;
                endForLoss(step.row, m_now);
                step.detail = "it has no domain; it is started again for its user";
                return;
            }
            retireRow(step.row, m_now);
            step.detail = "it has no domain any more; another desktop takes its place";
            return;
        }
    }

    const AdoptionView& m_view;
    const WallTime m_now;
    const std::map<DesktopId, AdoptionCase> m_cases;
    std::map<PoolId, const Pool*> m_pools;
    AdoptionBooks m_books;
    std::map<std::pair<UserId, PoolId>, DesktopId> m_owners; ///< dedicated pools
};

}

AdoptionPlan adopt(const AdoptionView& view, WallTime now)
{
    return Adopter(view, now).make();
}

AdoptionStep setAside(AdoptionStep step, const std::string& why, WallTime now)
{
    // A lease that the database had stays: its user is told what is the matter. One that was to be
    // made is not. Whoever gives the desktop free again gives it to be wiped, not to be used.
    DesktopRow known { step.row.desktop, {}, {} };
    for (const Lease* lease : leasesOf(step.row)) {
        if (!step.hasMade(lease->id))
            addLease(known, *lease);
    }
    step.row = std::move(known);
    step.made.clear();
    if (!step.row.lease || step.row.lease->closedAt)
        endForLoss(step.row, now);
    if (!step.row.desktop.quarantinedAt) {
        step.row.desktop.quarantinedAt = now;
        step.row.desktop.quarantineReason = why;
    }
    step.verdict = To::quarantine;
    step.detail = why;
    return step;
}

}
