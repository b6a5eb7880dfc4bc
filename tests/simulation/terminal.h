// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/simulation/guest.h"
#include "tests/simulation/request.h"

namespace wardesk::broker::simulation {

/// The client program at one place: from the wish for a desktop to the picture of it, with retries
/// by the same key, a ticket, a one-time credential, and the certificate that was promised.
class Terminal final : public Viewer, public std::enable_shared_from_this<Terminal>
{
public:
    Terminal(World& world, Clinician& owner, std::string name);
    /// Asks for a desktop until there is a picture or the user has had enough.
    void begin(const PoolId& pool);
    void giveUp(); ///< the user goes away; what was asked stays asked
    [[nodiscard]] bool isIdle() const { return m_state == State::idle; }
    [[nodiscard]] bool isShown() const { return m_state == State::shown; }
    [[nodiscard]] const LeaseId& lease() const { return m_lease; }
    [[nodiscard]] const std::string& name() const { return m_name; }

    // with the picture
    void logOffInside(); ///< by the desktop's own menu
    void logOffByBroker();
    void disconnect();
    void disconnectByBroker();
    void restart();
    void vanish(); ///< its power is gone: the desktop notices later

    void shown(const std::shared_ptr<Guest>& guest, std::uint64_t number) override;
    void dropped(std::uint64_t number) override;

private:
    enum class State { idle, asking, shown };
    template <typename Work> void later(Span delay, Work work);
    void ask(); ///< signs in first where that is needed
    void signIn();
    void connect();
    void startAnew(Span delay);
    void answered(Result<wire::Connection> answer);
    void redeem(const std::string& ticket, const LeaseId& lease, bool again);
    void redeemed(Result<wire::OneTimeCredential> answer);
    void reach(const wire::OneTimeCredential& credential);
    void order(
        void (SessionControl::*what)(const Principal&, LeaseScope, const LeaseId&, Done<bool>));
    [[nodiscard]] std::string newKey();

    World& m_world;
    Clinician& m_owner;
    const std::string m_name;
    std::string m_token;
    State m_state = State::idle;
    std::uint64_t m_attempt = 0; ///< answers to an older one are of no interest
    PoolId m_pool;
    std::string m_key;
    LeaseId m_lease;
    int m_refusals = 0; ///< since it was last shown a desktop
    std::weak_ptr<Guest> m_guest;
    std::uint64_t m_viewer = 0;
};

}
