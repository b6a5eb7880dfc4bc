// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/peerproof.h"

#include "protocols/base/encoding.h"

#include <algorithm>
#include <charconv>
#include <sodium.h>

namespace wardesk::broker {

namespace {

std::string hmac(std::string_view key, const std::string& text)
{
    std::string out(crypto_auth_hmacsha256_BYTES, '\0');
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(
        &state, reinterpret_cast<const unsigned char*>(key.data()), key.size());
    crypto_auth_hmacsha256_update(
        &state, reinterpret_cast<const unsigned char*>(text.data()), text.size());
    crypto_auth_hmacsha256_final(&state, reinterpret_cast<unsigned char*>(out.data()));
    sodium_memzero(&state, sizeof state);
    return toHex(out);
}

std::string statement(const PeerProof& proof)
{
    return "wardesk peer 1\n" + proof.opener.broker.value() + '\n'
        + std::to_string(proof.opener.epoch.value()) + '\n' + proof.acceptorKeySha256 + '\n'
        + toHex(proof.channelBinding);
}

}

bool isBrokerName(const std::string& name)
{
    return !name.empty() && name.size() <= 63
        && std::all_of(name.begin(), name.end(), [](unsigned char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
                   || c == '-';
           });
}

std::string proveTo(const Secret& clusterSecret, const PeerProof& proof)
{
    return proof.opener.broker.value() + '.' + std::to_string(proof.opener.epoch.value()) + '.'
        + hmac(clusterSecret.reveal(), statement(proof));
}

Result<PeerIdentity> checkProof(const Secret& clusterSecret, const std::string& credentials,
    const std::string& ownKeySha256, const std::string& channelBinding)
{
    const auto refused = failure(Errc::unauthenticated,
        "This needs the proof of a broker that shares the cluster's secret.");
    const auto first = credentials.find('.');
    const auto second = credentials.find('.', first + 1);
    long long epoch = 0;
    if (first == std::string::npos || second == std::string::npos || clusterSecret.isEmpty()
        || channelBinding.empty())
        return refused;
    const char* end = credentials.data() + second;
    const auto parsed = std::from_chars(credentials.data() + first + 1, end, epoch);
    if (parsed.ec != std::errc() || parsed.ptr != end)
        return refused;
    const PeerProof proof { .opener = { BrokerId(credentials.substr(0, first)), Epoch(epoch) },
        .acceptorKeySha256 = ownKeySha256,
        .channelBinding = channelBinding };
    if (!isBrokerName(proof.opener.broker.value())
        || !Secret(proveTo(clusterSecret, proof)).equals(credentials))
        return refused;
    return proof.opener;
}

}
