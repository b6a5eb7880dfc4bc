// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"
#include "protocols/wire/codec.h"

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace wardesk::broker {

enum class Method { get, post, patch, remove };

[[nodiscard]] std::string_view nameOf(Method method);

/// A request without the network library's types, so that routes need not know it.
struct Request
{
    Method method = Method::get;
    std::string path; ///< decoded, without the query
    std::map<std::string, std::string> query;
    std::string body;
    std::string authorization;
    std::string idempotencyKey;
    std::string address; ///< of the peer
    std::string channelBinding; ///< of the TLS connection, for an upgrade; see channelbinding.h
};

struct Response
{
    int status = 200;
    std::string contentType = "application/json";
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
};

using Reply = std::function<void(Response)>;

/// The one place where an error becomes an answer.
[[nodiscard]] Response respond(const Error& error);

template <typename T> [[nodiscard]] Response respond(int status, const T& body)
{
    return { .status = status,
        .contentType = "application/json",
        .body = wire::encode(body),
        .headers = {} };
}

/// Splits "/a/b?c=d" and decodes %-escapes; `invalidArgument` for a target that is no path.
[[nodiscard]] Result<void> setTarget(Request& request, std::string_view target);

}
