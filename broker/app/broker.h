// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/app/config.h"

#include <memory>
#include <string>

namespace wardesk::broker {

/// The composition root: the only place that knows every part.
class Broker
{
public:
    explicit Broker(Config config);
    ~Broker();
    Broker(const Broker&) = delete;
    Broker& operator=(const Broker&) = delete;
    /// Opens the database, makes certificates, listens. Says in words what is wrong.
    [[nodiscard]] Result<void> prepare();
    /// Until SIGTERM or SIGINT. Desktops go on (R8).
    void run();

private:
    struct Parts;
    std::unique_ptr<Parts> m_parts;
};

struct FirstAdmin
{
    std::string name;
    std::string displayName;
    std::string passwordFile;
    bool admin = true;
};
/// Adds a user directly to the database: how the first administrator comes to be. `conflict` when
/// the name is taken.
[[nodiscard]] Result<void> addUser(const Config& config, const FirstAdmin& admin);

/// "METHOD PATH PERMISSION" of every route, one a line.
[[nodiscard]] std::string describeRoutes();

extern const char* const version;

}
