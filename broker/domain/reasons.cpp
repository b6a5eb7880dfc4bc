// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/domain/reasons.h"

#include <array>
#include <utility>

namespace wardesk::broker {

namespace {

template <typename Reason> using Name = std::pair<Reason, std::string_view>;

constexpr std::array endReasons {
    Name<EndReason> { EndReason::loggedOff, "loggedOff" },
    Name<EndReason> { EndReason::neverConnected, "neverConnected" },
    Name<EndReason> { EndReason::restarted, "restarted" },
    Name<EndReason> { EndReason::recycledByAdmin, "recycledByAdmin" },
    Name<EndReason> { EndReason::failedToStart, "failedToStart" },
    Name<EndReason> { EndReason::becameUnready, "becameUnready" },
    Name<EndReason> { EndReason::poolShrunk, "poolShrunk" },
    Name<EndReason> { EndReason::imageChanged, "imageChanged" },
    Name<EndReason> { EndReason::poolDeleted, "poolDeleted" },
    Name<EndReason> { EndReason::domainGone, "domainGone" },
    Name<EndReason> { EndReason::databaseRestored, "databaseRestored" },
    Name<EndReason> { EndReason::hostDrained, "hostDrained" },
    Name<EndReason> { EndReason::unassigned, "unassigned" },
};

constexpr std::array closeReasons {
    Name<CloseReason> { CloseReason::loggedOff, "loggedOff" },
    Name<CloseReason> { CloseReason::neverConnected, "neverConnected" },
    Name<CloseReason> { CloseReason::restarted, "restarted" },
    Name<CloseReason> { CloseReason::endedByAdmin, "endedByAdmin" },
    Name<CloseReason> { CloseReason::desktopLost, "desktopLost" },
    Name<CloseReason> { CloseReason::forcedRollout, "forcedRollout" },
    Name<CloseReason> { CloseReason::hostLost, "hostLost" },
    Name<CloseReason> { CloseReason::hostDrained, "hostDrained" },
    Name<CloseReason> { CloseReason::neverReady, "neverReady" },
};

constexpr std::array poolKinds {
    Name<PoolKind> { PoolKind::floating, "floating" },
    Name<PoolKind> { PoolKind::dedicated, "dedicated" },
    Name<PoolKind> { PoolKind::shared, "shared" },
};

constexpr std::array spreads {
    Name<Spread> { Spread::soft, "soft" },
    Name<Spread> { Spread::strict, "strict" },
};

constexpr std::array imageStates {
    Name<ImageState> { ImageState::imported, "imported" },
    Name<ImageState> { ImageState::published, "published" },
    Name<ImageState> { ImageState::retired, "retired" },
};

constexpr std::array rolloutModes {
    Name<RolloutMode> { RolloutMode::whenLoggedOff, "whenLoggedOff" },
    Name<RolloutMode> { RolloutMode::force, "force" },
};

constexpr std::array rolloutStates {
    Name<RolloutState> { RolloutState::scheduled, "scheduled" },
    Name<RolloutState> { RolloutState::running, "running" },
    Name<RolloutState> { RolloutState::stopped, "stopped" },
    Name<RolloutState> { RolloutState::done, "done" },
    Name<RolloutState> { RolloutState::cancelled, "cancelled" },
    Name<RolloutState> { RolloutState::rolledBack, "rolledBack" },
};

constexpr std::array evidenceKinds {
    Name<EvidenceKind> { EvidenceKind::proof, "proof" },
    Name<EvidenceKind> { EvidenceKind::quarantine, "quarantine" },
    Name<EvidenceKind> { EvidenceKind::release, "release" },
};

template <typename Names, typename Reason> std::string nameIn(const Names& names, Reason reason)
{
    for (const auto& [value, name] : names) {
        if (value == reason)
            return std::string(name);
    }
    return {};
}

template <typename Reason, typename Names>
std::optional<Reason> namedIn(const Names& names, std::string_view wanted)
{
    for (const auto& [value, name] : names) {
        if (name == wanted)
            return value;
    }
    return std::nullopt;
}

}

EndReason endReasonOf(CloseReason reason)
{
    switch (reason) {
    case CloseReason::loggedOff:
        return EndReason::loggedOff;
    case CloseReason::neverConnected:
        return EndReason::neverConnected;
    case CloseReason::restarted:
        return EndReason::restarted;
    case CloseReason::endedByAdmin:
        return EndReason::recycledByAdmin;
    case CloseReason::desktopLost:
        return EndReason::domainGone;
    case CloseReason::forcedRollout:
        return EndReason::imageChanged;
    case CloseReason::hostLost:
        return EndReason::domainGone;
    case CloseReason::hostDrained:
        return EndReason::hostDrained;
    case CloseReason::neverReady:
        return EndReason::becameUnready;
    }
    return EndReason::recycledByAdmin; // not reached: the enum is closed
}

std::string nameOf(EndReason reason)
{
    return nameIn(endReasons, reason);
}

std::string nameOf(CloseReason reason)
{
    return nameIn(closeReasons, reason);
}

std::string nameOf(EvidenceKind kind)
{
    return nameIn(evidenceKinds, kind);
}

std::optional<EvidenceKind> evidenceKindNamed(std::string_view name)
{
    return namedIn<EvidenceKind>(evidenceKinds, name);
}

std::optional<EndReason> endReasonNamed(std::string_view name)
{
    return namedIn<EndReason>(endReasons, name);
}

std::optional<CloseReason> closeReasonNamed(std::string_view name)
{
    return namedIn<CloseReason>(closeReasons, name);
}

std::string nameOf(ImageState state)
{
    return nameIn(imageStates, state);
}

std::string nameOf(RolloutMode mode)
{
    return nameIn(rolloutModes, mode);
}

std::string nameOf(RolloutState state)
{
    return nameIn(rolloutStates, state);
}

std::string nameOf(PoolKind kind)
{
    return nameIn(poolKinds, kind);
}

std::optional<PoolKind> poolKindNamed(std::string_view name)
{
    return namedIn<PoolKind>(poolKinds, name);
}

std::string nameOf(Spread spread)
{
    return nameIn(spreads, spread);
}

std::optional<Spread> spreadNamed(std::string_view name)
{
    return namedIn<Spread>(spreads, name);
}

std::optional<ImageState> imageStateNamed(std::string_view name)
{
    return namedIn<ImageState>(imageStates, name);
}

std::optional<RolloutMode> rolloutModeNamed(std::string_view name)
{
    return namedIn<RolloutMode>(rolloutModes, name);
}

std::optional<RolloutState> rolloutStateNamed(std::string_view name)
{
    return namedIn<RolloutState>(rolloutStates, name);
}

}
