// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/ctl/apiclient.h"
#include "broker/ctl/settings.h"
#include "broker/ctl/table.h"
#include "protocols/wire/codec.h"

#include <functional>
#include <memory>
#include <string>

namespace wardesk::ctl {

/// What a command has to work with, and the command that was chosen.
class Context
{
public:
    Settings settings;
    std::function<Result<void>()> chosen;

    /// Connects to the broker; with the token unless `signedIn` is no.
    enum class SignedIn { yes, no };
    [[nodiscard]] Result<void> open(SignedIn signedIn);
    [[nodiscard]] ApiClient& api() { return *m_api; }

    /// Gets a body, prints it as it is for programs, or hands it decoded to `show` for people.
    template <typename Message>
    [[nodiscard]] Result<void> print(
        const Result<std::string>& body, const std::function<void(const Message&)>& show)
    {
        if (!body)
            return tl::unexpected(body.error());
        if (settings.json) {
            printLine(*body);
            return {};
        }
        const auto message = wire::decode<Message>(*body);
        if (!message)
            return tl::unexpected(notUnderstood(message.error()));
        show(*message);
        return {};
    }
    /// For answers without a body: `said` to people, nothing to programs.
    [[nodiscard]] Result<void> confirm(const Result<std::string>& answer, const std::string& said);

    void printLine(const std::string& line) const;
    void printText(const std::string& text) const; ///< that ends its own lines
    void printTable(const Table& table) const;
    /// For people who watch, on standard error.
    void progress(const std::string& line) const;
    [[nodiscard]] static Error notUnderstood(const Error& error);

private:
    std::unique_ptr<ApiClient> m_api;
};

}
