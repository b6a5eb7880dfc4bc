// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/service/peers.h"
#include "protocols/base/secret.h"

#include <string>

namespace wardesk::broker {

/// What two brokers show each other when a channel is opened: HMAC-SHA-256 under the cluster's
/// secret over who opens it, whom it speaks to and the TLS connection itself (RFC 9266), so that a
/// proof that was seen somewhere is worth nothing anywhere else. Both do: the key in the `brokers`
/// table is what whoever can write to the database says it is.
struct PeerProof
{
    PeerIdentity opener;
    std::string openerKeySha256; ///< that its own clients and agents find
    std::string acceptorKeySha256;
    std::string channelBinding; ///< keying material exported from the TLS connection
};

/// The credentials after "Broker ": NAME.EPOCH.KEY.PROOF.
[[nodiscard]] std::string proveTo(const Secret& clusterSecret, const PeerProof& proof);
/// Who it is, if the proof is good for this key and connection; `unauthenticated` otherwise.
[[nodiscard]] Result<PeerProof> checkProof(const Secret& clusterSecret,
    const std::string& credentials, const std::string& ownKeySha256,
    const std::string& channelBinding);

/// What the one who accepts answers with: that it has the secret, too, on this very connection.
[[nodiscard]] std::string answerTo(const Secret& clusterSecret, const PeerProof& proof);
[[nodiscard]] bool isAnswerTo(
    const Secret& clusterSecret, const PeerProof& proof, const std::string& answer);

/// What a broker may be called: letters, digits and hyphens, at most 63.
[[nodiscard]] bool isBrokerName(const std::string& name);

}
