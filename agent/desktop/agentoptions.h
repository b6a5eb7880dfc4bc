// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/desktop/account.h"
#include "agent/desktop/machineidentity.h"
#include "agent/desktop/rdpwatch.h"
#include "agent/desktop/resetproof.h"
#include "agent/desktop/sessioncontrol.h"
#include "agent/link/brokerlink.h"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace wardesk::desktop {

struct AgentOptions
{
    std::string runDirectory = "/run/wardesk";
    std::string account = "clinician"; ///< in a shared desktop the accounts' names begin with it
    std::vector<std::string> sessionCommand { "xrdp-sesrun", "-g", "1200x800", "-b", "32" };
    std::vector<std::string> lockCommand { "i3lock", "-n", "-u", "-c", "203040" };
    std::vector<std::string> idleCommand { "xprintidle" };
    /// Shared desktops, as root; with the account's name behind it: makes the account, and ends it
    /// with all that is left of it. Both may be run again.
    std::vector<std::string> makeAccount { "/usr/sbin/wardesk-agent", "make-account" };
    std::vector<std::string> emptyAccount { "/usr/sbin/wardesk-agent", "empty-account" };
    /// What the system knows of an account.
    std::function<Result<Account>(const std::string& name)> findAccount = Account::find;
    bool separatesAccounts = true; ///< shared desktops: see separateAccounts()
    /// A prepare waits so long for its session: less than the broker does for the answer.
    std::chrono::milliseconds prepareWithin { 3'500 };
    std::optional<ProofPlaces> proofPlaces; ///< nothing: those of the account
    RdpEndpoint rdp;
    std::string procNet = "/proc/net";
    std::string version;
    /// Virtual machines: the port by which the host says that this one was resumed. Empty: none.
    std::string wakePort;
    std::optional<MachinePlaces> machine; ///< nothing: what the wake port says is refused
    RdpWatch::Timing rdpTiming {};
    SessionControl::Timing sessionTiming {};
    agent::BrokerLink::Options link {};
};

}
