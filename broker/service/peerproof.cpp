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

std::string statement(const char* what, const PeerProof& proof)
{
    return what
        + ('\n' + proof.opener.broker.value() + '\n' + std::to_string(proof.opener.epoch.value())
            + '\n' + proof.acceptorKeySha256 + '\n' + toHex(proof.channelBinding));
}

constexpr const char* opening = "wardesk peer 1";
constexpr const char* accepting = "wardesk peer answer 1"; // or a proof could be sent back as it is

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
        + proof.openerKeySha256 + '.'
        + hmac(clusterSecret.reveal(), statement(opening, proof) + '\n' + proof.openerKeySha256);
}

std::string answerTo(const Secret& clusterSecret, const PeerProof& proof)
{
    return hmac(clusterSecret.reveal(), statement(accepting, proof));
}

bool isAnswerTo(const Secret& clusterSecret, const PeerProof& proof, const std::string& answer)
{
    return !clusterSecret.isEmpty() && !proof.channelBinding.empty()
        && Secret(answerTo(clusterSecret, proof)).equals(answer);
}

Result<PeerProof> checkProof(const Secret& clusterSecret, const std::string& credentials,
    const std::string& ownKeySha256, const std::string& channelBinding)
{
    const auto refused = failure(Errc::unauthenticated,
        "This needs the proof of a broker that shares the cluster's secret.");
    const auto first = credentials.find('.');
    const auto second = credentials.find('.', first + 1);
    const auto third = credentials.find('.', second + 1);
    long long epoch = 0;
    if (first == std::string::npos || second == std::string::npos || third == std::string::npos
        || clusterSecret.isEmpty() || channelBinding.empty())
        return refused;
    const char* end = credentials.data() + second;
    const auto parsed = std::from_chars(credentials.data() + first + 1, end, epoch);
    if (parsed.ec != std::errc() || parsed.ptr != end)
        return refused;
    const PeerProof proof { .opener = { BrokerId(credentials.substr(0, first)), Epoch(epoch) },
        .openerKeySha256 = credentials.substr(second + 1, third - second - 1),
        .acceptorKeySha256 = ownKeySha256,
        .channelBinding = channelBinding };
    if (!isBrokerName(proof.opener.broker.value())
        || !Secret(proveTo(clusterSecret, proof)).equals(credentials))
        return refused;
    return proof;
}

}
