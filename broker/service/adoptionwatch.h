// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/service/agentlinks.h"

#include <optional>
#include <string>

namespace wardesk::broker {

/// What the rest of the service asks of the adoption (R11), and tells it. By itself: there is none,
/// and the database is what it is.
class AdoptionWatch
{
public:
    static constexpr const char* noSecretOfNow
        = "This is not the secret of a desktop that runs now.";
    virtual ~AdoptionWatch() = default;
    /// Why nothing new may be given out now, in words for people; nothing when it may.
    [[nodiscard]] virtual std::optional<Error> refusal() const { return {}; }
    /// The same while nobody knows yet whether the database is good: not even one's own desktop.
    [[nodiscard]] virtual std::optional<Error> refusalOfAll() const { return {}; }
    /// The highest epoch that this process has seen: a database below it has gone back.
    [[nodiscard]] virtual Epoch seen() const { return Epoch(0); }
    /// An epoch was committed. Told before anybody is answered because of it.
    virtual void noteEpoch(Epoch) { }
    /// Something looks as if the database were older than what runs: look closer, soon.
    virtual void recheck() { }
    /// An agent knows more than the database does. Only where believesAgents().
    virtual void suspect(const std::string&) { }
    /// Whether an agent that knows more proves anything. When this broker has its own proof that
    /// the database is good, such an agent lies: the owner of one desktop must not stop all of
    /// them.
    [[nodiscard]] virtual bool believesAgents() const { return false; }
    /// The word of an agent was written down for the adoption.
    virtual void heard() { }
    /// R11: an agent that the database does not know, by what its domain says of it. Only while
    /// adopting; `unauthenticated` otherwise.
    virtual void authenticate(
        const DesktopId&, Incarnation, const SecretHash&, Done<AgentIdentity> done)
    {
        done(failure(Errc::unauthenticated, noSecretOfNow));
    }
};

}
