// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/lookups.h"

#include <algorithm>

namespace wardesk::broker {

namespace {

tl::unexpected<Error> missing(const char* kind, const std::string& named)
{
    return failure(
        Errc::notFound, std::string("There is no ") + kind + " '" + named.substr(0, 64) + "'.");
}

}

Result<Host> lookUpHost(Store& store, const std::string& named)
{
    auto hosts = store.listHosts();
    if (!hosts)
        return tl::unexpected(hosts.error());
    for (Host& host : *hosts) {
        if (host.name == named || host.id.value() == named)
            return std::move(host);
    }
    return missing("host", named);
}

Result<Pool> lookUpPool(Store& store, const OrganisationId& organisation, const std::string& named)
{
    auto pools = store.listPools(organisation);
    if (!pools)
        return tl::unexpected(pools.error());
    for (Pool& pool : *pools) {
        if (pool.id.value() == named || pool.name == named)
            return std::move(pool);
    }
    return missing("pool", named);
}

Result<Image> lookUpImage(
    Store& store, const OrganisationId& organisation, const std::string& named, Versions versions)
{
    auto images = store.listImages(organisation);
    if (!images)
        return tl::unexpected(images.error());
    // The newest one of a name counts: a new version is added under the same name.
    const Image* best = nullptr;
    const auto rankOf = [versions](const Image& image) {
        return std::pair(
            versions == Versions::newest || image.state == ImageState::published, image.createdAt);
    };
    for (const Image& image : *images) {
        if (image.id.value() == named || image.name + ':' + image.version == named)
            return image;
        if (image.name == named && (best == nullptr || rankOf(image) >= rankOf(*best)))
            best = &image;
    }
    if (best == nullptr)
        return missing("image", named);
    return *best;
}

Result<User> lookUpUser(Store& store, const OrganisationId& organisation, const std::string& named)
{
    auto user = store.findUserByName(organisation, named);
    if (user || user.error().code != Errc::notFound)
        return user;
    user = store.findUser(UserId(named));
    if (user && user->organisation == organisation)
        return user;
    if (!user && user.error().code != Errc::notFound)
        return user;
    return missing("user", named);
}

namespace {

template <typename Group>
Result<Group> oneNamed(const Store& store, const std::vector<Group>& groups, const char* kind,
    const std::string& named)
{
    for (const Group& group : groups) {
        if (group.id.value() == named || store.foldedName(group.name) == store.foldedName(named))
            return group;
    }
    return missing(kind, named);
}

}

Result<UserGroup> groupNamed(
    const Store& store, const std::vector<UserGroup>& groups, const std::string& named)
{
    return oneNamed(store, groups, "group", named);
}

Result<TerminalGroup> groupNamed(
    const Store& store, const std::vector<TerminalGroup>& groups, const std::string& named)
{
    return oneNamed(store, groups, "terminal group", named);
}

Result<UserGroup> lookUpUserGroup(
    Store& store, const OrganisationId& organisation, const std::string& named)
{
    return store.listUserGroups(organisation).and_then([&](const std::vector<UserGroup>& groups) {
        return groupNamed(store, groups, named);
    });
}

Result<TerminalGroup> lookUpTerminalGroup(
    Store& store, const OrganisationId& organisation, const std::string& named)
{
    return store.listTerminalGroups(organisation)
        .and_then([&](const std::vector<TerminalGroup>& groups) {
            return groupNamed(store, groups, named);
        });
}

Result<DesktopRow> lookUpDesktop(
    Store& store, const OrganisationId& organisation, const std::string& named)
{
    auto rows = store.listDesktops();
    if (!rows)
        return tl::unexpected(rows.error());
    for (DesktopRow& row : *rows) {
        if (row.desktop.organisation == organisation
            && (row.desktop.id.value() == named || row.desktop.name == named))
            return std::move(row);
    }
    return missing("desktop", named);
}

Result<void> checkName(const std::string& field, const std::string& name)
{
    const bool printable = std::all_of(name.begin(), name.end(),
        [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f && c != '/'; });
    if (name.empty() || name.size() > 64 || !printable || name.front() == ' ' || name.back() == ' ')
        return failure(Errc::invalidArgument,
            "'" + field
                + "' is wrong: 1 to 64 printable characters without '/' and without blanks at the "
                  "ends are expected");
    return {};
}

Result<void> namedConflict(Result<void> added, const std::string& kind, const std::string& name)
{
    if (!added && added.error().code == Errc::conflict)
        return failure(Errc::conflict, "There is " + kind + " '" + name + "' already.");
    return added;
}

}
