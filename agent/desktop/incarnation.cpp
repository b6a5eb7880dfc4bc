// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/desktop/incarnation.h"

#include "agent/desktop/files.h"
#include "protocols/base/encoding.h"
#include "protocols/wire/codec.h"

#include <algorithm>
#include <unistd.h>

namespace wardesk::desktop {

namespace {

Result<void> check(const wire::AgentBootstrap& bootstrap)
{
    const auto key = fromHex(bootstrap.brokerKeySha256);
    if (bootstrap.brokerHost.empty() || bootstrap.brokerPort < 1 || bootstrap.brokerPort > 65535)
        return failure(Errc::invalidArgument, "the bootstrap names no broker");
    if (!key || key->size() != 32)
        return failure(Errc::invalidArgument, "the bootstrap's broker key is not a SHA-256");
    if (auto good = checkBrokers(bootstrap); !good)
        return good;
    if (bootstrap.desktop.empty() || bootstrap.secret.empty())
        return failure(Errc::invalidArgument, "the bootstrap names no desktop, or has no secret");
    if (bootstrap.seats
        && (*bootstrap.seats < 1 || bootstrap.accounts.value_or(0) < *bootstrap.seats
            || *bootstrap.accounts > 4096))
        return failure(Errc::invalidArgument, "the bootstrap's seats and accounts do not fit");
    // Both end up in an HTTP header.
    const auto isPlain = [](unsigned char c) { return c > 0x20 && c < 0x7f; };
    if (!std::all_of(bootstrap.desktop.begin(), bootstrap.desktop.end(), isPlain)
        || !std::all_of(bootstrap.secret.begin(), bootstrap.secret.end(), isPlain))
        return failure(
            Errc::invalidArgument, "the bootstrap's desktop or secret has odd characters");
    return {};
}

template <typename T> Result<T> load(const std::string& path)
{
    auto text = readFile(path, 256U << 10U); // of a shared desktop all sessions that it has had
    if (!text)
        return tl::unexpected(text.error());
    auto value = wire::decode<T>(*text);
    if (!value)
        return failure(value.error().code, path + ": " + value.error().detail);
    return value;
}

}

Result<void> checkBrokers(const wire::AgentBootstrap& bootstrap)
{
    if (!bootstrap.brokers)
        return {};
    if (bootstrap.brokers->empty() || bootstrap.brokers->size() > 64)
        return failure(Errc::invalidArgument, "the list of brokers is empty or too long");
    for (const wire::BrokerEndpoint& broker : *bootstrap.brokers) {
        const auto key = fromHex(broker.keySha256);
        if (broker.host.empty() || broker.port < 1 || broker.port > 65535 || !key
            || key->size() != 32)
            return failure(
                Errc::invalidArgument, "the list of brokers has one without address or key");
    }
    return {};
}

Result<Incarnation> loadIncarnation(const std::string& runDirectory)
{
    const std::string bootstrapPath = runDirectory + "/bootstrap.json";
    auto state = load<Incarnation>(runDirectory + "/state.json");
    auto bootstrap = load<wire::AgentBootstrap>(bootstrapPath);
    if (!bootstrap && bootstrap.error().code != Errc::notFound)
        return tl::unexpected(bootstrap.error());
    if (!bootstrap && !state) {
        if (state.error().code == Errc::notFound)
            return failure(
                Errc::notFound, "there is no " + bootstrapPath + " and no earlier state");
        return tl::unexpected(state.error());
    }

    Incarnation incarnation;
    if (!bootstrap) {
        incarnation = std::move(*state);
    } else {
        const bool isSame = state && state->bootstrap.desktop == bootstrap->desktop
            && state->bootstrap.incarnation == bootstrap->incarnation;
        if (isSame)
            incarnation = std::move(*state);
        incarnation.bootstrap = std::move(*bootstrap);
    }
    if (auto good = check(incarnation.bootstrap); !good)
        return tl::unexpected(good.error());
    incarnation.memory.epoch = std::max(incarnation.memory.epoch, incarnation.bootstrap.epoch);

    if (bootstrap) {
        // Remembered before it is removed: a crash in between loses nothing.
        if (auto saved = saveIncarnation(runDirectory, incarnation); !saved)
            return tl::unexpected(saved.error());
        ::unlink(bootstrapPath.c_str());
    }
    return incarnation;
}

Result<void> saveIncarnation(const std::string& runDirectory, const Incarnation& incarnation)
{
    return replaceFile(
        runDirectory + "/state.json", wire::encode(incarnation), { 0600, std::nullopt });
}

}
