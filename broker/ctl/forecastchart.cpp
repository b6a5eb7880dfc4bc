// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/ctl/forecastchart.h"

#include "broker/ctl/table.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace wardesk::ctl {

namespace {

constexpr std::int64_t barWidth = 30;
constexpr std::size_t rowSteps = 2; ///< half an hour

/// One line of the chart: some half hours that are alike.
struct Line
{
    std::string from;
    std::string until;
    double expected = 0;
    std::int64_t spares = 0;
    bool isCapped = false;
    std::string why;
    int rows = 1;
};

std::string padded(const std::string& text, std::size_t width)
{
    return text.size() >= width ? text : std::string(width - text.size(), ' ') + text;
}

std::string barOf(std::int64_t value, std::int64_t most)
{
    std::string bar;
    const std::int64_t length
        = most > barWidth ? (value * barWidth + most - 1) / most : std::min(value, barWidth);
    for (std::int64_t i = 0; i < length; ++i)
        bar += "█";
    return bar + std::string(static_cast<std::size_t>(barWidth - length), ' ');
}

std::vector<Line> linesOf(const wire::PoolForecast& forecast)
{
    std::vector<Line> lines;
    for (std::size_t first = 0; first < forecast.steps.size(); first += rowSteps) {
        const std::size_t end = std::min(first + rowSteps, forecast.steps.size());
        Line line;
        const wire::ForecastStep* most = &forecast.steps[first];
        for (std::size_t i = first; i < end; ++i) {
            const wire::ForecastStep& step = forecast.steps[i];
            line.expected += step.expected;
            if (step.wished > most->wished)
                most = &step;
        }
        line.from = forecast.steps[first].time;
        line.until
            = end < forecast.steps.size() ? forecast.steps[end].time : forecast.steps.front().time;
        line.spares = most->spares;
        line.isCapped = most->spares < most->wished;
        line.why = most->why;
        Line* last = lines.empty() ? nullptr : &lines.back();
        // Quiet hours are told once; a rush keeps its shape.
        if (last != nullptr && last->spares == line.spares && last->why == line.why) {
            last->until = line.until;
            last->expected += line.expected;
            ++last->rows;
        } else {
            lines.push_back(std::move(line));
        }
    }
    return lines;
}

std::string expectedText(double expected)
{
    if (expected > 0 && expected < 0.95)
        return "<1";
    return std::to_string(std::lround(expected));
}

}

std::string forecastChart(const wire::PoolForecast& forecast)
{
    std::string text = "Pool " + printable(forecast.pool) + ", the next 24 hours, "
        + printable(forecast.timeZone) + " time\n";
    text += "Now " + std::to_string(forecast.inUse) + " in use, " + std::to_string(forecast.ready)
        + " ready, " + std::to_string(forecast.preparing) + " being prepared";
    if (forecast.suspended > 0)
        text += ", " + std::to_string(forecast.suspended) + " suspended";
    text += forecast.message.empty() ? ".\n" : ": " + printable(forecast.message) + ".\n";
    std::int64_t most = 0;
    for (const wire::ForecastStep& step : forecast.steps)
        most = std::max(most, step.spares);
    text += "\n TIME        SIGN-INS  SPARES  ";
    text += most > barWidth
        ? "(one block is " + std::to_string((most + barWidth - 1) / barWidth) + " or less)\n"
        : std::string("(one block is one)\n");
    const std::vector<Line> lines = linesOf(forecast);
    for (const Line& line : lines) {
        // From now until the same time tomorrow reads as no time at all.
        text += ' '
            + (lines.size() == 1 ? std::string("all the day") : line.from + '-' + line.until)
            + padded(expectedText(line.expected), 9) + padded(std::to_string(line.spares), 8)
            + (line.isCapped ? "! " : "  ") + barOf(line.spares, most) + ' ' + printable(line.why)
            + '\n';
    }
    text += "\nSpares are desktops, of a shared pool room for sessions, ready or starting beyond "
            "those "
            "in use; ! marks where the maximum allows fewer than wished.\n";
    if (!forecast.notes.empty())
        text += "Why:\n";
    for (const std::string& note : forecast.notes)
        text += " - " + printable(note) + '\n';
    return text;
}

}
