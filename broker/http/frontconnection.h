// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/http/frontstate.h"

namespace wardesk::broker {

/// Takes the socket over, or closes it at once when there are too many.
void startConnection(const std::shared_ptr<FrontState>& state, boost::asio::ip::tcp::socket socket);
void stopConnection(FrontConnection* connection);

}
