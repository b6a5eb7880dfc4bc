// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/imageadministration.h"

#include "broker/domain/reasons.h"
#include "broker/service/acts.h"
#include "broker/service/lookups.h"
#include "protocols/base/encoding.h"

#include <algorithm>
#include <charconv>

namespace wardesk::broker {

namespace {

constexpr std::size_t longestNote = 500;

const char* contentOf(const Image& image)
{
    if (image.contentHash.empty())
        return "unread";
    return image.seenHash.empty() || image.seenHash == image.contentHash ? "unchanged" : "changed";
}

wire::ImageItem itemOf(const Image& image, const std::vector<Pool>& pools)
{
    wire::ImageItem item;
    item.id = image.id.value();
    item.name = image.name;
    item.version = image.version;
    item.kind = image.kind == ImageKind::qemu ? "qemu" : "lxc";
    item.source = image.source;
    item.createdAt = image.createdAt.time_since_epoch().count();
    item.state = nameOf(image.state);
    item.note = image.note;
    item.createdBy = image.createdBy;
    item.stateAt = image.stateAt.time_since_epoch().count();
    item.stateBy = image.stateBy;
    item.contentHash = image.contentHash;
    item.content = contentOf(image);
    if (image.checkedAt)
        item.checkedAt = image.checkedAt->time_since_epoch().count();
    for (const Pool& pool : pools) {
        if (pool.image == image.id)
            item.pools.push_back(pool.name);
    }
    return item;
}

Result<wire::ImageItem> itemOf(Store& store, const Image& image)
{
    const auto pools = store.listPools(image.organisation);
    if (!pools)
        return tl::unexpected(pools.error());
    return itemOf(image, *pools);
}

/// The one after the highest whole number among the versions of that name.
std::string nextVersion(const std::vector<Image>& images, const std::string& name)
{
    std::int64_t highest = 0;
    for (const Image& image : images) {
        std::int64_t number = 0;
        const char* const end = image.version.data() + image.version.size();
        const auto parsed = std::from_chars(image.version.data(), end, number);
        if (image.name == name && parsed.ec == std::errc() && parsed.ptr == end)
            highest = std::max(highest, number);
    }
    return std::to_string(highest + 1);
}

Result<void> checkHash(const std::string& hash)
{
    const auto isHexDigit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    if (hash.size() == 64 && std::all_of(hash.begin(), hash.end(), isHexDigit))
        return {};
    return failure(Errc::invalidArgument,
        "'contentHash' is wrong: a SHA-256 in lower-case hex, 64 digits, is expected");
}

Result<void> checkRequest(const wire::NewImage& request)
{
    if (auto good = checkName("name", request.name); !good)
        return good;
    if (request.name.find(':') != std::string::npos)
        return failure(Errc::invalidArgument,
            "'name' is wrong: it has a ':', which is between a name and a version");
    if (request.version) {
        if (auto good = checkName("version", *request.version); !good)
            return good;
    }
    if (request.kind && *request.kind != "lxc" && *request.kind != "qemu")
        return failure(Errc::invalidArgument, "'kind' is wrong: lxc or qemu is expected");
    if (request.state && *request.state != "imported" && *request.state != "published")
        return failure(
            Errc::invalidArgument, "'state' is wrong: imported or published is expected");
    if (request.source.empty() || request.source.front() != '/' || request.source.size() > 1000
        || request.source.find('\n') != std::string::npos)
        return failure(Errc::invalidArgument,
            "'source' is wrong: an absolute path on the virtualisation host is expected");
    if (request.note && request.note->size() > longestNote)
        return failure(Errc::invalidArgument, "'note' is wrong: at most 500 bytes");
    return request.contentHash ? checkHash(*request.contentHash) : Result<void>();
}

}

ImageAdministration::ImageAdministration(Shell& shell)
    : m_shell(shell)
{
}

void ImageAdministration::list(const Principal& who, Done<wire::ItemList<wire::ImageItem>> done)
{
    onStore(
        m_shell, Urgency::first,
        [organisation = who.user.organisation](
            Store& store) -> Result<wire::ItemList<wire::ImageItem>> {
            const auto images = store.listImages(organisation);
            if (!images)
                return tl::unexpected(images.error());
            const auto pools = store.listPools(organisation);
            if (!pools)
                return tl::unexpected(pools.error());
            wire::ItemList<wire::ImageItem> list;
            for (const Image& image : *images)
                list.items.push_back(itemOf(image, *pools));
            return list;
        },
        std::move(done));
}

void ImageAdministration::show(
    const Principal& who, const std::string& named, Done<wire::ImageItem> done)
{
    onStore(
        m_shell, Urgency::first,
        [organisation = who.user.organisation, named](Store& store) -> Result<wire::ImageItem> {
            const auto image = lookUpImage(store, organisation, named);
            if (!image)
                return tl::unexpected(image.error());
            return itemOf(store, *image);
        },
        std::move(done));
}

void ImageAdministration::add(
    const Principal& who, const wire::NewImage& request, Done<wire::ImageItem> done)
{
    Image image;
    image.id = ImageId(randomUuid());
    image.organisation = who.user.organisation;
    image.name = request.name;
    image.kind = request.kind == "qemu" ? ImageKind::qemu : ImageKind::lxc;
    image.source = request.source;
    image.createdAt = m_shell.clock.wall();
    image.state = request.state == "imported" ? ImageState::imported : ImageState::published;
    image.note = request.note.value_or("");
    image.createdBy = who.user.name;
    image.stateAt = image.createdAt;
    image.stateBy = who.user.name;
    image.contentHash = request.contentHash.value_or("");
    image.seenHash = image.contentHash;
    if (request.contentHash)
        image.checkedAt = image.createdAt;
    audited<wire::ImageItem>(
        m_shell, noteOf(who, "image.add", request.name.substr(0, 64)),
        [image, request](Store& store, AuditNote& note) -> Result<wire::ImageItem> {
            Image complete = image;
            const auto images = store.listImages(image.organisation);
            if (!images)
                return tl::unexpected(images.error());
            complete.version = request.version.value_or(nextVersion(*images, image.name));
            note.detail += ", version " + complete.version.substr(0, 64) + ", source "
                + image.source.substr(0, 200) + ", " + nameOf(image.state);
            if (auto good = checkRequest(request); !good)
                return tl::unexpected(good.error());
            if (!image.contentHash.empty())
                note.detail += ", content " + image.contentHash;
            if (auto inserted = namedConflict(store.insertImage(complete), "an image",
                    complete.name + ' ' + complete.version);
                !inserted)
                return tl::unexpected(inserted.error());
            return itemOf(store, complete);
        },
        std::move(done));
}

void ImageAdministration::setState(
    const Principal& who, const std::string& named, ImageState state, Done<wire::ImageItem> done)
{
    const char* const action = state == ImageState::retired ? "image.retire" : "image.publish";
    audited<wire::ImageItem>(
        m_shell, noteOf(who, action, named.substr(0, 64)),
        [who = who.user, named, state, now = m_shell.clock.wall()](
            Store& store, AuditNote& note) -> Result<wire::ImageItem> {
            auto image = lookUpImage(store, who.organisation, named, Versions::newest);
            if (!image)
                return tl::unexpected(image.error());
            note.object = image->name;
            note.detail += ", version " + image->version;
            if (image->state == state)
                return itemOf(store, *image);
            if (auto set = store.setImageState(who.organisation, image->id, state, who.name, now);
                !set)
                return tl::unexpected(set.error());
            image->state = state;
            image->stateAt = now;
            image->stateBy = who.name;
            return itemOf(store, *image);
        },
        std::move(done));
}

void ImageAdministration::check(const Principal& who, const std::string& named,
    const wire::ImageCheck& found, Done<wire::ImageItem> done)
{
    audited<wire::ImageItem>(
        m_shell, noteOf(who, "image.check", named.substr(0, 64)),
        [organisation = who.user.organisation, named, hash = found.contentHash,
            now = m_shell.clock.wall()](Store& store, AuditNote& note) -> Result<wire::ImageItem> {
            if (auto good = checkHash(hash); !good)
                return tl::unexpected(good.error());
            const auto image = lookUpImage(store, organisation, named, Versions::newest);
            if (!image)
                return tl::unexpected(image.error());
            note.object = image->name;
            note.detail += ", version " + image->version + ", content " + hash;
            if (!image->contentHash.empty() && image->contentHash != hash)
                note.detail += ", which is not what it was: " + image->contentHash;
            if (auto kept = store.recordImageCheck(organisation, image->id, hash, now); !kept)
                return tl::unexpected(kept.error());
            const auto after = store.findImage(image->id);
            if (!after)
                return tl::unexpected(after.error());
            return itemOf(store, *after);
        },
        std::move(done));
}

}
