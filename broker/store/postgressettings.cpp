// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/postgressettings.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <libpq-fe.h>
#include <memory>
#include <sstream>
#include <sys/stat.h>

namespace wardesk::broker {

namespace {

/// A dead server or network is noticed within some seconds, whatever the kernel's own patience is.
const std::map<std::string, std::string> defaults {
    { "connect_timeout", "3" },
    { "keepalives", "1" },
    { "keepalives_idle", "2" },
    { "keepalives_interval", "1" },
    { "keepalives_count", "3" },
    { "tcp_user_timeout", "5000" },
    { "target_session_attrs", "read-write" },
    { "application_name", "wardesk-broker" },
    { "client_encoding", "UTF8" },
};

std::string quoted(const std::string& text)
{
    std::string result = "'";
    for (const char c : text) {
        if (c == '\'' || c == '\\')
            result += '\\';
        result += c;
    }
    return result + '\'';
}

std::string valueOf(const std::map<std::string, std::string>& options, const char* name)
{
    const auto found = options.find(name);
    return found == options.end() ? std::string() : found->second;
}

/// Of a list of hosts, as libpq writes it: all of them are this machine.
bool isHere(const std::string& hosts)
{
    std::istringstream list(hosts);
    for (std::string host; std::getline(list, host, ',');) {
        in_addr address {};
        const bool isLoopback = ::inet_pton(AF_INET, host.c_str(), &address) == 1
            && (ntohl(address.s_addr) >> 24U) == 127;
        if (!host.empty() && host[0] != '/' && host[0] != '@' && host != "localhost"
            && host != "::1" && !isLoopback)
            return false;
    }
    return true;
}

}

std::string PostgresSettings::name() const
{
    std::string host = valueOf(options, "host");
    if (host.empty())
        host = valueOf(options, "hostaddr");
    const std::string port = valueOf(options, "port");
    return "PostgreSQL at " + (host.empty() ? "the local socket" : host)
        + (port.empty() ? "" : ", port " + port);
}

std::string PostgresSettings::connectionText() const
{
    std::string text;
    for (const auto& [key, value] : options)
        text += (text.empty() ? "" : " ") + key + '=' + quoted(value);
    return text;
}

Result<Secret> PostgresSettings::password() const
{
    if (passwordFile.empty())
        return Secret();
    struct stat mode
    {
    };
    // Its group may read it: so systemd hands credentials over.
    if (::stat(passwordFile.c_str(), &mode) == 0 && (mode.st_mode & (S_IRWXO | S_IWGRP)) != 0)
        return failure(Errc::unavailable,
            "everybody on this machine can read the database's password in " + passwordFile
                + ", or others can change it: chmod 600 that file and change the password");
    errno = 0;
    std::ifstream file(passwordFile);
    std::string line;
    if (!file || !std::getline(file, line))
        return failure(Errc::unavailable,
            "the database's password cannot be read from " + passwordFile + ": "
                + (errno != 0 ? std::strerror(errno) : "the file is empty"));
    while (!line.empty() && line.back() == '\r')
        line.pop_back();
    return Secret(std::move(line));
}

Result<PostgresSettings> parsePostgres(const std::string& text, const std::string& passwordFile)
{
    const char* const expected
        = "\"sqlite\", \"postgresql://user@host/database\" or \"host=... dbname=... user=...\"";
    // libpq's own message may repeat the text, and with it a password.
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(
        PQconninfoParse(text.c_str(), nullptr), &PQconninfoFree);
    if (!parsed)
        return failure(Errc::invalidArgument, expected);
    PostgresSettings settings;
    settings.passwordFile = passwordFile;
    for (const PQconninfoOption* option = parsed.get(); option->keyword != nullptr; ++option) {
        if (option->val == nullptr)
            continue;
        const std::string name = option->keyword;
        const std::string value = option->val;
        if (name == "password" || name == "sslpassword")
            return failure(Errc::invalidArgument,
                "a text without a password (it belongs into a file that only the broker can read, "
                "named with 'password_file')");
        // Qt takes the options apart at this sign.
        if (value.find(';') != std::string::npos)
            return failure(Errc::invalidArgument, "a text without ';' in '" + name + '\'');
        settings.options[name] = value;
    }
    if (settings.options.empty())
        return failure(Errc::invalidArgument, expected);
    for (const auto& [name, value] : defaults)
        settings.options.emplace(name, value);
    // libpq's own default takes any server's word for who it is, and goes without TLS where that
    // is refused.
    if (!isHere(valueOf(settings.options, "host"))
        || !isHere(valueOf(settings.options, "hostaddr")))
        settings.options.emplace("sslmode", "verify-full");
    return settings;
}

}
