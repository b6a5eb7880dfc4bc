// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/ctl/forecastchart.h"

#include <QStringList>
#include <QTest>

using namespace wardesk;
using namespace wardesk::ctl;

namespace {

wire::PoolForecast quietDay()
{
    wire::PoolForecast forecast;
    forecast.pool = "ward";
    forecast.timeZone = "Europe/Berlin";
    forecast.inUse = 12;
    for (int i = 0; i < 96; ++i) {
        wire::ForecastStep step;
        const int minute = (i * 15 + 6 * 60) % (24 * 60);
        step.time = QString::asprintf("%02d:%02d", minute / 60, minute % 60).toStdString();
        step.spares = step.wished = 2;
        step.max = 60;
        step.why = "spare 2";
        forecast.steps.push_back(step);
    }
    return forecast;
}

QStringList barsIn(const wire::PoolForecast& forecast)
{
    return QString::fromStdString(forecastChart(forecast))
        .split(QLatin1Char('\n'))
        .filter(QStringLiteral("█"));
}

}

/// The chart of `wardeskctl pool forecast`.
class TstForecastChart : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aQuietDayIsOneLine();
    void aRushKeepsItsShapeAndReason();
    void theMaximumIsMarked();
    void aLargePoolFits();
    void namesCommandNoTerminal();
};

void TstForecastChart::aQuietDayIsOneLine()
{
    const QStringList bars = barsIn(quietDay());
    QCOMPARE(bars.size(), 1);
    QVERIFY(bars[0].startsWith(QStringLiteral(" all the day")));
    QVERIFY(bars[0].endsWith(QStringLiteral("spare 2")));
    QCOMPARE(bars[0].count(QStringLiteral("█")), 2);
}

void TstForecastChart::aRushKeepsItsShapeAndReason()
{
    wire::PoolForecast forecast = quietDay();
    forecast.steps[3].spares = forecast.steps[3].wished = 20; // 06:45
    forecast.steps[3].expected = 31;
    forecast.steps[3].why = "31 sign-ins expected until 07:00";
    const QStringList bars = barsIn(forecast);
    QCOMPARE(bars.size(), 3);
    QVERIFY(bars[1].startsWith(QStringLiteral(" 06:30-07:00       31      20  ")));
    QVERIFY(bars[1].contains(QStringLiteral("31 sign-ins expected until 07:00")));
    QVERIFY(bars[2].startsWith(QStringLiteral(" 07:00-06:00")));
}

void TstForecastChart::theMaximumIsMarked()
{
    wire::PoolForecast forecast = quietDay();
    forecast.steps[0].wished = 9;
    QVERIFY(barsIn(forecast)[0].contains(QStringLiteral("2! ")));
}

void TstForecastChart::aLargePoolFits()
{
    wire::PoolForecast forecast = quietDay();
    forecast.steps[0].spares = forecast.steps[0].wished = 600;
    const QStringList bars = barsIn(forecast);
    QCOMPARE(bars[0].count(QStringLiteral("█")), 30);
    QCOMPARE(bars[1].count(QStringLiteral("█")), 1); // few are still seen
}

void TstForecastChart::namesCommandNoTerminal()
{
    wire::PoolForecast forecast = quietDay();
    forecast.pool = "ward\x1b[2J";
    forecast.notes = { "held\x07" };
    QVERIFY(forecastChart(forecast).find('\x1b') == std::string::npos);
    QVERIFY(forecastChart(forecast).find('\x07') == std::string::npos);
}

QTEST_APPLESS_MAIN(TstForecastChart)
#include "tst_forecastchart.moc"
