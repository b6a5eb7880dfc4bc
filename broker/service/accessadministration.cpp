// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/accessadministration.h"

#include "broker/domain/seats.h"
#include "broker/pool/calendar.h"
#include "broker/service/acts.h"
#include "broker/service/entitlementitems.h"
#include "broker/service/lookups.h"
#include "broker/service/poolaccess.h"
#include "broker/service/zones.h"

#include <algorithm>

namespace wardesk::broker {

namespace {

constexpr std::int64_t mostSessions = 100000;

Result<void> checkLimit(const char* field, std::int64_t sessions)
{
    if (sessions < 0 || sessions > mostSessions)
        return failure(Errc::invalidArgument,
            "'" + std::string(field)
                + "' is wrong: a number from 0 (no limit) to 100000 is expected");
    return {};
}

std::string limitText(std::int64_t sessions)
{
    return sessions == 0 ? "no limit of sessions"
                         : "at most " + std::to_string(sessions) + " at the same time";
}

/// Who has a session of the pool that he may not open again, wherever he is.
Result<std::vector<std::string>> outsidersOf(
    Store& store, const Pool& pool, const std::vector<DesktopRow>& rows, WallTime now)
{
    std::vector<std::string> names;
    for (const DesktopRow& row : rows) {
        for (const Lease* lease : openLeasesOf(row)) {
            const auto access = readAccess(
                store, pool, { lease->user, lease->terminal }, std::vector<Lease> { *lease }, now);
            if (!access)
                return tl::unexpected(access.error());
            if (access->outcome != AccessOutcome::notEntitled)
                continue;
            const auto user = store.findUser(lease->user);
            if (!user)
                return tl::unexpected(user.error());
            names.push_back(user->name);
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

Result<wire::PoolAccessItem> accessItem(Store& store, const Pool& pool, WallTime now)
{
    const auto entitlements = store.listEntitlements(pool.id);
    if (!entitlements)
        return tl::unexpected(entitlements.error());
    const auto names = readNames(store, pool.organisation, *entitlements);
    const auto limits = store.sessionLimits(pool.organisation, pool.id);
    const auto rows = store.listDesktops(pool.id);
    if (!names || !limits || !rows)
        return tl::unexpected(!names ? names.error() : !limits ? limits.error() : rows.error());
    auto outside = outsidersOf(store, pool, *rows, now);
    if (!outside)
        return tl::unexpected(outside.error());
    wire::PoolAccessItem item;
    item.pool = pool.name;
    item.timeZone = zoneName(pool.timeZone);
    item.version = versionOf(*entitlements, limits->perPool);
    for (const Entitlement& entitlement : *entitlements)
        item.entitlements.push_back(itemOf(entitlement, *names));
    item.sessionLimit = limits->perPool;
    item.openSessions = countOpen(*rows);
    item.outside = std::move(*outside);
    return item;
}

Result<wire::PoolAccessItem> changeAccess(Store& store, const Pool& pool,
    const wire::PoolAccessChange& request, const std::string& by, WallTime now, AuditNote& note)
{
    const auto present = store.listEntitlements(pool.id);
    const auto limits = store.sessionLimits(pool.organisation, pool.id);
    if (!present || !limits)
        return tl::unexpected(present ? limits.error() : present.error());
    const PoolAccess from { *present, limits->perPool };
    if (request.version && *request.version != versionOf(from.entitlements, from.sessionLimit))
        return failure(Errc::conflict,
            "somebody else has changed who may use '" + pool.name
                + "' meanwhile; look at it and change it again");
    const auto next = entitlementsOf(store, pool.organisation, request, *present, by, now);
    if (!next)
        return tl::unexpected(next.error());
    const auto names = readNames(store, pool.organisation, *next);
    if (!names)
        return tl::unexpected(names.error());
    for (const Entitlement& entitlement : *next)
        note.detail += "; " + entitlementText(entitlement, *names);
    if (next->empty())
        note.detail += "; nobody";
    if (request.sessionLimit) {
        note.detail += "; " + limitText(*request.sessionLimit);
        if (auto good = checkLimit("sessionLimit", *request.sessionLimit); !good)
            return tl::unexpected(good.error());
    }
    const PoolAccess to { *next, request.sessionLimit.value_or(from.sessionLimit) };
    if (auto changed = store.changeAccess(pool.organisation, pool.id, from, to); !changed)
        return tl::unexpected(changed.error());
    return accessItem(store, pool, now);
}

/// Why one right lets the user in or does not.
std::string verdictOn(const Access& access, const ZoneOffsets& zone, WallTime now)
{
    switch (access.outcome) {
    case AccessOutcome::allowed:
        return "it holds";
    case AccessOutcome::notEntitled:
        return "it is over";
    case AccessOutcome::wrongTerminal:
        return "not at this terminal";
    case AccessOutcome::hoursUnknown:
        return "nobody knows: the time zone is not known here";
    case AccessOutcome::outsideHours:
        return "not now, but at " + momentText(access.opensAt.value_or(now), zone, now);
    }
    return {};
}

Result<wire::AccessCheck> checkAccess(Store& store, const OrganisationId& organisation,
    const AccessAdministration::Question& question, WallTime now)
{
    const auto pool = lookUpPool(store, organisation, question.pool);
    if (!pool)
        return tl::unexpected(pool.error());
    const auto user = lookUpUser(store, organisation, question.user);
    if (!user)
        return tl::unexpected(user.error());
    const Asker asker { user->id, question.terminal };
    const auto access = readAccess(store, *pool, asker, {}, now);
    const auto rights = store.rightsOf(pool->id, user->id);
    const auto zone = zoneOffsets(pool->timeZone, calendarSpan(now));
    if (!access || !rights || !zone)
        return tl::unexpected(!access ? access.error() : !rights ? rights.error() : zone.error());
    std::vector<Entitlement> named;
    for (const Right& right : *rights)
        named.push_back(right.entitlement);
    const auto names = readNames(store, organisation, named);
    if (!names)
        return tl::unexpected(names.error());
    wire::AccessCheck check;
    check.pool = pool->name;
    check.user = user->name;
    check.terminal = question.terminal;
    check.allowed = access->outcome == AccessOutcome::allowed;
    check.message = check.allowed ? "allowed" : refusalOf(*pool, *access, now).detail;
    for (const Right& right : *rights) {
        const Access one = accessOf({ right }, { question.terminal, false }, *zone, now);
        check.because.push_back(
            entitlementText(right.entitlement, *names) + ": " + verdictOn(one, *zone, now));
    }
    if (rights->empty())
        check.because.push_back("No entitlement of this pool names the user or everybody.");
    const bool isOnlyOwn
        = check.allowed && std::none_of(rights->begin(), rights->end(), [&](const Right& right) {
              return accessOf({ right }, { question.terminal, false }, *zone, now).outcome
                  == AccessOutcome::allowed;
          });
    if (isOnlyOwn)
        check.because.push_back("The user has a session, which may be opened after the hours.");
    if (user->disabled) {
        check.allowed = false;
        check.message = "The account is switched off: 'wardeskctl user enable' switches it on.";
    }
    return check;
}

}

AccessAdministration::AccessAdministration(Shell& shell, EventHub& events)
    : m_shell(shell)
    , m_events(events)
{
}

void AccessAdministration::show(
    const Principal& who, const std::string& named, Done<wire::PoolAccessItem> done)
{
    onStore(
        m_shell, Urgency::first,
        [organisation = who.user.organisation, named, now = m_shell.clock.wall()](
            Store& store) -> Result<wire::PoolAccessItem> {
            const auto pool = lookUpPool(store, organisation, named);
            if (!pool)
                return tl::unexpected(pool.error());
            return accessItem(store, *pool, now);
        },
        std::move(done));
}

void AccessAdministration::change(const Principal& who, const std::string& named,
    const wire::PoolAccessChange& request, Done<wire::PoolAccessItem> done)
{
    audited<wire::PoolAccessItem>(
        m_shell, noteOf(who, "pool.access", named.substr(0, 64)),
        [organisation = who.user.organisation, by = who.user.name, named, request,
            now = m_shell.clock.wall()](
            Store& store, AuditNote& note) -> Result<wire::PoolAccessItem> {
            const auto pool = lookUpPool(store, organisation, named);
            if (!pool)
                return tl::unexpected(pool.error());
            note.object = pool->name;
            return changeAccess(store, *pool, request, by, now, note);
        },
        [this, organisation = who.user.organisation, done](Result<wire::PoolAccessItem> item) {
            if (item)
                m_events.desktopsChanged(organisation);
            done(std::move(item));
        });
}

void AccessAdministration::check(
    const Principal& who, const Question& question, Done<wire::AccessCheck> done)
{
    onStore(
        m_shell, Urgency::first,
        [organisation = who.user.organisation, question, now = m_shell.clock.wall()](
            Store& store) { return checkAccess(store, organisation, question, now); },
        std::move(done));
}

void AccessAdministration::showLimits(const Principal& who, Done<wire::LimitsItem> done)
{
    onStore(
        m_shell, Urgency::first,
        [organisation = who.user.organisation](Store& store) -> Result<wire::LimitsItem> {
            return store.userLimit(organisation).map([](std::int64_t sessions) {
                return wire::LimitsItem { .sessionsPerUser = sessions };
            });
        },
        std::move(done));
}

void AccessAdministration::changeLimits(
    const Principal& who, const wire::LimitsItem& request, Done<wire::LimitsItem> done)
{
    audited<wire::LimitsItem>(
        m_shell, noteOf(who, "limits.change", ""),
        [organisation = who.user.organisation, request](
            Store& store, AuditNote& note) -> Result<wire::LimitsItem> {
            note.detail += ", for a user " + limitText(request.sessionsPerUser);
            if (auto good = checkLimit("sessionsPerUser", request.sessionsPerUser); !good)
                return tl::unexpected(good.error());
            if (auto set = store.setUserLimit(organisation, request.sessionsPerUser); !set)
                return tl::unexpected(set.error());
            return request;
        },
        [this, organisation = who.user.organisation, done](Result<wire::LimitsItem> item) {
            if (item)
                m_events.desktopsChanged(organisation);
            done(std::move(item));
        });
}

}
