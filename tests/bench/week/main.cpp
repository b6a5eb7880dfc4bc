// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/calendar.h"
#include "broker/service/zones.h"
#include "tests/bench/week/plot.h"

#include <QCommandLineParser>
#include <QGuiApplication>
#include <cmath>
#include <cstdio>

using namespace wardesk;
using namespace wardesk::bench;
using namespace std::chrono_literals;

namespace {

double shareWaited(const Outcome& outcome)
{
    return outcome.signIns == 0
        ? 0
        : static_cast<double>(outcome.waited) / static_cast<double>(outcome.signIns);
}

/// The smallest fixed number that costs at least as many desktop-hours: the comparison is never to
/// the advantage of the forecast.
struct Matched
{
    std::int64_t spare = 0;
    Outcome outcome;
};

Matched matched(
    const Hospital& hospital, const ZoneOffsets& zone, Setting setting, const Outcome& cost)
{
    Matched found;
    for (std::int64_t spare = std::max<std::int64_t>(1, std::llround(cost.spareHours / 168) - 3);;
         ++spare) {
        setting.spare = spare;
        found = { spare, runWeek(hospital, zone, setting) };
        if (found.outcome.desktopHours >= cost.desktopHours)
            return found;
    }
}

void tell(const char* unit, double value, double peer)
{
    // A peer of 0 has no ratio.
    const double ratio = peer > 0 ? value / peer : (value > 0 ? INFINITY : 1);
    std::printf(
        "{\"bench\": \"week\", \"value\": %.6g, \"unit\": \"%s\", \"peer\": %.6g, \"ratio\": ",
        value, unit, peer);
    if (std::isfinite(ratio))
        std::printf("%.4g}\n", ratio);
    else
        std::printf("null}\n");
}

void describe(const char* name, const Outcome& outcome)
{
    std::fprintf(stderr,
        "%-28s %5lld of %lld sign-ins waited (%.2f %%), %.0f s on average, %.0f s at most; "
        "%.0f desktop-hours, %.0f of them spare; %lld boots\n",
        name, static_cast<long long>(outcome.waited), static_cast<long long>(outcome.signIns),
        100 * shareWaited(outcome),
        outcome.waited == 0 ? 0 : outcome.waitSeconds / static_cast<double>(outcome.waited),
        outcome.longestWait, outcome.desktopHours, outcome.spareHours,
        static_cast<long long>(outcome.boots));
}

}

int main(int argc, char** argv)
{
    qputenv("QT_QPA_PLATFORM", "offscreen"); // a picture in memory needs no screen
    QGuiApplication application(argc, argv);
    QCommandLineParser parser;
    parser.setApplicationDescription(
        QStringLiteral("A simulated week of a hospital of 600 beds: who waits for a desktop, with "
                       "the forecast and with fixed numbers that cost as much."));
    parser.addHelpOption();
    const QCommandLineOption seedOption(QStringLiteral("seed"),
        QStringLiteral("Which hospital and which week (1)"), QStringLiteral("NUMBER"),
        QStringLiteral("1"));
    const QCommandLineOption bootOption(QStringLiteral("boot"),
        QStringLiteral("Seconds that a desktop takes to be ready (60)"), QStringLiteral("SECONDS"),
        QStringLiteral("60"));
    const QCommandLineOption atOnceOption(QStringLiteral("starts-at-once"),
        QStringLiteral("Desktops that boot at the same time (4)"), QStringLiteral("NUMBER"),
        QStringLiteral("4"));
    const QCommandLineOption plotOption(QStringLiteral("plot"),
        QStringLiteral("Write the picture here, PNG"), QStringLiteral("FILE"));
    parser.addOptions({ seedOption, bootOption, atOnceOption, plotOption });
    parser.process(application);

    const auto monday = *broker::readDay("2026-11-23");
    const WallTime around { monday.time_since_epoch() };
    const auto zone = broker::zoneOffsets("Europe/Berlin", broker::calendarSpan(around));
    if (!zone) {
        std::fprintf(stderr, "%s\n", zone.error().detail.c_str());
        return 1;
    }
    const std::uint64_t seed = parser.value(seedOption).toULongLong();
    const Hospital hospital = makeHospital(seed, *zone, toWall(broker::LocalTime(monday), *zone));
    Setting setting;
    setting.seed = seed;
    setting.boot = std::chrono::seconds(std::max(1, parser.value(bootOption).toInt()));
    setting.startsAtOnce = std::max(1, parser.value(atOnceOption).toInt());

    const Outcome forecast = runWeek(hospital, *zone, setting);
    describe("forecast", forecast);
    setting.policy = Policy::fixed;
    const Matched fixed = matched(hospital, *zone, setting, forecast);
    const std::string fixedName = "fixed, " + std::to_string(fixed.spare) + " spares";
    describe(fixedName.c_str(), fixed.outcome);
    setting.policy = Policy::cache;
    const Matched cache = matched(hospital, *zone, setting, forecast);
    const std::string cacheName = "cache, " + std::to_string(cache.spare) + " every 19 s";
    describe(cacheName.c_str(), cache.outcome);

    tell("share of sign-ins that waited, against fixed spares of equal cost", shareWaited(forecast),
        shareWaited(fixed.outcome));
    tell("share of sign-ins that waited, against a cache of equal cost looked at every 19 s",
        shareWaited(forecast), shareWaited(cache.outcome));
    tell("desktop-hours, against fixed spares", forecast.desktopHours, fixed.outcome.desktopHours);
    tell("desktop-hours, against the cache", forecast.desktopHours, cache.outcome.desktopHours);
    tell("seconds waited by all, against fixed spares", forecast.waitSeconds,
        fixed.outcome.waitSeconds);
    tell("seconds waited by all, against the cache", forecast.waitSeconds,
        cache.outcome.waitSeconds);

    if (parser.isSet(plotOption)) {
        const std::vector<Curve> curves {
            { QStringLiteral("forecast (%1 of %2 waited)")
                    .arg(forecast.waited)
                    .arg(forecast.signIns),
                QColor(0, 90, 200), &forecast },
            { QStringLiteral("%1 (%2 waited)")
                    .arg(QString::fromStdString(fixedName))
                    .arg(fixed.outcome.waited),
                QColor(200, 60, 30), &fixed.outcome },
            { QStringLiteral("%1 (%2 waited)")
                    .arg(QString::fromStdString(cacheName))
                    .arg(cache.outcome.waited),
                QColor(235, 160, 20), &cache.outcome },
        };
        if (!plotWeek(hospital, *zone, curves, parser.value(plotOption))) {
            std::fprintf(stderr, "the picture cannot be written\n");
            return 1;
        }
    }
    return 0;
}
