// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/secret.h"
#include "protocols/wire/agentmessages.h"

#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <variant>

/// What goes into the desktop core and what comes out of it. Plain data; see DESIGN.md.
namespace wardesk::desktop {

/// Clients that are shown the session, each by a number that is never used twice while it matters
/// (a socket's inode).
using Viewers = std::set<std::uint64_t>;

// --- events ---

struct LinkUp
{
}; ///< the broker can be reached (again); its loss is no event at all (R7, R8)
struct CommandReceived
{
    wire::AgentCommand command;
    Secret freshCredential; ///< randomness is an argument; used if the command turns out to be an
                            ///< obeyed prepare
};
struct CredentialOffered
{ ///< by PAM
    std::string account;
    Secret credential;
};
struct SessionStarted
{
}; ///< the prepared session has an X server and runs its script
struct SessionGone
{
}; ///< its leader has ended and nothing of the account runs any more
struct ViewersSeen
{
    Viewers viewers;
};
struct RdpAnswered
{ ///< a TLS handshake on port 3389 succeeded
    std::string certificateSha256;
};
struct RdpSilent
{
};
struct IdleMeasured
{
    std::chrono::milliseconds idle {};
};
struct Woken
{ ///< the machine was saved to the host's disk and runs again; clock and random numbers are good
    std::int64_t resumed = 0; ///< as the host named it
    std::optional<wire::ResetProof> proof; ///< taken anew
};
struct TimePassed
{
}; ///< to be sent no later than DesktopCore::deadline()

using Event = std::variant<LinkUp, CommandReceived, CredentialOffered, SessionStarted, SessionGone,
    ViewersSeen, RdpAnswered, RdpSilent, IdleMeasured, Woken, TimePassed>;

// --- effects, to be carried out in this order ---

struct SendReport
{ ///< dropped while there is no link: the next hello says it all
    wire::AgentReport report;
};
struct RememberState
{
}; ///< write DesktopCore::memory() down before going on (R3)
struct AcceptCredential
{
}; ///< the answer to CredentialOffered
struct RefuseCredential
{
    std::string why; ///< for the log
};
struct LockScreen
{
};
struct UnlockScreen
{
};
struct CutViewers
{
}; ///< end every RDP connection, keep the session
struct PlantMarks
{
}; ///< from now on there may be something of a user here
struct StartSession
{
};
struct EndSession
{
};

using Effect = std::variant<SendReport, RememberState, AcceptCredential, RefuseCredential,
    LockScreen, UnlockScreen, CutViewers, PlantMarks, StartSession, EndSession>;

}
