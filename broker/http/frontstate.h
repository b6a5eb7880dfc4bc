// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/http/front.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <list>
#include <map>
#include <set>

namespace wardesk::broker {

class FrontConnection;

/// What all connections of a front share; they keep it alive.
struct FrontState
{
    FrontState(
        boost::asio::io_context& context, Gate& theGate, Meters& theMeters, FrontLimits theLimits)
        : io(context)
        , gate(theGate)
        , meters(theMeters)
        , limits(theLimits)
        , tls(boost::asio::ssl::context::tls_server)
    {
    }
    boost::asio::io_context& io;
    Gate& gate;
    Meters& meters;
    FrontLimits limits;
    boost::asio::ssl::context tls;
    bool stopped = false;
    std::size_t bodyBytes = 0; ///< promised by requests that are being read now
    std::size_t refusing = 0; ///< connections that are one too many and will be told
    std::map<std::string, std::size_t> perAddress; ///< connections with a finished handshake
    std::list<FrontConnection*> handshakes; ///< unfinished ones, oldest first
    std::set<FrontConnection*> connections;
};

}
