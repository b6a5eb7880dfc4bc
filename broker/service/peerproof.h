// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/service/peers.h"
#include "protocols/base/secret.h"

#include <string>

namespace wardesk::broker {

/// What a broker shows another one when it opens the channel: HMAC-SHA-256 under the cluster's
/// secret over who it is, whom it speaks to and the TLS connection itself (RFC 9266), so that a
/// proof that was seen somewhere is worth nothing anywhere else.
struct PeerProof
{
    PeerIdentity opener;
    std::string acceptorKeySha256;
    std::string channelBinding; ///< keying material exported from the TLS connection
};

/// The credentials after "Broker ": NAME.EPOCH.PROOF.
[[nodiscard]] std::string proveTo(const Secret& clusterSecret, const PeerProof& proof);
/// Who it is, if the proof is good for this key and connection; `unauthenticated` otherwise.
[[nodiscard]] Result<PeerIdentity> checkProof(const Secret& clusterSecret,
    const std::string& credentials, const std::string& ownKeySha256,
    const std::string& channelBinding);

/// What a broker may be called: letters, digits and hyphens, at most 63.
[[nodiscard]] bool isBrokerName(const std::string& name);

}
