// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/hypervisor/libvirt/keptfolders.h"

#include "broker/hypervisor/domainspec.h"

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <unistd.h>

namespace wardesk::broker {

namespace fs = std::filesystem;

namespace {

/// The folders have no limit of their own: what is left is for the users who have one.
constexpr std::uintmax_t spaceForOneMore = 1ULL << 30U;

/// Beside what the desktop sees, which is all of the folder's inside.
fs::path imageLinkOf(const std::string& all, const DomainUuid& keptDisk)
{
    return fs::path(all) / (keptDisk.value() + ".image");
}

/// One from an attempt that got no further may point to an older version.
void linkImage(const fs::path& link, const std::string& image, std::error_code& error)
{
    const fs::path fresh = link.string() + ".new";
    std::error_code ignored;
    fs::remove(fresh, ignored);
    fs::create_directory_symlink(image, fresh, error);
    if (!error)
        fs::rename(fresh, link, error);
}

tl::unexpected<Error> folderError(const fs::path& folder, const std::error_code& error)
{
    if (error == std::errc::operation_not_permitted || error == std::errc::permission_denied)
        return failure(Errc::forbidden,
            "the folder for a kept disk, " + folder.string()
                + ", cannot be used: only a broker that runs as root keeps the disks of "
                  "containers; "
                  "use virtual machines for this pool");
    const bool isFull = error == std::errc::no_space_on_device;
    return failure(isFull ? Errc::storageFull : Errc::internal,
        "the folder for a kept disk, " + folder.string() + ", cannot be used: " + error.message());
}

}

std::string keptFolderOf(const std::string& all, const DomainUuid& keptDisk)
{
    return (fs::path(all) / keptDisk.value()).string();
}

Result<std::string> openKeptFolder(
    const std::string& all, const DomainSpec& spec, const std::string& image, std::int64_t owner)
{
    const fs::path folder = keptFolderOf(all, spec.keptDisk);
    const fs::path link = imageLinkOf(all, spec.keptDisk);
    std::error_code error;
    if (!spec.owner.isEmpty()) {
        const fs::path lower = fs::read_symlink(link, error);
        if (error || !fs::is_directory(folder, error))
            return tl::unexpected(lostDiskError(spec));
        if (!fs::is_directory(lower, error))
            return failure(Errc::notFound,
                "the image that the disk of " + spec.hostName + " was made from, " + lower.string()
                    + ", is not on the host any more");
        return lower.string();
    }
    if (fs::exists(folder, error))
        return tl::unexpected(usedDiskError(spec));
    fs::create_directories(all, error);
    // A container's root, who is nobody here, has to get to its own; only to that.
    if (!error)
        fs::permissions(
            all, fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec, error);
    if (!error && fs::space(all, error).available < spaceForOneMore && !error)
        return failure(Errc::storageFull,
            "the file system of " + all
                + " has less than a gigabyte left; no further disk is kept there. Make room, or "
                  "set kept_folder to a larger one");
    // The folder is what counts, and comes last.
    if (!error)
        linkImage(link, image, error);
    const fs::path fresh = folder.string() + ".new";
    if (!error)
        fs::remove_all(fresh, error);
    if (!error)
        fs::create_directory(fresh, error);
    if (!error)
        fs::permissions(fresh, fs::perms::owner_all, error);
    const auto id = static_cast<uid_t>(owner);
    if (!error && ::chown(fresh.c_str(), id, id) != 0)
        error = { errno, std::generic_category() };
    if (!error)
        fs::rename(fresh, folder, error);
    if (error)
        return folderError(folder, error);
    return image;
}

Result<void> removeKeptFolder(const std::string& all, const DomainUuid& keptDisk)
{
    const fs::path folder = keptFolderOf(all, keptDisk);
    std::error_code error;
    fs::remove_all(folder, error);
    if (!error)
        fs::remove(imageLinkOf(all, keptDisk), error);
    return error ? folderError(folder, error) : Result<void>();
}

}
