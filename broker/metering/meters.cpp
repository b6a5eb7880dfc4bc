// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/metering/meters.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace wardesk::broker {

struct Meters::Parts
{
    prometheus::Registry registry;
    prometheus::Family<prometheus::Counter>& requests = prometheus::BuildCounter()
                                                            .Name("wardesk_requests_total")
                                                            .Help("HTTP requests by status class")
                                                            .Register(registry);
    prometheus::Family<prometheus::Counter>& connects
        = prometheus::BuildCounter()
              .Name("wardesk_connects_total")
              .Help("Questions for a desktop by outcome")
              .Register(registry);
    prometheus::Gauge& agents = prometheus::BuildGauge()
                                    .Name("wardesk_agents")
                                    .Help("Desktop agents that are connected")
                                    .Register(registry)
                                    .Add({});
    prometheus::Gauge& clients = prometheus::BuildGauge()
                                     .Name("wardesk_clients")
                                     .Help("Clients that listen for events")
                                     .Register(registry)
                                     .Add({});
    prometheus::Gauge& connections = prometheus::BuildGauge()
                                         .Name("wardesk_connections")
                                         .Help("Open network connections")
                                         .Register(registry)
                                         .Add({});
};

Meters::Meters()
    : m_parts(std::make_unique<Parts>())
{
}

Meters::~Meters() = default;

void Meters::countRequest(int status)
{
    m_parts->requests.Add({ { "class", std::to_string(status / 100) + "xx" } }).Increment();
}

void Meters::countConnect(const Result<wire::Connection>& connection)
{
    std::string outcome;
    if (!connection)
        outcome = wireCode(connection.error().code);
    else
        outcome = connection->state == wire::ConnectionState::preparing ? "preparing" : "ready";
    m_parts->connects.Add({ { "outcome", outcome } }).Increment();
}

void Meters::setAgents(std::size_t count)
{
    m_parts->agents.Set(static_cast<double>(count));
}

void Meters::setClients(std::size_t count)
{
    m_parts->clients.Set(static_cast<double>(count));
}

void Meters::setConnections(std::size_t count)
{
    m_parts->connections.Set(static_cast<double>(count));
}

std::string Meters::text() const
{
    return prometheus::TextSerializer().Serialize(m_parts->registry.Collect());
}

}
