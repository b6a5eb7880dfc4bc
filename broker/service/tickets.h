// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/store.h"
#include "broker/service/shell.h"

#include <map>
#include <string>

namespace wardesk::broker {

/// S1: a ticket is 256 random bits, kept as a hash, valid 30 s, used once.
inline constexpr std::chrono::seconds ticketLife { 30 };

/// 256 random bits, behind the time in a form that is public: tickets of one moment lie side by
/// side in the database's index, where each random one would write a page of its own.
[[nodiscard]] std::string newTicket(WallTime now);
/// How it rests in the database: the public part, and the hash of the whole.
[[nodiscard]] SecretHash hashOfTicket(const std::string& ticket);

/// R14: tickets made while the database refuses writes. They are in memory only, so a restart voids
/// them; otherwise they are as good as the others. Main lane only.
class HeldTickets
{
public:
    void add(const NewTicket& ticket, WallTime now);
    /// Takes it out, so that it is used once; nothing when it is unknown, expired or another's.
    [[nodiscard]] std::optional<NewTicket> take(
        const SecretHash& hash, const UserId& user, WallTime now);

private:
    std::map<SecretHash, NewTicket> m_tickets;
};

}
