// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"
#include "protocols/base/secret.h"

#include <memory>
#include <string>

namespace wardesk::ctl {

/// A broker over HTTPS; every call waits for its answer, 30 s at most. Of several brokers the next
/// one is asked when one does not answer. Main thread only.
class ApiClient
{
public:
    struct Target
    {
        std::string url; ///< https://host:port; several separated by commas
        std::string authority; ///< file of the one CA to trust; empty: those of the system
    };
    [[nodiscard]] static Result<std::unique_ptr<ApiClient>> create(const Target& target);
    ~ApiClient();
    ApiClient(const ApiClient&) = delete;
    ApiClient& operator=(const ApiClient&) = delete;

    void setToken(Secret token) { m_token = std::move(token); }
    /// The body of the answer; it is empty where there is none. What the broker refuses comes back
    /// as the broker's own error.
    [[nodiscard]] Result<std::string> get(const std::string& path);
    [[nodiscard]] Result<std::string> post(const std::string& path, const std::string& body = {});
    [[nodiscard]] Result<std::string> patch(const std::string& path, const std::string& body);
    [[nodiscard]] Result<std::string> remove(const std::string& path);

private:
    class Network;
    explicit ApiClient(std::unique_ptr<Network> network);
    [[nodiscard]] Result<std::string> call(
        const char* verb, const std::string& path, const std::string& body);
    struct Attempt;
    [[nodiscard]] Attempt ask(
        const char* verb, const std::string& path, const std::string& body, bool isLast) const;
    std::unique_ptr<Network> m_network;
    Secret m_token;
};

/// A name as one step of a path.
[[nodiscard]] std::string pathStep(const std::string& name);

}
