// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/http/request.h"

#include "protocols/wire/clientmessages.h"

#include <atomic>

namespace wardesk::broker {

namespace {

int hexDigit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/// Seconds. Those who were refused together should not all come back at the same moment.
int overloadPause()
{
    static std::atomic<unsigned> refusals { 0 };
    return 1 + static_cast<int>(refusals++ % 8);
}

Result<std::string> unescape(std::string_view text)
{
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            plain += text[i];
            continue;
        }
        const int high = i + 2 < text.size() ? hexDigit(text[i + 1]) : -1;
        const int low = i + 2 < text.size() ? hexDigit(text[i + 2]) : -1;
        if (high < 0 || low < 0 || (high == 0 && low == 0))
            return failure(Errc::invalidArgument, "the address of the request is malformed");
        plain += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return plain;
}

}

std::string_view nameOf(Method method)
{
    switch (method) {
    case Method::get:
        return "GET";
    case Method::post:
        return "POST";
    case Method::patch:
        return "PATCH";
    case Method::remove:
        return "DELETE";
    }
    return "";
}

Response respond(const Error& error)
{
    wire::ErrorBody body;
    body.code = wireCode(error.code);
    body.message = error.detail.empty() ? body.code : error.detail;
    Response response = respond(httpStatus(error.code), body);
    if (error.code == Errc::overloaded)
        response.headers.emplace_back("Retry-After", std::to_string(overloadPause()));
    else if (response.status == 503) // R13: every one says when to try again
        response.headers.emplace_back("Retry-After", "2");
    else if (error.code == Errc::tooMany)
        response.headers.emplace_back("Retry-After", "300");
    return response;
}

Result<void> setTarget(Request& request, std::string_view target)
{
    if (target.empty() || target.front() != '/')
        return failure(Errc::invalidArgument, "the address of the request must start with '/'");
    target = target.substr(0, target.find('#'));
    const auto mark = target.find('?');
    auto path = unescape(target.substr(0, mark));
    if (!path)
        return tl::unexpected(path.error());
    request.path = std::move(*path);
    std::string_view rest = mark == std::string_view::npos ? "" : target.substr(mark + 1);
    while (!rest.empty()) {
        const auto end = rest.find('&');
        const std::string_view pair = rest.substr(0, end);
        rest = end == std::string_view::npos ? "" : rest.substr(end + 1);
        const auto equals = pair.find('=');
        auto name = unescape(pair.substr(0, equals));
        auto value = unescape(equals == std::string_view::npos ? "" : pair.substr(equals + 1));
        if (!name || !value)
            return failure(Errc::invalidArgument, "the address of the request is malformed");
        request.query[*name] = *value;
    }
    return {};
}

}
