// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/app/clustersecret.h"

#include "broker/app/statedirectory.h"
#include "broker/http/durablefile.h"
#include "protocols/base/encoding.h"
#include "protocols/wire/codec.h"

#include <chrono>
#include <iostream>
#include <iterator>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

namespace wardesk::broker {

namespace {

struct ClusterBundle
{
    std::string authorityKey; ///< PEM
    std::string authorityCertificate; ///< PEM
    std::string secret;
};
BOOST_DESCRIBE_STRUCT(ClusterBundle, (), (authorityKey, authorityCertificate, secret))

std::string secretFile(const Config& config)
{
    return config.clusterSecretFile.empty() ? config.state + "/cluster.secret"
                                            : config.clusterSecretFile;
}

bool exists(const std::string& path)
{
    return ::access(path.c_str(), F_OK) == 0;
}

Result<Secret> readSecret(const std::string& path)
{
    struct stat about
    {
    };
    if (::stat(path.c_str(), &about) == 0 && (about.st_mode & 077U) != 0)
        return failure(
            Errc::invalidArgument, path + " can be read by others than its owner: chmod 600 it");
    auto content = readWhole(path);
    if (!content)
        return tl::unexpected(content.error());
    Secret secret(content->substr(0, content->find('\n')));
    sodium_memzero(content->data(), content->size());
    if (secret.reveal().size() < 32)
        return failure(Errc::invalidArgument,
            path + " is no cluster's secret: 32 characters or more are expected in its first line");
    return secret;
}

}

Result<Secret> clusterSecret(const Config& config, Store& store)
{
    const std::string file = secretFile(config);
    if (exists(file) && exists(config.state + "/ca.key"))
        return readSecret(file);
    const auto known = store.listBrokers(std::chrono::hours(24));
    if (!known)
        return tl::unexpected(known.error());
    for (const BrokerRecord& broker : *known) {
        if (broker.id.value() != brokerNameOf(config))
            return failure(Errc::conflict,
                "this broker has not joined the cluster of " + broker.name
                    + " yet: run 'wardesk-broker cluster export FILE' there, bring the file here, "
                      "and run 'wardesk-broker cluster join FILE'");
    }
    if (!exists(file)) {
        if (auto written = writeDurably(file, randomToken(32) + '\n', 0600); !written)
            return tl::unexpected(written.error());
    }
    return readSecret(file);
}

Result<void> exportCluster(const Config& config, const std::string& file)
{
    const auto key = readWhole(config.state + "/ca.key");
    const auto certificate = readWhole(config.state + "/ca.pem");
    const auto secret = readSecret(secretFile(config));
    if (!key || !certificate || !secret)
        return failure(Errc::notFound,
            "there is nothing to export yet: "
                + (!key           ? key.error().detail
                        : !secret ? secret.error().detail
                                  : certificate.error().detail)
                + ". Start this broker once, with a section [cluster]");
    std::string bundle
        = wire::encode(ClusterBundle { *key, *certificate, std::string(secret->reveal()) }) + '\n';
    Result<void> written;
    if (file == "-")
        std::cout << bundle << std::flush;
    else
        written = writeDurably(file, bundle, 0600);
    sodium_memzero(bundle.data(), bundle.size());
    return written;
}

Result<void> joinCluster(const Config& config, const std::string& file)
{
    Result<std::string> text = file == "-"
        ? Result<std::string>(std::string(std::istreambuf_iterator<char>(std::cin), {}))
        : readWhole(file);
    if (!text)
        return tl::unexpected(text.error());
    const auto bundle = wire::decode<ClusterBundle>(*text);
    sodium_memzero(text->data(), text->size());
    if (!bundle)
        return failure(Errc::invalidArgument,
            file + " is not what 'wardesk-broker cluster export' writes: " + bundle.error().detail);
    const std::string keyFile = config.state + "/ca.key";
    const auto own = readWhole(keyFile);
    if (own && *own != bundle->authorityKey)
        return failure(Errc::conflict,
            "this broker has an authority of its own already, which clients may trust. To join, "
            "move "
                + keyFile + " and " + config.state + "/ca.pem away first");
    if (auto prepared = StateDirectory::prepare(config.state); !prepared)
        return prepared;
    if (auto written = writeDurably(config.state + "/ca.pem", bundle->authorityCertificate, 0644);
        !written)
        return written;
    if (auto written = writeDurably(secretFile(config), bundle->secret + '\n', 0600); !written)
        return written;
    return writeDurably(keyFile, bundle->authorityKey, 0600); // last: it is what counts as joined
}

}
