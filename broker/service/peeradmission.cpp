// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/peeradmission.h"

#include "broker/service/log.h"

namespace wardesk::broker {

void PeerAdmission::authenticate(
    const std::string& credentials, const std::string& channelBinding, Done<PeerIdentity> done)
{
    const auto proven = checkProof(m_clusterSecret, credentials, m_ownKeySha256, channelBinding);
    if (!proven) {
        done(tl::unexpected(proven.error()));
        return;
    }
    m_membership.find(proven->opener.broker, proven->opener.epoch,
        [this, proof = *proven, done = std::move(done)](const Result<BrokerRecord>& record) {
            if (!record) {
                done(tl::unexpected(record.error()));
                return;
            }
            // The key of the record is what agents are told: it must be its broker's own.
            if (record->keySha256 == proof.openerKeySha256)
                noteProven(proof.openerKeySha256);
            else
                logEvent(LogLevel::alarm, "peer.anotherKey", { { "broker", record->name } });
            done(proof.opener);
        });
}

std::string PeerAdmission::authorizationFor(
    const BrokerRecord& broker, const std::string& channelBinding) const
{
    return "Broker " + proveTo(m_clusterSecret, proofFor(broker, channelBinding));
}

std::string PeerAdmission::answerTo(
    const PeerIdentity& opener, const std::string& channelBinding) const
{
    return broker::answerTo(m_clusterSecret,
        { .opener = opener,
            .openerKeySha256 = {}, // the answer is about the one who accepts
            .acceptorKeySha256 = m_ownKeySha256,
            .channelBinding = channelBinding });
}

bool PeerAdmission::isAnswer(
    const BrokerRecord& broker, const std::string& channelBinding, const std::string& answer)
{
    const bool isRight = isAnswerTo(m_clusterSecret, proofFor(broker, channelBinding), answer);
    if (isRight)
        noteProven(broker.keySha256);
    return isRight;
}

void PeerAdmission::noteProven(const std::string& keySha256)
{
    if (m_provenKeys.insert(keySha256).second && onProven)
        onProven();
}

std::vector<wire::BrokerEndpoint> PeerAdmission::endpoints() const
{
    std::vector<wire::BrokerEndpoint> endpoints;
    for (const BrokerRecord& broker : m_membership.known()) {
        if (broker.keySha256 == m_ownKeySha256 || m_provenKeys.contains(broker.keySha256))
            endpoints.push_back({ broker.agentHost, broker.agentPort, broker.keySha256 });
    }
    return endpoints;
}

PeerProof PeerAdmission::proofFor(
    const BrokerRecord& broker, const std::string& channelBinding) const
{
    const BrokerRecord& self = m_membership.self();
    return { .opener = { self.id, self.epoch },
        .openerKeySha256 = m_ownKeySha256,
        .acceptorKeySha256 = broker.keySha256,
        .channelBinding = channelBinding };
}

}
