// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/ctl/imagefiles.h"

#include "protocols/base/encoding.h"

#include <QProcess>
#include <QStringList>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace wardesk::ctl {

namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> unreadable(const fs::path& path)
{
    const std::string why = std::strerror(errno);
    return failure(Errc::forbidden,
        path.string() + " cannot be read: " + why
            + (errno == EACCES || errno == EPERM ? ". Run this as root." : ""));
}

class TreeHash
{
public:
    TreeHash() { crypto_hash_sha256_init(&m_state); }

    [[nodiscard]] Result<void> add(const fs::path& root, const fs::path& relative)
    {
        const fs::path path = root / relative;
        struct stat facts = {};
        if (::lstat(path.c_str(), &facts) != 0)
            return unreadable(path);
        text(relative.string());
        text(std::to_string(facts.st_mode) + ' ' + std::to_string(facts.st_uid) + ' '
            + std::to_string(facts.st_gid));
        std::array<char, 64> capability {};
        const ssize_t size = ::lgetxattr(
            path.c_str(), "security.capability", capability.data(), capability.size());
        text({ capability.data(), size > 0 ? static_cast<std::size_t>(size) : 0 });
        if (S_ISLNK(facts.st_mode))
            text(fs::read_symlink(path).string());
        else if (S_ISCHR(facts.st_mode) || S_ISBLK(facts.st_mode))
            text(std::to_string(major(facts.st_rdev)) + ':' + std::to_string(minor(facts.st_rdev)));
        else if (S_ISREG(facts.st_mode))
            return content(path, facts.st_size);
        return {};
    }

    [[nodiscard]] std::string end()
    {
        std::array<unsigned char, crypto_hash_sha256_BYTES> hash {};
        crypto_hash_sha256_final(&m_state, hash.data());
        std::string hex(2 * hash.size() + 1, '\0');
        sodium_bin2hex(hex.data(), hex.size(), hash.data(), hash.size());
        hex.pop_back();
        return hex;
    }

private:
    /// With its length, so that no two trees are the same text.
    void text(const std::string& part)
    {
        const std::string told = std::to_string(part.size()) + ':' + part;
        bytes(told.data(), told.size());
    }
    void bytes(const char* data, std::size_t size)
    {
        crypto_hash_sha256_update(&m_state, reinterpret_cast<const unsigned char*>(data), size);
    }
    [[nodiscard]] Result<void> content(const fs::path& path, off_t size)
    {
        const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (file < 0)
            return unreadable(path);
        text(std::to_string(size));
        std::vector<char> buffer(1 << 18);
        ssize_t got = 0;
        while ((got = ::read(file, buffer.data(), buffer.size())) > 0)
            bytes(buffer.data(), static_cast<std::size_t>(got));
        const auto result = got < 0 ? Result<void>(unreadable(path)) : Result<void>();
        ::close(file);
        return result;
    }

    crypto_hash_sha256_state m_state {};
};

Result<ImageFiles> lookInto(const fs::path& folder)
{
    std::error_code ignored;
    ImageFiles files;
    files.folder = folder;
    if (fs::exists(folder / "disk.raw", ignored)) {
        files.kind = "qemu";
        files.source = folder;
        for (const char* part : { "vmlinuz", "initrd.img", "image.json" }) {
            if (!fs::exists(folder / part, ignored))
                return failure(Errc::invalidArgument,
                    folder.string() + " is no virtual machine's image: '" + part
                        + "' is missing beside disk.raw");
        }
        return files;
    }
    files.kind = "lxc";
    files.source = fs::is_directory(folder / "rootfs", ignored) ? folder / "rootfs" : folder;
    if (!fs::exists(files.source / "sbin/wardesk-init", ignored))
        return failure(Errc::invalidArgument,
            folder.string()
                + " is no desktop's image: it has neither disk.raw nor, in its root file system, "
                  "/sbin/wardesk-init. Images are built by packaging/image/build.");
    return files;
}

/// Gone unless it is kept.
class Staging
{
public:
    explicit Staging(fs::path path)
        : m_path(std::move(path))
    {
    }
    ~Staging()
    {
        std::error_code ignored;
        fs::remove_all(m_path, ignored);
    }
    Staging(const Staging&) = delete;
    Staging& operator=(const Staging&) = delete;
    [[nodiscard]] const fs::path& path() const { return m_path; }

private:
    fs::path m_path;
};

Result<void> fill(const fs::path& from, const fs::path& to)
{
    std::error_code error;
    fs::create_directories(to, error);
    if (error)
        return failure(Errc::forbidden,
            to.string() + " cannot be made: " + error.message() + ". Run this as root.");
    if (!fs::is_directory(from, error))
        return runProgram("tar",
            { "--extract", "--numeric-owner", "--preserve-permissions", "--xattrs",
                "--xattrs-include=*", "--file", from.string(), "--directory", to.string() });
    struct stat one = {};
    struct stat other = {};
    const bool isNear = ::stat(from.c_str(), &one) == 0 && ::stat(to.c_str(), &other) == 0
        && one.st_dev == other.st_dev;
    std::vector<std::string> words { "--archive", "--one-file-system" };
    words.emplace_back(isNear ? "--link" : "--sparse=always");
    words.push_back((from / ".").string());
    words.push_back(to.string());
    return runProgram("cp", words);
}

}

Result<void> runProgram(const std::string& program, const std::vector<std::string>& words)
{
    QStringList list;
    for (const std::string& word : words)
        list.append(QString::fromStdString(word));
    QProcess process;
    process.setStandardOutputFile(QStringLiteral("/dev/stderr"));
    process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    process.setInputChannelMode(QProcess::ForwardedInputChannel);
    process.start(QString::fromStdString(program), list);
    if (!process.waitForStarted() || !process.waitForFinished(-1))
        return failure(Errc::notFound,
            "'" + program + "' cannot be run: " + process.errorString().toStdString());
    if (process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0)
        return {};
    return failure(Errc::internal,
        "'" + program + "' failed"
            + (process.exitStatus() == QProcess::NormalExit
                    ? " with exit code " + std::to_string(process.exitCode())
                    : std::string())
            + "; what it said is above");
}

Result<std::string> contentHashOf(const fs::path& folder)
{
    std::error_code error;
    std::vector<fs::path> paths { fs::path(".") };
    fs::recursive_directory_iterator entry(folder, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error))
        paths.push_back(entry->path().lexically_relative(folder));
    if (error)
        return failure(Errc::forbidden,
            folder.string() + " cannot be read: " + error.message()
                + (error == std::errc::permission_denied ? ". Run this as root." : ""));
    std::sort(paths.begin(), paths.end(),
        [](const fs::path& a, const fs::path& b) { return a.native() < b.native(); });
    TreeHash hash;
    for (const fs::path& path : paths) {
        if (auto added = hash.add(folder, path); !added)
            return tl::unexpected(added.error());
    }
    return hash.end();
}

Result<ImageFiles> readInPlace(const fs::path& from)
{
    std::error_code error;
    const fs::path folder = fs::canonical(from, error);
    if (error)
        return failure(Errc::notFound, from.string() + ": " + error.message());
    auto files = lookInto(folder);
    if (!files)
        return files;
    auto hash = contentHashOf(files->source);
    if (!hash)
        return tl::unexpected(hash.error());
    files->contentHash = std::move(*hash);
    files->isNew = false;
    return files;
}

Result<ImageFiles> takeIntoStore(
    const fs::path& from, const fs::path& store, const std::string& name)
{
    std::error_code error;
    const fs::path origin = fs::canonical(from, error);
    if (error)
        return failure(Errc::notFound, from.string() + ": " + error.message());
    const fs::path folder = store / ".imported";
    const Staging staging(folder / ("." + name + '-' + randomToken(6)));
    if (auto filled = fill(origin, staging.path()); !filled)
        return tl::unexpected(filled.error());
    auto files = readInPlace(staging.path());
    if (!files)
        return files;
    const fs::path inside = files->source.lexically_relative(files->folder);
    const fs::path place = folder / (name + '-' + files->contentHash.substr(0, 16));
    files->isNew = !fs::exists(place, error);
    if (files->isNew) {
        fs::rename(staging.path(), place, error);
        if (error)
            return failure(Errc::internal, place.string() + " cannot be made: " + error.message());
    }
    files->source = inside == fs::path(".") ? place : place / inside;
    files->folder = place;
    return files;
}

}
