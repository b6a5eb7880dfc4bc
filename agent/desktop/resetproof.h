// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"
#include "protocols/wire/agentmessages.h"

#include <string>
#include <vector>

/// A mark is left wherever a session may leave something behind, when its user comes. Whoever finds
/// the mark of another incarnation is not in a fresh desktop.
namespace wardesk::desktop {

struct ProofPlaces
{
    std::vector<std::string> directories; ///< for marks
    std::string machineId = "/etc/machine-id";
    std::string bootId = "/proc/sys/kernel/random/boot_id";
    std::string rdpCertificate = "/etc/xrdp/rdp-cert.pem";
    std::string hostKeys = "/etc/ssh"; ///< directory
};

/// The home, and all that programs may write to.
[[nodiscard]] ProofPlaces proofPlacesOf(const std::string& home);

/// Before the session is started. An own mark is none that was left behind: the agent was started
/// again, or the disk is kept for the user whose mark it is.
[[nodiscard]] wire::ResetProof proveReset(
    const ProofPlaces& places, const wire::AgentBootstrap& self);

/// The keys as they are now: the RDP server's is made while the agent starts.
void readKeys(const ProofPlaces& places, wire::ResetProof& proof);

/// At the moment that the user comes (the id; may be empty). The first place that cannot be written
/// to is told.
[[nodiscard]] Result<void> plantMarks(
    const ProofPlaces& places, const wire::AgentBootstrap& self, const std::string& user);

}
