// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
//
// Every message decoder on any bytes: nothing may crash, and what was decoded must survive a round
// trip unchanged.
//   cmake --preset fuzz && ninja -C build/fuzz fuzz_messages && build/fuzz/bin/fuzz_messages
//   -max_total_time=60
#include "protocols/wire/adminmessages.h"
#include "protocols/wire/agentmessages.h"
#include "protocols/wire/clientmessages.h"
#include "protocols/wire/codec.h"
#include "protocols/wire/machinemessages.h"
#include "protocols/wire/peermessages.h"

#include <cstdlib>

namespace wire = wardesk::wire;

namespace {

template <typename T> void decode(std::string_view text)
{
    const auto message = wire::decode<T>(text);
    if (!message) {
        if (message.error().detail.empty())
            std::abort(); // an error must say something
        return;
    }
    const std::string once = wire::encode(*message);
    const auto again = wire::decode<T>(once, wire::Unknown::refuse);
    if (!again || wire::encode(*again) != once)
        std::abort();
}

template <typename... Messages> void decodeAll(std::string_view text)
{
    (decode<Messages>(text), ...);
}

}

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    decodeAll<wire::SignIn, wire::SignedIn, wire::DesktopList, wire::Connect, wire::Connection,
        wire::RedeemTicket, wire::OneTimeCredential, wire::Event, wire::ErrorBody,
        wire::AgentBootstrap, wire::MachineBootstrap, wire::MachineReport, wire::MachineWake,
        wire::AgentReport, wire::AgentCommand, wire::NewImage, wire::NewPool, wire::PoolChange,
        wire::PoolItem, wire::DesktopItem, wire::NewUser, wire::SessionItem, wire::AuditItem,
        wire::BrokerItem, wire::HostItem, wire::NewHost, wire::HostChange, wire::HostDrain,
        wire::HostLoss, wire::Health, wire::AdoptionStatus, wire::PeerMessage>(text);
    return 0;
}
