// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/adoptseats.h"

#include "broker/domain/seats.h"
#include "broker/pool/adoptedrow.h"

#include <algorithm>
#include <set>
#include <utility>

namespace wardesk::broker {

namespace {

bool isInside(SessionSeen session)
{
    return session == SessionSeen::connected || session == SessionSeen::disconnected;
}

std::string accountText(std::int64_t seat)
{
    return "account " + std::to_string(seat);
}

class SeatAdopter
{
public:
    SeatAdopter(AdoptionStep step, const AdoptionCase& one, const Pool& pool,
        const AdoptionView& view, const AdoptionBooks& books, WallTime now)
        : m_case(one)
        , m_word(*one.word)
        , m_pool(pool)
        , m_view(view)
        , m_books(books)
        , m_now(now)
        , m_step(std::move(step))
        , m_row(m_step.row)
    {
        for (const Lease* lease : leasesOf(m_row))
            m_leases.push_back(*lease);
    }

    AdoptionStep adopt()
    {
        if (const std::string trouble = troubleInAll(); !trouble.empty())
            return setAside(m_step, trouble, m_now);
        for (const SeatWord& said : m_word.seats) {
            if (const std::string trouble = take(said); !trouble.empty())
                return setAside(m_step, accountText(said.seat) + ": " + trouble, m_now);
        }
        if (m_mustWait)
            m_step.verdict = AdoptionVerdict::wait;
        else
            finish();
        return m_step;
    }

private:
    std::string troubleInAll() const
    {
        const bool isAnyInside = std::any_of(m_word.seats.begin(), m_word.seats.end(),
            [](const SeatWord& said) { return said.session != SessionSeen::ended; });
        if (isInside(m_word.session) && !isAnyInside)
            return "somebody is in it without having been given it";
        if (!isBelievable(m_word.epoch, m_view.database))
            return "its agent names an epoch that cannot be";
        // One whose lease is closed is on its way out, and its place may be somebody's again.
        const auto there
            = std::count_if(m_word.seats.begin(), m_word.seats.end(), [this](const SeatWord& said) {
                  const Lease* known = leaseOfSeat(m_row, said.seat);
                  return said.session != SessionSeen::ended && !(known && known->closedAt);
              });
        if (there > seatsOf(m_pool))
            return "its agent tells of more sessions than it has room for";
        return {};
    }

    /// Why the session cannot be put right; nothing when it is.
    std::string take(const SeatWord& said)
    {
        if (said.seat < 1 || said.seat > accountsOf(m_pool) || !m_named.insert(said.seat).second)
            return "it cannot be, or is named twice";
        if (said.lease.isEmpty())
            return isInside(said.session) ? "somebody is in it without having been given it"
                                          : std::string();
        if (said.epoch < Epoch(1) || said.epoch > m_word.epoch)
            return "its agent names an epoch that cannot be";
        const auto known = std::find_if(m_leases.begin(), m_leases.end(),
            [&said](const Lease& lease) { return lease.seat == said.seat; });
        return known == m_leases.end() ? make(said) : compare(*known, said);
    }

    std::string compare(Lease& known, const SeatWord& said)
    {
        if (known.id != said.lease)
            return "it serves another lease than the one in the database";
        if (!said.user.isEmpty() && said.user != known.user)
            return "it serves another user than the one in the database";
        if (known.closedAt)
            return {}; // the session, if it is there still, is ended as its lease has
        if (said.session == SessionSeen::ended) {
            closeAsLoggedOff(known, said, m_now);
            note(known, "closed, logged off");
            m_hasClosed = true;
        } else {
            refreshLease(known, said, m_now);
        }
        return {};
    }

    std::string make(const SeatWord& said)
    {
        if (said.session == SessionSeen::ended)
            return {}; // nobody is let into it any more, whoever it was
        if (said.user.isEmpty())
            return "its agent does not say whose session it is";
        if (!m_view.users.contains(said.user))
            return "it is in use by somebody whom the database does not know";
        if (m_books.hasLease(said.lease)
            || std::find(m_made.begin(), m_made.end(), said.lease) != m_made.end())
            return "its lease belongs to another account or desktop";
        giveUpUnused(said);
        if (std::string trouble = troubleWith(said.user); !trouble.empty())
            return trouble;
        m_leases.push_back(leaseFrom(m_row, said, m_now));
        m_made.push_back(said.lease);
        note(m_leases.back(), "made again");
        return {};
    }

    /// Who has a later account of it had given the earlier one back before.
    void giveUpUnused(const SeatWord& said)
    {
        for (Lease& lease : m_leases) {
            if (lease.closedAt || lease.user != said.user || lease.seat >= said.seat
                || lease.firstConnectedAt || isNamed(lease.seat))
                continue;
            lease.closedAt = m_now;
            lease.closeReason = CloseReason::neverConnected;
            note(lease, "closed, never used");
            m_hasClosed = true;
        }
    }

    bool isNamed(std::int64_t seat) const
    {
        return std::any_of(m_word.seats.begin(), m_word.seats.end(),
            [seat](const SeatWord& said) { return said.seat == seat; });
    }

    std::string troubleWith(const UserId& user)
    {
        const AdoptionCase* other = m_books.holderOf(user, m_row.desktop.pool);
        const bool isElsewhere = other != nullptr && other != &m_case;
        if (isElsewhere && m_books.isAwaited(*other)) {
            m_mustWait = true;
            return {};
        }
        const bool isHere = std::any_of(m_leases.begin(), m_leases.end(),
            [&user](const Lease& lease) { return lease.user == user && !lease.closedAt; });
        return isElsewhere || isHere ? "its user has another session in this pool already"
                                     : std::string();
    }

    void note(const Lease& lease, const char* what)
    {
        m_done += (m_done.empty() ? "lease " : ", lease ") + lease.id.value() + " of user "
            + lease.user.value() + " in " + accountText(lease.seat) + ' ' + what;
    }

    void finish()
    {
        const bool isUsed = !m_leases.empty() || !m_word.seats.empty();
        const bool isOpen = std::any_of(
            m_leases.begin(), m_leases.end(), [](const Lease& lease) { return !lease.closedAt; });
        m_row.lease.reset();
        m_row.others.clear();
        for (Lease& lease : m_leases)
            addLease(m_row, std::move(lease));
        m_step.detail = m_done.empty() ? "" : m_done + "; ";
        if (isOpen) {
            noteInUse(m_row, m_word, m_now);
            drainForLoss(m_row, m_now);
            m_step.verdict = !m_made.empty() ? AdoptionVerdict::remake
                : m_hasClosed                ? AdoptionVerdict::close
                                             : AdoptionVerdict::keep;
            m_step.detail += "whoever is in it goes on; nobody new comes in until it is made anew";
        } else {
            endForLoss(m_row, m_now);
            m_step.verdict = isUsed ? AdoptionVerdict::end : AdoptionVerdict::renew;
            m_step.detail += isUsed
                ? "nobody has a lease in it any more"
                : "nobody was in it; it is made anew, because it may have been promised";
        }
        m_step.row = std::move(m_row);
        m_step.made = std::move(m_made);
    }

    const AdoptionCase& m_case;
    const AgentWord& m_word;
    const Pool& m_pool;
    const AdoptionView& m_view;
    const AdoptionBooks& m_books;
    const WallTime m_now;
    AdoptionStep m_step;
    DesktopRow m_row; ///< as it becomes; that of the step stays until all is known to be well
    std::vector<Lease> m_leases;
    std::vector<LeaseId> m_made;
    std::set<std::int64_t> m_named;
    std::string m_done; ///< for the audit: every lease that is not as the database had it
    bool m_hasClosed = false;
    bool m_mustWait = false;
};

}

AdoptionStep adoptSeats(AdoptionStep step, const AdoptionCase& one, const Pool& pool,
    const AdoptionView& view, const AdoptionBooks& books, WallTime now)
{
    return SeatAdopter(std::move(step), one, pool, view, books, now).adopt();
}

}
