// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/service/membership.h"
#include "broker/service/peerproof.h"

namespace wardesk::broker {

/// Lets other brokers in, and proves this one to them. The one who opens a connection trusts the
/// key in the other's row of the `brokers` table; the one who accepts it asks for a proof of the
/// cluster's secret. Main lane only.
class PeerAdmission
{
public:
    PeerAdmission(Membership& membership, Secret clusterSecret, std::string ownKeySha256)
        : m_membership(membership)
        , m_clusterSecret(std::move(clusterSecret))
        , m_ownKeySha256(std::move(ownKeySha256))
    {
    }
    /// The database is asked only after the proof was found good.
    void authenticate(
        const std::string& credentials, const std::string& channelBinding, Done<PeerIdentity> done);
    /// Value of the header "Authorization" for a connection to this broker.
    [[nodiscard]] std::string authorizationFor(
        const BrokerRecord& broker, const std::string& channelBinding) const;

private:
    Membership& m_membership;
    Secret m_clusterSecret;
    std::string m_ownKeySha256;
};

}
