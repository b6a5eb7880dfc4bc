// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/ids.h"
#include "protocols/base/clock.h"
#include "protocols/base/error.h"

#include <optional>
#include <string>
#include <vector>

namespace wardesk::broker {

enum class EvidenceKind {
    proof, ///< what the agent of a fresh incarnation showed
    quarantine, ///< why a desktop was set aside, and what was seen
    release ///< who took it back, and why
};

/// What was seen of a desktop. Written once and kept.
struct Evidence
{
    OrganisationId organisation;
    DesktopId desktop;
    Incarnation incarnation;
    WallTime at {};
    EvidenceKind kind = EvidenceKind::quarantine;
    std::string by; ///< user name, or "broker"; proof: the image
    std::string reason; ///< in words; proof: empty when it is good
    std::string seen; ///< rows, the host's word, the agent's word; proof: as JSON
    bool operator==(const Evidence&) const = default;
};

/// The part of the database's port for evidence.
class EvidenceStore
{
public:
    virtual ~EvidenceStore() = default;
    [[nodiscard]] virtual Result<void> recordEvidence(const Evidence& evidence) = 0;
    /// The newest first.
    [[nodiscard]] virtual Result<std::vector<Evidence>> listEvidence(
        const DesktopId& desktop, int newest)
        = 0;
    /// The proof of the newest incarnation up to this one that has any.
    [[nodiscard]] virtual Result<std::optional<Evidence>> findProof(
        const DesktopId& desktop, Incarnation upTo)
        = 0;
};

}
