// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/zones.h"

#include <QDateTime>
#include <QTimeZone>

namespace wardesk::broker {

namespace {

QDateTime dateTimeOf(WallTime time)
{
    return QDateTime::fromMSecsSinceEpoch(time.time_since_epoch().count(), Qt::UTC);
}

QTimeZone zoneOf(const std::string& name)
{
    if (name.empty())
        return QTimeZone(QTimeZone::systemTimeZoneId());
    return QTimeZone(QByteArray::fromStdString(name));
}

}

Result<ZoneOffsets> zoneOffsets(const std::string& name, const TimeSpan& span)
{
    // Qt takes a word without a slash for a POSIX rule: "Berlin" would be UTC under another name.
    const bool isRule = !name.empty() && name != "UTC" && name.find('/') == std::string::npos;
    QTimeZone zone = isRule ? QTimeZone() : zoneOf(name);
    if (!zone.isValid() && name.empty())
        zone = QTimeZone::utc(); // a machine without the tz database keeps its pools all the same
    if (!zone.isValid())
        return failure(Errc::invalidArgument,
            "'timeZone' is wrong: '" + name.substr(0, 64)
                + "' is not known; a name like Europe/Berlin is expected (timedatectl "
                  "list-timezones shows them all)");
    ZoneOffsets offsets;
    offsets.changes.push_back(
        { span.from, std::chrono::seconds(zone.offsetFromUtc(dateTimeOf(span.from))) });
    for (const QTimeZone::OffsetData& change :
        zone.transitions(dateTimeOf(span.from), dateTimeOf(span.until))) {
        const WallTime at(std::chrono::milliseconds(change.atUtc.toMSecsSinceEpoch()));
        const std::chrono::seconds offset(change.offsetFromUtc);
        if (at > span.from && offset != offsets.changes.back().offset)
            offsets.changes.push_back({ at, offset });
    }
    return offsets;
}

std::string zoneName(const std::string& name)
{
    if (!name.empty())
        return name;
    const QTimeZone zone = zoneOf(name);
    return zone.isValid() ? zone.id().toStdString() : "UTC";
}

TimeSpan calendarSpan(WallTime now)
{
    return { now - std::chrono::days(100), now + std::chrono::days(800) };
}

}
