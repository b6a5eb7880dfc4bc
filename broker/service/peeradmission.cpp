// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/peeradmission.h"

namespace wardesk::broker {

void PeerAdmission::authenticate(
    const std::string& credentials, const std::string& channelBinding, Done<PeerIdentity> done)
{
    const auto proven = checkProof(m_clusterSecret, credentials, m_ownKeySha256, channelBinding);
    if (!proven) {
        done(tl::unexpected(proven.error()));
        return;
    }
    m_membership.find(proven->broker, proven->epoch,
        [peer = *proven, done = std::move(done)](const Result<BrokerRecord>& record) {
            done(record ? Result<PeerIdentity>(peer) : tl::unexpected(record.error()));
        });
}

std::string PeerAdmission::authorizationFor(
    const BrokerRecord& broker, const std::string& channelBinding) const
{
    const BrokerRecord& self = m_membership.self();
    return "Broker "
        + proveTo(m_clusterSecret,
            { .opener = { self.id, self.epoch },
                .acceptorKeySha256 = broker.keySha256,
                .channelBinding = channelBinding });
}

}
