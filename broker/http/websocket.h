// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/http/front.h"
#include "broker/http/textsocket.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>

namespace wardesk::broker {

/// Of the answer to an upgrade: what the other broker is proven with (peerproof.h).
inline constexpr const char* peerAnswerHeader = "Wardesk-Peer";

/// Answers the upgrade and calls `opened.use` when the socket is open. `keep` owns the stream and
/// lives as long as the socket.
std::weak_ptr<TextSocket> acceptWebSocket(
    boost::asio::ssl::stream<boost::asio::ip::tcp::socket>& stream,
    boost::beast::http::request<boost::beast::http::string_body> request, const FrontLimits& limits,
    std::shared_ptr<void> keep, Gate::Opened opened);

/// What the opening side asks for.
struct UpgradeWish
{
    std::string host; ///< HOST:PORT
    std::string target;
    std::string authorization; ///< the whole value of the header
    /// Whether the one who answers is who it should be, by its peerAnswerHeader; before anything is
    /// said to it.
    std::function<bool(const std::string& answer)> isRight;
};

/// The client's side of an upgrade, on a stream whose TLS handshake is done. The handlers of the
/// socket must be set inside `done`.
void openWebSocket(boost::asio::ssl::stream<boost::asio::ip::tcp::socket>& stream,
    const UpgradeWish& wish, const FrontLimits& limits, std::shared_ptr<void> keep,
    std::function<void(Result<std::shared_ptr<TextSocket>>)> done);

}
