// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/ids.h"
#include "protocols/wire/clientmessages.h"

#include <cstdint>
#include <optional>
#include <string>

/// What the parts of the service say to their like in the other brokers. Each part works without:
/// then there is no other broker. Implemented by Peers; main lane only.
namespace wardesk::broker {

struct AgentIdentity;
struct AgentOrder;

class AgentRelay
{
public:
    virtual ~AgentRelay() = default;
    /// The broker that this agent is attached to, if it is another one.
    [[nodiscard]] virtual std::optional<BrokerId> brokerOf(
        const DesktopId& desktop, Incarnation incarnation) const = 0;
    /// The answer comes to AgentLinks::relayedAnswer with this id. False when that broker is away.
    [[nodiscard]] virtual bool order(
        const BrokerId& broker, std::int64_t id, const AgentOrder& order)
        = 0;
    virtual void attached(const AgentIdentity& agent) = 0;
    virtual void left(const AgentIdentity& agent) = 0;
    virtual void drop(const DesktopId& desktop, Incarnation upTo, const std::string& why) = 0;
};

class EventRelay
{
public:
    virtual ~EventRelay() = default;
    virtual void tellUser(
        const UserId& user, const wire::Event& event, const std::optional<SecretHash>& except)
        = 0;
    virtual void desktopsChanged(const OrganisationId& organisation) = 0;
    virtual void endToken(const SecretHash& token, const std::string& message) = 0;
    virtual void endUser(const UserId& user, const std::string& message) = 0;
};

class PoolRelay
{
public:
    virtual ~PoolRelay() = default;
    /// For whoever holds the pool; it is not this broker.
    virtual void wake(const PoolId& pool) = 0;
    virtual void userWaits(const PoolId& pool, const UserId& user) = 0;
    virtual void userServed(const PoolId& pool, const UserId& user) = 0;
    /// This broker holds the pool, and this is what is wrong with it now.
    virtual void poolMessage(const PoolId& pool, const std::string& message) = 0;
};

}
