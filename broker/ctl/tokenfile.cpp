// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/ctl/tokenfile.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

namespace wardesk::ctl {

namespace {

tl::unexpected<Error> cannot(const std::string& what, const std::string& path)
{
    return failure(Errc::invalidArgument,
        "the token file '" + path + "' cannot be " + what + ": " + std::strerror(errno));
}

bool writeAll(int file, std::string_view bytes)
{
    while (!bytes.empty()) {
        const ssize_t written = ::write(file, bytes.data(), bytes.size());
        if (written < 0)
            return false;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return ::fsync(file) == 0;
}

}

Result<void> writeToken(const std::string& path, const Secret& token)
{
    const auto folder = std::filesystem::path(path).parent_path();
    if (!folder.empty() && !std::filesystem::exists(folder)) {
        std::error_code error;
        std::filesystem::create_directories(folder, error);
        ::chmod(folder.c_str(), 0700);
    }
    // Made with its final rights and renamed: nobody sees it open, or half of it.
    const std::string temporary = path + "." + std::to_string(::getpid());
    const int file
        = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0)
        return cannot("written", path);
    const bool good
        = ::fchmod(file, 0600) == 0 && writeAll(file, token.reveal()) && writeAll(file, "\n");
    ::close(file);
    if (!good || ::rename(temporary.c_str(), path.c_str()) != 0) {
        auto error = cannot("written", path);
        ::unlink(temporary.c_str());
        return error;
    }
    return {};
}

Result<Secret> readToken(const std::string& path)
{
    struct stat facts
    {
    };
    if (::stat(path.c_str(), &facts) != 0) {
        if (errno == ENOENT)
            return failure(
                Errc::unauthenticated, "you are not signed in: wardeskctl login --user NAME");
        return cannot("read", path);
    }
    if ((facts.st_mode & 077U) != 0)
        return failure(Errc::forbidden,
            "the token file '" + path + "' can be read by others: chmod 600 it, or sign in again");
    std::ifstream file(path);
    std::string token;
    if (!std::getline(file, token))
        return cannot("read", path);
    return Secret(std::move(token));
}

void removeToken(const std::string& path)
{
    ::unlink(path.c_str());
}

}
