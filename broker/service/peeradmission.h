// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/service/membership.h"
#include "broker/service/peerproof.h"
#include "protocols/wire/agentmessages.h"

#include <functional>
#include <set>
#include <vector>

namespace wardesk::broker {

/// Lets other brokers in, and proves this one to them. The one who opens a connection wants the key
/// in the other's row of the `brokers` table; both want a proof of the cluster's secret. Main lane
/// only.
class PeerAdmission
{
public:
    PeerAdmission(Membership& membership, Secret clusterSecret, std::string ownKeySha256)
        : m_membership(membership)
        , m_clusterSecret(std::move(clusterSecret))
        , m_ownKeySha256(std::move(ownKeySha256))
    {
    }
    /// Called when a broker has proven its key for the first time.
    std::function<void()> onProven;
    /// The database is asked only after the proof was found good.
    void authenticate(
        const std::string& credentials, const std::string& channelBinding, Done<PeerIdentity> done);
    /// Value of the header "Authorization" for a connection to this broker.
    [[nodiscard]] std::string authorizationFor(
        const BrokerRecord& broker, const std::string& channelBinding) const;
    /// What this broker answers to one that authenticate() has let in on this connection.
    [[nodiscard]] std::string answerTo(
        const PeerIdentity& opener, const std::string& channelBinding) const;
    /// Whether this is the answer of a broker of the cluster to what authorizationFor() made.
    [[nodiscard]] bool isAnswer(
        const BrokerRecord& broker, const std::string& channelBinding, const std::string& answer);
    /// Where agents may go: this broker, and those of the `brokers` table that have proven that the
    /// key that is theirs there belongs to a broker of the cluster. An agent obeys whoever has it.
    [[nodiscard]] std::vector<wire::BrokerEndpoint> endpoints() const;

private:
    void noteProven(const std::string& keySha256);
    [[nodiscard]] PeerProof proofFor(
        const BrokerRecord& broker, const std::string& channelBinding) const;

    Membership& m_membership;
    Secret m_clusterSecret;
    std::string m_ownKeySha256;
    std::set<std::string> m_provenKeys; ///< since this process began
};

}
