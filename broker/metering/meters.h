// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"
#include "protocols/wire/clientmessages.h"

#include <cstddef>
#include <memory>
#include <string>

namespace wardesk::broker {

/// What GET /metrics tells, in the Prometheus text format.
class Meters
{
public:
    Meters();
    ~Meters();
    Meters(const Meters&) = delete;
    Meters& operator=(const Meters&) = delete;
    void countRequest(int status);
    void countConnect(const Result<wire::Connection>& connection);
    void setAgents(std::size_t count);
    void setClients(std::size_t count);
    void setConnections(std::size_t count);
    [[nodiscard]] std::string text() const;

private:
    struct Parts;
    std::unique_ptr<Parts> m_parts;
};

}
