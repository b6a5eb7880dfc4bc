// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/ctl/settings.h"

#include <cstdlib>
#include <filesystem>
#include <toml++/toml.h>

namespace wardesk::ctl {

namespace {

std::string configFolder(const Environment& environment)
{
    if (const auto folder = environment("XDG_CONFIG_HOME"); folder && !folder->empty())
        return *folder + "/wardesk";
    return environment("HOME").value_or("") + "/.config/wardesk";
}

void fill(std::string& value, const std::optional<std::string>& other)
{
    if (value.empty() && other)
        value = *other;
}

Result<void> readFile(const std::string& path, Settings& settings)
{
    if (!std::filesystem::exists(path))
        return {};
    toml::table file;
    try {
        file = toml::parse_file(path);
    } catch (const toml::parse_error& error) {
        return failure(Errc::invalidArgument,
            path + ", line " + std::to_string(error.source().begin.line) + ": "
                + std::string(error.description()));
    }
    for (const auto& [key, node] : file) {
        const std::string name(key.str());
        const std::string where
            = path + ", line " + std::to_string(node.source().begin.line) + ": ";
        std::string* target = name == "url" ? &settings.url
            : name == "ca"                  ? &settings.authority
            : name == "token-file"          ? &settings.tokenFile
                                            : nullptr;
        if (target == nullptr)
            return failure(Errc::invalidArgument,
                where + "there is no key '" + name + "'; url, ca and token-file are expected");
        const auto value = node.value_exact<std::string>();
        if (!value)
            return failure(Errc::invalidArgument, where + "'" + name + "' must be text in quotes");
        fill(*target, value);
    }
    return {};
}

}

Result<Settings> completed(Settings given, const Environment& environment)
{
    fill(given.url, environment("WARDESK_URL"));
    fill(given.authority, environment("WARDESK_CA"));
    fill(given.tokenFile, environment("WARDESK_TOKEN_FILE"));
    const std::string folder = configFolder(environment);
    if (const auto read = readFile(folder + "/ctl.toml", given); !read)
        return tl::unexpected(read.error());
    fill(given.tokenFile, folder + "/token");
    if (given.url.empty())
        return failure(Errc::invalidArgument,
            "which broker? Say --url https://HOST:PORT, set WARDESK_URL, or write url = \"…\" into "
                + folder + "/ctl.toml");
    return given;
}

std::optional<std::string> processEnvironment(const char* name)
{
    const char* value = std::getenv(name);
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

}
