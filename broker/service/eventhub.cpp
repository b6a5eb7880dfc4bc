// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/eventhub.h"

#include <vector>

namespace wardesk::broker {

namespace {

/// A pool of hundreds of desktops changes many times a second while it is filled.
constexpr std::chrono::milliseconds changeWindow { 500 };

}

EventHub::EventHub(Shell& shell)
    : m_shell(shell)
{
}

EventHub::Id EventHub::attach(const Principal& who, std::shared_ptr<EventChannel> channel)
{
    const Id id = ++m_lastId;
    Listener listener { who.user.organisation, who.user.id, who.token, std::move(channel) };
    listener.expiry = m_shell.timers.after(who.signedInUntil - m_shell.clock.wall(),
        [this, token = who.token] { endToken(token, "Your sign-in has ended. Sign in again."); });
    m_listeners.emplace(id, std::move(listener));
    return id;
}

void EventHub::detach(Id id)
{
    const auto found = m_listeners.find(id);
    if (found == m_listeners.end())
        return;
    m_shell.timers.cancel(found->second.expiry);
    m_listeners.erase(found);
}

void EventHub::tellUser(
    const UserId& user, const wire::Event& event, const std::optional<SecretHash>& except)
{
    tellUserHere(user, event, except);
    if (m_relay != nullptr)
        m_relay->tellUser(user, event, except);
}

void EventHub::tellUserHere(
    const UserId& user, const wire::Event& event, const std::optional<SecretHash>& except)
{
    for (auto& [id, listener] : m_listeners) {
        if (listener.user == user && listener.token != except)
            listener.channel->send(event);
    }
}

void EventHub::desktopsChanged(const OrganisationId& organisation)
{
    change(organisation, { .everywhere = m_relay != nullptr });
}

void EventHub::desktopsChangedHere(const OrganisationId& organisation)
{
    change(organisation, { .everywhere = false });
}

void EventHub::change(const OrganisationId& organisation, Change what)
{
    const auto open = m_changes.find(organisation);
    if (open != m_changes.end()) {
        open->second.everywhere = open->second.everywhere || what.everywhere;
        return;
    }
    if (m_listeners.empty() && !what.everywhere)
        return;
    m_changes[organisation] = what;
    m_shell.timers.after(changeWindow, [this, organisation] {
        const Change changed = m_changes[organisation];
        m_changes.erase(organisation);
        if (changed.everywhere && m_relay != nullptr)
            m_relay->desktopsChanged(organisation);
        wire::Event event;
        event.message = "The desktops changed.";
        for (auto& [id, listener] : m_listeners) {
            if (listener.organisation == organisation)
                listener.channel->send(event);
        }
    });
}

template <typename Match> void EventHub::end(Match match, const std::string& message)
{
    wire::Event event;
    event.kind = wire::EventKind::signedOut;
    event.message = message;
    std::vector<std::shared_ptr<EventChannel>> ended;
    for (auto it = m_listeners.begin(); it != m_listeners.end();) {
        if (match(it->second)) {
            m_shell.timers.cancel(it->second.expiry);
            ended.push_back(std::move(it->second.channel));
            it = m_listeners.erase(it);
        } else {
            ++it;
        }
    }
    for (const auto& channel : ended) {
        channel->send(event);
        channel->close(message);
    }
}

void EventHub::endToken(const SecretHash& token, const std::string& message)
{
    endTokenHere(token, message);
    if (m_relay != nullptr)
        m_relay->endToken(token, message);
}

void EventHub::endTokenHere(const SecretHash& token, const std::string& message)
{
    end([&](const Listener& listener) { return listener.token == token; }, message);
}

void EventHub::endUser(const UserId& user, const std::string& message)
{
    endUserHere(user, message);
    if (m_relay != nullptr)
        m_relay->endUser(user, message);
}

void EventHub::endUserHere(const UserId& user, const std::string& message)
{
    end([&](const Listener& listener) { return listener.user == user; }, message);
}

void EventHub::closeAll(const std::string& why)
{
    auto listeners = std::move(m_listeners);
    m_listeners.clear();
    for (auto& [id, listener] : listeners) {
        m_shell.timers.cancel(listener.expiry);
        listener.channel->close(why);
    }
}

}
