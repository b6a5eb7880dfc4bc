// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/service/agentlinks.h"

#include <optional>
#include <string>

namespace wardesk::broker {

/// What the rest of the service asks of the adoption (R11), and tells it.
class AdoptionWatch
{
public:
    virtual ~AdoptionWatch() = default;
    /// Why nothing new may be given out now, in words for people; nothing when it may.
    [[nodiscard]] virtual std::optional<Error> refusal() const = 0;
    /// The same while nobody knows yet whether the database is good: not even one's own desktop.
    [[nodiscard]] virtual std::optional<Error> refusalOfAll() const = 0;
    /// The highest epoch that this process has seen: a database below it has gone back.
    [[nodiscard]] virtual Epoch seen() const = 0;
    /// An epoch was committed. Told before anybody is answered because of it.
    virtual void noteEpoch(Epoch epoch) = 0;
    /// Something looks as if the database were older than what runs: look closer, soon.
    virtual void recheck() = 0;
    /// An agent knows more than the database does. Only where believesAgents().
    virtual void suspect(const std::string& reason) = 0;
    /// Whether an agent that knows more proves anything. When this broker has its own proof that
    /// the database is good, such an agent lies: the owner of one desktop must not stop all of
    /// them.
    [[nodiscard]] virtual bool believesAgents() const = 0;
    /// The word of an agent was written down for the adoption.
    virtual void heard() = 0;
    /// R11: an agent that the database does not know, by what its domain says of it. Only while
    /// adopting; `unauthenticated` otherwise.
    virtual void authenticate(const DesktopId& desktop, Incarnation incarnation,
        const SecretHash& hash, Done<AgentIdentity> done)
        = 0;
};

}
