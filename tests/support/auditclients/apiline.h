// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

namespace wardesk::audit {

struct Answer
{
    int status = 0; ///< 0: no answer came
    std::string body;
    std::string retryAfter;
};

/// A client's connection to one broker over TLS, opened anew whenever that is needed. Blocking;
/// gives up after five seconds, as when a broker was killed in the middle.
class ApiLine
{
public:
    ApiLine(std::string host, std::string port);
    ~ApiLine();
    [[nodiscard]] bool send(const std::string& method, const std::string& path,
        const std::string& body, const std::string& token, const std::string& key = {});
    [[nodiscard]] Answer read();
    [[nodiscard]] Answer ask(const std::string& method, const std::string& path,
        const std::string& body, const std::string& token, const std::string& key = {});

private:
    struct Open;
    std::string m_host;
    std::string m_port;
    std::unique_ptr<Open> m_open;
};

}
