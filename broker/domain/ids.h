// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/strongid.h"

namespace wardesk::broker {

using OrganisationId = StrongId<struct OrganisationTag>;
using UserId = StrongId<struct UserTag>;
using UserGroupId = StrongId<struct UserGroupTag>;
using TerminalGroupId = StrongId<struct TerminalGroupTag>;
using ImageId = StrongId<struct ImageTag>;
using PoolId = StrongId<struct PoolTag>;
using DesktopId = StrongId<struct DesktopTag>;
/// Of a virtualisation host. Empty is the one host of a broker that has no more.
using HostId = StrongId<struct HostTag>;
using RolloutId = StrongId<struct RolloutTag>;
using LeaseId = StrongId<struct LeaseTag>;
using BrokerId
    = StrongId<struct BrokerTag>; ///< of one broker process' identity, kept over restarts
using DomainUuid = StrongId<struct DomainUuidTag>; ///< of the libvirt domain: one per incarnation
/// SHA-256 (hex) of a secret that itself is never stored: tokens, tickets, bootstrap secrets.
using SecretHash = StrongId<struct SecretHashTag>;

/// Counts the lives of a desktop from 1. One incarnation serves one user, ever (R1).
using Incarnation = StrongNumber<struct IncarnationTag>;
/// From the database's one counter, never given twice (R3).
using Epoch = StrongNumber<struct EpochTag>;

}
