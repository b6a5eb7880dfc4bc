// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/store/storefixture.h"

#include "protocols/base/encoding.h"

#include <cstdio>
#include <cstdlib>

namespace wardesk::broker::test {

WallTime at(std::chrono::milliseconds sinceStart)
{
    return WallTime(std::chrono::hours(24) * 365 * 56) + sinceStart;
}

void die(const Error& error)
{
    std::fprintf(stderr, "unexpected error: %s (%s)\n", error.detail.c_str(),
        std::string(wireCode(error.code)).c_str());
    std::abort();
}

void check(const Result<void>& result)
{
    if (!result)
        die(result.error());
}

void Hospital::build(Store& store) const
{
    orDie(store.ensureOrganisation(organisation, "Saint Mary"));
    Image first;
    first.id = image;
    first.organisation = organisation;
    first.name = "base";
    first.version = "1";
    first.source = "/images/base";
    first.createdAt = at({});
    check(store.insertImage(first));
    Pool ward;
    ward.id = pool;
    ward.organisation = organisation;
    ward.name = "ward";
    ward.description = "";
    ward.image = image;
    ward.spare = 2;
    ward.max = 10;
    ward.createdAt = at({});
    check(store.insertPool(ward));
}

ImageId Hospital::addVersion(Store& store, const std::string& version) const
{
    Image next;
    next.id = ImageId("image-" + version);
    next.organisation = organisation;
    next.name = "base";
    next.version = version;
    next.source = "/images/" + version;
    next.createdAt = at(std::chrono::seconds(1));
    check(store.insertImage(next));
    return next.id;
}

Rollout Hospital::rollout(const ImageId& to, const std::string& id) const
{
    Rollout next;
    next.id = RolloutId(id);
    next.organisation = organisation;
    next.pool = pool;
    next.from = image;
    next.to = to;
    next.note = "for the test";
    next.startedBy = "admin";
    next.createdAt = at(std::chrono::seconds(5));
    next.begunAt = next.createdAt;
    next.changedAt = next.createdAt;
    next.changedBy = "admin";
    return next;
}

UserId Hospital::addUser(Store& store, const std::string& name) const
{
    User user;
    user.id = UserId("user-" + name);
    user.organisation = organisation;
    user.name = name;
    user.displayName = name;
    user.passwordHash = "$argon2id$";
    user.createdAt = at({});
    check(store.insertUser(user));
    return user.id;
}

Desktop Hospital::desktop(const std::string& name) const
{
    Desktop desktop;
    desktop.id = DesktopId("desktop-" + name);
    desktop.organisation = organisation;
    desktop.pool = pool;
    desktop.name = name;
    desktop.incarnation.number = Incarnation(1);
    desktop.incarnation.domain = DomainUuid(randomUuid());
    desktop.incarnation.image = image;
    desktop.incarnation.bootstrapHash = SecretHash(sha256Hex("bootstrap of " + name));
    desktop.incarnation.createdAt = at({});
    return desktop;
}

Desktop Hospital::addDesktop(Store& store, const std::string& name) const
{
    return orDie(store.addDesktop(desktop(name), firstAddress, lastAddress));
}

Desktop Hospital::addReadyDesktop(Store& store, const std::string& name) const
{
    const Desktop added = addDesktop(store, name);
    check(store.recordStarted(added.id, Incarnation(1), at({})));
    check(store.recordReady(added.id, Incarnation(1), "ab12", at({})));
    return orDie(store.findDesktop(added.id)).desktop;
}

LeaseRequest Hospital::request(const UserId& user, const std::string& key, WallTime now) const
{
    LeaseRequest request;
    request.organisation = organisation;
    request.pool = pool;
    request.user = user;
    request.idempotencyKey = key;
    request.terminal = "terminal-1";
    request.newLease = LeaseId(randomUuid());
    request.now = now;
    return request;
}

}
