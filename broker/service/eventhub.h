// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/ids.h"
#include "broker/service/principal.h"
#include "broker/service/relays.h"
#include "broker/service/shell.h"
#include "protocols/wire/clientmessages.h"

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace wardesk::broker {

/// One client that listens at GET /api/v1/events.
class EventChannel
{
public:
    virtual ~EventChannel() = default;
    virtual void send(const wire::Event& event) = 0;
    virtual void close(const std::string& why) = 0;
};

/// Tells signed-in clients what changed. Main lane only. Nothing here is needed for correctness:
/// a client that missed an event finds the truth by asking. What is told here is told to the
/// clients of the other brokers, too; the ...Here functions are for what they tell us.
class EventHub
{
public:
    explicit EventHub(Shell& shell);
    void useRelay(EventRelay* relay) { m_relay = relay; }
    using Id = std::uint64_t;
    /// Until the token's end (A5).
    [[nodiscard]] Id attach(const Principal& who, std::shared_ptr<EventChannel> channel);
    void detach(Id id);
    [[nodiscard]] std::size_t count() const { return m_listeners.size(); }

    /// To all clients of the user but the one that caused it.
    void tellUser(const UserId& user, const wire::Event& event,
        const std::optional<SecretHash>& except = std::nullopt);
    /// The tiles may look different. Many changes become one event.
    void desktopsChanged(const OrganisationId& organisation);
    /// A5: revoked tokens lose their channel at once.
    void endToken(const SecretHash& token, const std::string& message);
    void endUser(const UserId& user, const std::string& message);
    void closeAll(const std::string& why);

    void tellUserHere(const UserId& user, const wire::Event& event,
        const std::optional<SecretHash>& except = std::nullopt);
    void desktopsChangedHere(const OrganisationId& organisation);
    void endTokenHere(const SecretHash& token, const std::string& message);
    void endUserHere(const UserId& user, const std::string& message);

private:
    struct Change
    {
        bool everywhere = false; ///< the other brokers are to be told when the window ends
    };
    void change(const OrganisationId& organisation, Change what);
    struct Listener
    {
        OrganisationId organisation;
        UserId user;
        SecretHash token;
        std::shared_ptr<EventChannel> channel;
        Timers::Id expiry = 0;
    };
    template <typename Match> void end(Match match, const std::string& message);

    Shell& m_shell;
    EventRelay* m_relay = nullptr;
    std::map<Id, Listener> m_listeners;
    std::map<OrganisationId, Change> m_changes; ///< whose window is open
    Id m_lastId = 0;
};

}
