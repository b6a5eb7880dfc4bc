// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/app/config.h"

#include "broker/http/durablefile.h"
#include "broker/service/addressrange.h"
#include "broker/service/peerproof.h"
#include "broker/store/postgressettings.h"
#include "protocols/base/encoding.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <functional>
#include <map>
#include <optional>
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>
#include <unistd.h>

namespace wardesk::broker {

namespace {

/// Takes a value or says what was expected instead.
using Setter = std::function<std::optional<std::string>(const toml::node&)>;
using Section = std::map<std::string, Setter>;

Setter text(std::string& into)
{
    return [&into](const toml::node& node) -> std::optional<std::string> {
        const auto value = node.value_exact<std::string>();
        if (!value || value->empty())
            return "text in quotes";
        into = *value;
        return std::nullopt;
    };
}

Setter oneOf(std::string& into, std::vector<std::string> allowed)
{
    return [&into, allowed = std::move(allowed)](
               const toml::node& node) -> std::optional<std::string> {
        const auto value = node.value_exact<std::string>();
        if (value && std::find(allowed.begin(), allowed.end(), *value) != allowed.end()) {
            into = *value;
            return std::nullopt;
        }
        std::string words = "one of";
        for (const std::string& word : allowed)
            words += " \"" + word + '"';
        return words;
    };
}

Setter list(std::vector<std::string>& into)
{
    return [&into](const toml::node& node) -> std::optional<std::string> {
        const toml::array* array = node.as_array();
        if (array == nullptr || array->empty())
            return "a list of texts, like [\"127.0.0.1:8443\"]";
        std::vector<std::string> values;
        for (const toml::node& element : *array) {
            const auto value = element.value_exact<std::string>();
            if (!value || value->empty())
                return "a list of texts, like [\"127.0.0.1:8443\"]";
            values.push_back(*value);
        }
        into = std::move(values);
        return std::nullopt;
    };
}

bool isNumericAddress(const std::string& host)
{
    std::array<unsigned char, sizeof(in6_addr)> parsed {};
    if (host.starts_with('[') && host.ends_with(']'))
        return ::inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), parsed.data()) == 1;
    return ::inet_pton(AF_INET, host.c_str(), parsed.data()) == 1;
}

/// What the front can bind.
Setter listenList(std::vector<std::string>& into)
{
    return [&into](const toml::node& node) -> std::optional<std::string> {
        std::vector<std::string> values;
        if (const auto expected = list(values)(node))
            return expected;
        for (const std::string& value : values) {
            const auto parts = splitHostPort(value);
            if (!parts || !isNumericAddress(parts->host))
                return "ADDRESS:PORT like \"127.0.0.1:8443\" or \"[::1]:8443\" instead of \""
                    + value + '"';
        }
        into = std::move(values);
        return std::nullopt;
    };
}

template <typename T, typename Store>
Setter number(std::int64_t low, std::int64_t high, Store store)
{
    return [low, high, store](const toml::node& node) -> std::optional<std::string> {
        const auto value = node.value_exact<std::int64_t>();
        if (!value || *value < low || *value > high)
            return "a whole number from " + std::to_string(low) + " to " + std::to_string(high);
        store(static_cast<T>(*value));
        return std::nullopt;
    };
}

template <typename T> Setter number(T& into, std::int64_t low, std::int64_t high)
{
    return number<T>(low, high, [&into](T value) { into = value; });
}

Setter seconds(std::chrono::milliseconds& into, std::int64_t low, std::int64_t high)
{
    return number<std::int64_t>(
        low, high, [&into](std::int64_t value) { into = std::chrono::seconds(value); });
}

Setter address(std::string& into)
{
    return [&into](const toml::node& node) -> std::optional<std::string> {
        const auto value = node.value_exact<std::string>();
        if (!value || !ipv4FromText(*value))
            return "an IPv4 address in quotes, like \"10.213.0.16\"";
        into = *value;
        return std::nullopt;
    };
}

Setter hostPort(std::string& into)
{
    return [&into](const toml::node& node) -> std::optional<std::string> {
        const auto value = node.value_exact<std::string>();
        if (!value || !splitHostPort(*value))
            return "HOST:PORT in quotes, like \"10.213.0.1:8443\"";
        into = *value;
        return std::nullopt;
    };
}

Setter database(std::string& into)
{
    return [&into](const toml::node& node) -> std::optional<std::string> {
        const auto value = node.value_exact<std::string>();
        if (!value || value->empty())
            return "text in quotes";
        if (*value != "sqlite") {
            if (const auto settings = parsePostgres(*value, ""); !settings)
                return settings.error().detail;
        }
        into = *value;
        return std::nullopt;
    };
}

Setter absolutePath(std::string& into)
{
    return [&into](const toml::node& node) -> std::optional<std::string> {
        const auto value = node.value_exact<std::string>();
        if (!value || !value->starts_with('/'))
            return "an absolute path in quotes";
        into = *value;
        return std::nullopt;
    };
}

Setter brokerName(std::string& into)
{
    return [&into](const toml::node& node) -> std::optional<std::string> {
        const auto value = node.value_exact<std::string>();
        if (!value || !isBrokerName(*value))
            return "a name of letters, digits and hyphens in quotes, like \"broker-1\"";
        into = *value;
        return std::nullopt;
    };
}

std::map<std::string, Section> sectionsOf(Config& config)
{
    return {
        { "broker",
            { { "listen", listenList(config.listen) }, { "names", list(config.names) },
                { "state", text(config.state) }, { "site", text(config.site) },
                { "organisation", text(config.organisation) } } },
        { "hypervisor",
            { { "uri", text(config.uri) }, { "network", text(config.network) },
                { "prefix", number(config.prefix, 8, 30) },
                { "first_address", address(config.firstAddress) },
                { "last_address", address(config.lastAddress) },
                { "agent_address", hostPort(config.agentAddress) },
                { "upper_mib", number(config.upperMiB, 16, 1024 * 1024) },
                { "kept_folder", absolutePath(config.keptFolder) },
                { "qemu_uri", text(config.machines.uri) },
                { "qemu_storage", text(config.machines.storage) },
                { "qemu_acceleration",
                    oneOf(config.machines.acceleration, { "probe", "kvm", "emulation" }) } } },
        { "store",
            { { "database", database(config.store.database) },
                { "password_file", absolutePath(config.store.passwordFile) },
                { "threads", number(config.store.threads, 1, 64) } } },
        { "cluster",
            { { "name", brokerName(config.brokerName) },
                { "peer_address", hostPort(config.peerAddress) },
                { "secret_file", absolutePath(config.clusterSecretFile) } } },
        { "limits",
            { { "connections", number(config.front.connections, 16, 1000000) },
                { "connections_per_address",
                    number(config.front.connectionsPerAddress, 1, 1000000) },
                { "starts_at_once", number(config.pools.startsAtOnce, 1, 1000) },
                { "starts_per_host", number(config.pools.startsPerHost, 1, 1000) },
                { "host_dead_after_seconds", seconds(config.hosts.deadAfter, 2, 3600) },
                { "calm_seconds", seconds(config.pools.calm, 0, 86400) },
                { "start_attempts", number(config.pools.startAttempts, 1, 1000) },
                { "ready_within_seconds", seconds(config.pools.readyWithin, 1, 3600) },
                { "never_connected_after_seconds",
                    seconds(config.pools.neverConnectedAfter, 30, 86400) },
                { "handshake_seconds", seconds(config.front.handshake, 1, 300) },
                { "request_seconds", seconds(config.front.request, 1, 300) } } },
    };
}

tl::unexpected<Error> at(
    const std::string& path, const toml::source_region& source, const std::string& words)
{
    return failure(
        Errc::invalidArgument, path + ':' + std::to_string(source.begin.line) + ": " + words);
}

std::string namesOf(const auto& map)
{
    std::string names;
    for (const auto& [name, value] : map)
        names += (names.empty() ? "" : ", ") + name;
    return names;
}

}

std::string brokerNameOf(const Config& config)
{
    if (!config.brokerName.empty())
        return config.brokerName;
    std::array<char, 256> host {};
    std::string name;
    if (::gethostname(host.data(), host.size() - 1) == 0)
        name = host.data();
    name = name.substr(0, std::min<std::size_t>(name.find('.'), 40));
    // Two on one machine have two state directories.
    return (isBrokerName(name) ? name : "broker") + '-' + sha256Hex(config.state).substr(0, 6);
}

Result<HostPort> splitHostPort(const std::string& value)
{
    const auto colon = value.rfind(':');
    HostPort parts;
    if (colon == std::string::npos || colon == 0)
        return failure(Errc::invalidArgument, "HOST:PORT is expected");
    parts.host = value.substr(0, colon);
    const char* end = value.data() + value.size();
    const auto parsed = std::from_chars(value.data() + colon + 1, end, parts.port);
    if (parsed.ec != std::errc() || parsed.ptr != end || parts.port < 1 || parts.port > 65535)
        return failure(Errc::invalidArgument, "HOST:PORT is expected");
    return parts;
}

Result<Config> parseConfig(const std::string& content, const std::string& path)
{
    toml::parse_result parsed = toml::parse(content);
    if (!parsed)
        return at(path, parsed.error().source(), std::string(parsed.error().description()));
    Config config;
    auto sections = sectionsOf(config);
    for (const auto& [sectionKey, sectionNode] : parsed.table()) {
        const auto section = sections.find(std::string(sectionKey.str()));
        if (section == sections.end())
            return at(path, sectionKey.source(),
                "there is no section [" + std::string(sectionKey.str())
                    + "]; known are: " + namesOf(sections));
        const toml::table* table = sectionNode.as_table();
        if (table == nullptr)
            return at(path, sectionNode.source(),
                "'" + section->first + "' must be a section, written [" + section->first + ']');
        config.clustered = config.clustered || section->first == "cluster";
        for (const auto& [key, node] : *table) {
            const auto setter = section->second.find(std::string(key.str()));
            if (setter == section->second.end())
                return at(path, key.source(),
                    "[" + section->first + "] has no key '" + std::string(key.str())
                        + "'; known are: " + namesOf(section->second));
            if (const auto expected = setter->second(node))
                return at(path, node.source(),
                    "'" + setter->first + "' is wrong: " + *expected + " is expected");
        }
    }
    if (config.state.front() != '/')
        return failure(
            Errc::invalidArgument, path + ": 'state' is wrong: an absolute path is expected");
    if (config.clustered && config.store.database == "sqlite")
        return failure(Errc::invalidArgument,
            path
                + ": [cluster] needs [store] 'database': several brokers share a PostgreSQL "
                  "server");
    if (config.clustered && config.peerAddress.empty())
        return failure(Errc::invalidArgument,
            path
                + ": [cluster] needs 'peer_address': HOST:PORT of this broker as seen from others");
    if (countAddresses(config.firstAddress, config.lastAddress) < 1)
        return failure(Errc::invalidArgument,
            path + ": 'last_address' is wrong: an address not below 'first_address' is expected");
    return config;
}

Result<Config> readConfig(const std::string& path)
{
    const auto content = readWhole(path);
    if (!content)
        return tl::unexpected(content.error());
    return parseConfig(*content, path);
}

}
