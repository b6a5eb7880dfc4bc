// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client-qt/core/flowstate.h"
#include "protocols/base/secret.h"

#include <cstdint>
#include <string>
#include <variant>

/// What the shell must do after a transition, in this order. Every answer comes back as an event
/// with the same attempt.
namespace wardesk::client {

struct SendSignIn
{
    std::uint64_t attempt = 0;
    std::string user;
    Secret password;
};
struct SendSignOut
{
}; ///< abandon what is under way, forget the token, tell the broker
struct OpenEvents
{
};
struct FetchTiles
{
    std::uint64_t attempt = 0;
};
struct SendConnect
{
    std::uint64_t attempt = 0;
    std::string pool;
    std::string key;
    bool resumeOnly = false; ///< the session that was shown, or nothing (R7)
};
struct RedeemTicket
{
    std::uint64_t attempt = 0;
    Secret ticket;
};
struct SendLeaseCommand
{
    std::uint64_t attempt = 0;
    std::string lease;
    LeaseAction action = LeaseAction::disconnect;
};
/// One timer: starting it again forgets the old one.
struct StartTimer
{
    std::uint64_t attempt = 0;
    int milliseconds = 0;
};
struct StopTimer
{
};
struct OpenDesktop
{
    std::uint64_t attempt = 0;
    std::string address;
    int port = 0;
    std::string fingerprint;
    bool clipboard = false;
};
struct GiveCredential
{
    std::string account;
    Secret credential;
};
/// keep: the last frame stays under "reconnecting"; clear: nothing of it may be seen any more.
enum class Frames { keep, clear };
struct CloseDesktop
{
    Frames frames = Frames::clear;
};

using Effect
    = std::variant<SendSignIn, SendSignOut, OpenEvents, FetchTiles, SendConnect, RedeemTicket,
        SendLeaseCommand, StartTimer, StopTimer, OpenDesktop, GiveCredential, CloseDesktop>;

}
