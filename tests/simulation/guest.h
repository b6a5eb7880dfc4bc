// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/desktop/desktopcore.h"
#include "tests/simulation/world.h"

#include <functional>
#include <vector>

namespace wardesk::broker::simulation {

class AgentConnection;

/// A client that looks at a desktop's session, as the desktop's RDP server knows it.
class Viewer
{
public:
    virtual ~Viewer() = default;
    virtual void shown(const std::shared_ptr<Guest>& guest, std::uint64_t number) = 0;
    virtual void dropped(std::uint64_t number) = 0;
};

/// What runs inside a domain: the real core of the agent, a session, and an RDP server that asks
/// the agent who may come in.
class Guest : public std::enable_shared_from_this<Guest>
{
public:
    Guest(World& world, Life& life, const DomainSpec& spec);
    void boot();
    /// The domain does not run any more.
    void halt();
    /// It stands still: what is due happens when it goes on.
    void freeze();
    void thaw();
    /// The host says that it was resumed; false: no agent listens.
    bool wake(std::int64_t token);

    // the way to the broker
    void linkUp(const std::shared_ptr<AgentConnection>& link);
    void linkLost(const AgentConnection* link);
    void receive(const wire::AgentCommand& command);

    // the RDP server
    /// `accepted` is told whether the session is about to be shown to the viewer.
    bool offer(const std::string& account, const std::string& credential, const UserId& user,
        const std::weak_ptr<Viewer>& viewer);
    void leave(std::uint64_t viewer);
    /// The user logs off, or the session dies.
    void endSession();

    // what can go wrong
    void killAgent(std::optional<Span> until);
    void cutUntil(Span until);
    void lie();
    /// What answers RDP falls, and the session with what runs in it goes on.
    void silenceRdp(std::optional<Span> until);
    void reviveAgent();
    void reconnect();
    void heal(); ///< all of that is over
    void neverBoot() { m_neverBoots = true; }

    [[nodiscard]] Life& life() { return m_life; }
    [[nodiscard]] const std::string& certificate() const { return m_certificate; }
    [[nodiscard]] bool isWatched() const { return !m_viewers.empty(); }
    [[nodiscard]] bool hasSession() const { return m_hasSession; }
    /// Since when its agent has been able to answer a broker; nothing: it is not.
    [[nodiscard]] std::optional<Span> speaksSince() const;

private:
    struct Seen
    {
        UserId user;
        std::weak_ptr<Viewer> viewer;
    };
    bool handle(const desktop::Event& event);
    void carryOut(const desktop::Effect& effect, bool& accepted);
    void schedule();
    void connectLater(Span delay);
    void connect();
    void lookSoon();
    void watchIdle(std::uint64_t viewer);
    void dropViewers();
    void startSession();
    void show(const UserId& user, const std::weak_ptr<Viewer>& viewer);
    void answerRdp();
    template <typename Work> void later(Span delay, Work work);
    /// Its own: stands still while it does.
    [[nodiscard]] MonotonicTime time() const;

    World& m_world;
    Life& m_life;
    std::string m_credentials;
    std::string m_certificate;
    desktop::DesktopMemory m_memory; ///< what the agent has written down
    std::optional<desktop::DesktopCore> m_core; ///< nothing while the agent is dead
    std::shared_ptr<AgentConnection> m_link; ///< up or being opened
    bool m_linkIsUp = false;
    Span m_linkUpAt { 0 };
    Span m_cutUntil { 0 };
    Span m_wait { 200 };
    std::optional<MonotonicTime> m_due;
    std::map<std::uint64_t, Seen> m_viewers;
    std::uint64_t m_lastViewer = 0;
    std::uint64_t m_sessions = 0; ///< started so far
    MonotonicTime m_touchedAt {}; ///< the last key or pointer
    bool m_isLeftAlone = false;
    bool m_hasSession = false;
    bool m_rdpAnswers = false;
    bool m_wasReady = false; ///< in what its agent said last
    bool m_looking = false;
    bool m_neverBoots = false;
    bool m_halted = false;
    std::optional<Span> m_frozenAt;
    Span m_frozenFor { 0 };
    std::vector<std::function<void(Guest&)>> m_postponed;
};

}
