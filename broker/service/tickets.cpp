// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/tickets.h"

#include "protocols/base/encoding.h"

namespace wardesk::broker {

std::string newTicket(WallTime now)
{
    return timeOrderedUuid(now) + '.' + randomToken(32);
}

SecretHash hashOfTicket(const std::string& ticket)
{
    constexpr std::size_t uuidLength = 36;
    // Only what can be one: anybody's bytes come here, and the database would complain of some.
    const std::size_t end = ticket.find_first_not_of("0123456789abcdef-");
    const bool isOurs = end == uuidLength && ticket[end] == '.';
    return SecretHash((isOurs ? ticket.substr(0, end + 1) : std::string()) + sha256Hex(ticket));
}

void HeldTickets::add(const NewTicket& ticket, WallTime now)
{
    std::erase_if(m_tickets, [now](const auto& held) { return held.second.expiresAt <= now; });
    m_tickets[ticket.hash] = ticket;
}

std::optional<NewTicket> HeldTickets::take(const SecretHash& hash, const UserId& user, WallTime now)
{
    const auto found = m_tickets.find(hash);
    if (found == m_tickets.end())
        return std::nullopt;
    NewTicket ticket = std::move(found->second);
    m_tickets.erase(found);
    if (ticket.expiresAt <= now || ticket.user != user)
        return std::nullopt;
    return ticket;
}

}
