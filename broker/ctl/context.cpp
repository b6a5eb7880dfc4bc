// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/ctl/context.h"

#include "broker/ctl/tokenfile.h"

#include <iostream>
#include <sys/ioctl.h>
#include <unistd.h>

namespace wardesk::ctl {

Result<void> Context::open(SignedIn signedIn)
{
    auto complete = completed(settings, processEnvironment);
    if (!complete)
        return tl::unexpected(complete.error());
    settings = *complete;
    auto api = ApiClient::create({ .url = settings.url, .authority = settings.authority });
    if (!api)
        return tl::unexpected(api.error());
    m_api = std::move(*api);
    if (signedIn == SignedIn::no)
        return {};
    auto token = readToken(settings.tokenFile);
    if (!token)
        return tl::unexpected(token.error());
    m_api->setToken(std::move(*token));
    return {};
}

Result<void> Context::confirm(const Result<std::string>& answer, const std::string& said)
{
    if (!answer)
        return tl::unexpected(answer.error());
    if (!settings.json)
        printLine(said);
    else if (!answer->empty())
        printLine(*answer);
    return {};
}

void Context::printLine(const std::string& line) const
{
    std::cout << line << '\n';
}

void Context::printText(const std::string& text) const
{
    std::cout << text;
}

void Context::printTable(const Table& table) const
{
    winsize size {};
    const bool screen = ::isatty(STDOUT_FILENO) == 1
        && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    std::cout << table.text(screen ? size.ws_col : 0);
}

void Context::progress(const std::string& line) const
{
    std::cerr << line << std::endl;
}

Error Context::notUnderstood(const Error& error)
{
    return { Errc::internal,
        "the broker's answer is not understood (another version?): " + error.detail };
}

}
