// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/rolloutitems.h"

#include "broker/domain/reasons.h"
#include "broker/domain/seats.h"
#include "broker/domain/status.h"

#include <algorithm>
#include <map>

namespace wardesk::broker {

std::string versionText(Store& store, const ImageId& id)
{
    const auto image = store.findImage(id);
    return image ? image->name + ':' + image->version : id.value();
}

Result<KnownRollout> readRollout(Store& store, const Pool& pool)
{
    KnownRollout known;
    auto open = store.findOpenRollout(pool.id);
    if (!open)
        return tl::unexpected(open.error());
    known.rollout = std::move(*open);
    if (!known.rollout) {
        auto all = store.listRollouts(pool.organisation, pool.id);
        if (!all)
            return tl::unexpected(all.error());
        if (!all->empty())
            known.rollout = std::move(all->front());
    }
    auto desktops = store.listDesktops(pool.id);
    if (!desktops)
        return tl::unexpected(desktops.error());
    known.desktops = std::move(*desktops);
    std::sort(known.desktops.begin(), known.desktops.end(),
        [](const DesktopRow& a, const DesktopRow& b) { return a.desktop.name < b.desktop.name; });
    known.names.pool = pool.name;
    if (known.rollout) {
        known.names.from = versionText(store, known.rollout->from);
        known.names.to = versionText(store, known.rollout->to);
    }
    for (const DesktopRow& row : known.desktops) {
        for (const Lease* lease : openLeasesOf(row)) {
            if (known.names.users.contains(lease->user))
                continue;
            if (const auto user = store.findUser(lease->user))
                known.names.users[user->id] = user->name;
        }
    }
    return known;
}

wire::RolloutItem itemOf(const Rollout& rollout, const RolloutNames& names)
{
    const auto count = [](WallTime at) { return at.time_since_epoch().count(); };
    wire::RolloutItem item;
    item.id = rollout.id.value();
    item.pool = names.pool;
    item.from = names.from;
    item.to = names.to;
    item.mode = nameOf(rollout.mode);
    item.isRollback = rollout.isRollback;
    item.state = nameOf(rollout.state);
    item.reason = rollout.reason;
    item.note = rollout.note;
    item.startedBy = rollout.startedBy;
    item.createdAt = count(rollout.createdAt);
    item.startAt = count(rollout.startAt);
    if (rollout.begunAt)
        item.begunAt = count(*rollout.begunAt);
    item.changedAt = count(rollout.changedAt);
    item.changedBy = rollout.changedBy;
    item.countdownMinutes = rollout.countdown.count();
    item.canaryPercent = rollout.canaryPercent;
    item.wavePercent = rollout.wavePercent;
    return item;
}

wire::RolloutItem itemOf(Store& store, const KnownRollout& known, WallTime now)
{
    const Rollout& rollout = *known.rollout;
    wire::RolloutItem item = itemOf(rollout, known.names);
    const RolloutStanding standing = standingOf(rollout, known.desktops);
    item.total = standing.total;
    item.renewed = standing.renewed;
    item.waitingForUsers = standing.oldInUse;
    item.explanation = explainRollout(rollout, known.desktops, known.names, now);
    std::map<ImageId, std::string> versions;
    for (const DesktopRow& row : known.desktops) {
        const ImageId& image = row.desktop.incarnation.image;
        const auto version = versions.find(image) != versions.end()
            ? versions.find(image)
            : versions.emplace(image, versionText(store, image)).first;
        wire::RolloutDesktop desktop;
        desktop.name = row.desktop.name;
        desktop.version = version->second;
        desktop.isNew = image == rollout.to;
        desktop.status = nameOf(statusOf(row.desktop, row.lease ? &*row.lease : nullptr));
        if (isOpen(rollout.state))
            desktop.why = whyOutdated(rollout, known.desktops, row, known.names, now);
        item.desktops.push_back(std::move(desktop));
    }
    return item;
}

std::string outdatedText(
    const KnownRollout& known, const Pool& pool, const DesktopRow& row, WallTime now)
{
    if (known.rollout && isOpen(known.rollout->state))
        return whyOutdated(*known.rollout, known.desktops, row, known.names, now);
    if (row.desktop.incarnation.image == pool.image)
        return {};
    // What an earlier rollout could not reach: it is renewed as soon as it can be.
    Rollout rest;
    rest.from = row.desktop.incarnation.image;
    rest.to = pool.image;
    rest.isRollback = true;
    return whyOutdated(rest, known.desktops, row, known.names, now);
}

}
