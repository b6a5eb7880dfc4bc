// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/http/routetable.h"
#include "broker/service/shell.h"

namespace wardesk::broker {

/// The body of a request, strictly: unknown fields are refused, so that a typing error is told.
template <typename T> [[nodiscard]] Result<T> bodyOf(const Call& call)
{
    return wire::decode<T>(call.request.body, wire::Unknown::refuse);
}

/// The usual end of a handler: a value becomes JSON, an error an ErrorBody.
template <typename T> [[nodiscard]] Done<T> answering(int status, Reply reply)
{
    return [status, reply = std::move(reply)](Result<T> result) {
        reply(result ? respond(status, *result) : respond(result.error()));
    };
}

/// For acts that have nothing to say: 204.
[[nodiscard]] inline Done<bool> answeringNothing(Reply reply)
{
    return [reply = std::move(reply)](const Result<bool>& result) {
        reply(result ? Response { .status = 204, .contentType = {}, .body = {}, .headers = {} }
                     : respond(result.error()));
    };
}

/// A handler for a request with a body of type T.
template <typename T, typename Act> [[nodiscard]] Handler withBody(Act act)
{
    return [act = std::move(act)](const Call& call, const Reply& reply) {
        const auto body = bodyOf<T>(call);
        if (body)
            act(call, *body, reply);
        else
            reply(respond(body.error()));
    };
}

}
