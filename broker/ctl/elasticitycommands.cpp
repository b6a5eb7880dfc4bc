// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/ctl/command.h"
#include "broker/ctl/commands.h"
#include "broker/ctl/forecastchart.h"
#include "protocols/wire/adminmessages.h"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>

namespace wardesk::ctl::elasticitycommands {

namespace {

/// What a request may carry, less what JSON adds to it.
constexpr std::size_t longestRoster = 900000;

std::string pathOf(const std::string& pool, const char* part)
{
    return "/api/v1/admin/pools/" + pathStep(pool) + '/' + part;
}

std::string numberText(const std::optional<std::int64_t>& number, const char* unit = "")
{
    return number ? std::to_string(*number) + unit : "-";
}

void show(const Context& c, const wire::CalendarItem& item)
{
    c.printLine("Pool " + printable(item.pool) + ", " + printable(item.timeZone) + " time. "
        + (item.inForce.empty() ? "Nothing is set by the calendar now."
                                : "Now: " + printable(item.inForce)));
    Table windows({ "NUMBER", "DAYS", "FROM", "TO", "SPARE", "SPARE %", "MIN", "MAX", "SUSPENDED",
        "SUSPENDED %" });
    for (std::size_t i = 0; i < item.windows.size(); ++i) {
        const wire::CalendarWindowItem& window = item.windows[i];
        windows.add(
            { std::to_string(i + 1), window.days, window.from, window.to, numberText(window.spare),
                numberText(window.sparePercent), numberText(window.min), numberText(window.max),
                numberText(window.suspended), numberText(window.suspendedPercent) });
    }
    c.printTable(windows);
    if (item.holidays.empty())
        return;
    Table holidays({ "HOLIDAY", "NAME" });
    for (const wire::HolidayItem& holiday : item.holidays)
        holidays.add({ holiday.day, holiday.name });
    c.printTable(holidays);
}

/// Reads the calendar, changes it and writes it, unless somebody else did so meanwhile.
Result<void> change(Context& c, const std::string& pool,
    const std::function<Result<void>(wire::CalendarChange&)>& how)
{
    const auto body = c.api().get(pathOf(pool, "calendar"));
    if (!body)
        return tl::unexpected(body.error());
    const auto present = wire::decode<wire::CalendarItem>(*body);
    if (!present)
        return tl::unexpected(Context::notUnderstood(present.error()));
    wire::CalendarChange next;
    next.windows = present->windows;
    next.holidays = present->holidays;
    next.version = present->version;
    if (auto changed = how(next); !changed)
        return changed;
    return c.print<wire::CalendarItem>(c.api().post(pathOf(pool, "calendar"), wire::encode(next)),
        [&c](const auto& item) { show(c, item); });
}

struct PoolName
{
    std::string name;
};

void definePool(CLI::App& command, PoolName& pool)
{
    command.add_option("pool", pool.name, "Name or id of the pool")->required();
}

Result<void> showCalendar(Context& c, const PoolName& pool)
{
    return c.print<wire::CalendarItem>(
        c.api().get(pathOf(pool.name, "calendar")), [&c](const auto& item) { show(c, item); });
}

Result<void> clearCalendar(Context& c, const PoolName& pool)
{
    return change(c, pool.name, [](wire::CalendarChange& calendar) -> Result<void> {
        calendar.windows.clear();
        calendar.holidays.clear();
        return {};
    });
}

struct NewWindow
{
    std::string pool;
    wire::CalendarWindowItem window;
};

void defineWindow(CLI::App& command, NewWindow& options)
{
    wire::CalendarWindowItem& window = options.window;
    command.add_option("pool", options.pool, "Name or id of the pool")->required();
    command
        .add_option("--days", window.days,
            "mon-fri, sat,sun, daily, holidays, 2026-12-24 or 2026-12-24..2027-01-02")
        ->required();
    command.add_option("--from", window.from, "06:30, in the pool's time zone")->required();
    command.add_option("--to", window.to, "08:00; not later than --from: of the next day")
        ->required();
    command.add_option("--spare", window.spare,
        "Kept ready beyond those in use: desktops, of a shared pool sessions");
    command.add_option("--spare-percent", window.sparePercent, "The same for each 100 in use");
    command.add_option("--min", window.min, "At least, in use or ready");
    command.add_option("--max", window.max, "At most, in use or ready");
    command.add_option(
        "--suspended", window.suspended, "Spares behind those on the host's disk, without memory");
    command.add_option(
        "--suspended-percent", window.suspendedPercent, "The same for each 100 in use");
}

Result<void> addWindow(Context& c, const NewWindow& options)
{
    return change(c, options.pool, [&options](wire::CalendarChange& calendar) -> Result<void> {
        calendar.windows.push_back(options.window);
        return {};
    });
}

struct WindowNumber
{
    std::string pool;
    std::size_t number = 0;
};

void defineRemove(CLI::App& command, WindowNumber& options)
{
    command.add_option("pool", options.pool, "Name or id of the pool")->required();
    command.add_option("number", options.number, "As 'pool calendar show' numbers it")->required();
}

Result<void> removeWindow(Context& c, const WindowNumber& options)
{
    return change(c, options.pool, [&options](wire::CalendarChange& calendar) -> Result<void> {
        if (options.number < 1 || options.number > calendar.windows.size())
            return failure(Errc::notFound,
                "the calendar has no window " + std::to_string(options.number)
                    + ": see 'wardeskctl pool calendar show'");
        calendar.windows.erase(
            calendar.windows.begin() + static_cast<std::ptrdiff_t>(options.number - 1));
        return {};
    });
}

struct HolidayOptions
{
    std::string pool;
    wire::HolidayItem holiday;
    bool remove = false;
};

void defineHoliday(CLI::App& command, HolidayOptions& options)
{
    command.add_option("pool", options.pool, "Name or id of the pool")->required();
    command.add_option("day", options.holiday.day, "2026-12-25")->required();
    command.add_option("name", options.holiday.name, "For people");
    command.add_flag("--remove", options.remove, "It is an ordinary day again");
}

Result<void> setHoliday(Context& c, const HolidayOptions& options)
{
    return change(c, options.pool, [&options](wire::CalendarChange& calendar) -> Result<void> {
        const auto erased = std::erase_if(calendar.holidays,
            [&options](const auto& holiday) { return holiday.day == options.holiday.day; });
        if (options.remove && erased == 0)
            return failure(
                Errc::notFound, printable(options.holiday.day) + " is no holiday of this calendar");
        if (!options.remove)
            calendar.holidays.push_back(options.holiday);
        return {};
    });
}

struct RosterFile
{
    std::string pool;
    std::string file;
};

void defineRoster(CLI::App& command, RosterFile& options)
{
    command.add_option("pool", options.pool, "Name or id of the pool")->required();
    command.add_option("file", options.file, "Lines: ward,shift start,heads; - is standard input")
        ->required();
}

Result<std::string> contentOf(const std::string& file)
{
    std::string text;
    if (file == "-") {
        text.assign(std::istreambuf_iterator<char>(std::cin), {});
    } else {
        std::ifstream stream(file, std::ios::binary);
        if (!stream)
            return failure(Errc::invalidArgument, "the file " + file + " cannot be read");
        text.assign(std::istreambuf_iterator<char>(stream), {});
    }
    if (text.size() > longestRoster)
        return failure(Errc::invalidArgument,
            "the roster is longer than 900 kB: import it in parts, each of whole days");
    return text;
}

Result<void> importRoster(Context& c, const RosterFile& options)
{
    auto text = contentOf(options.file);
    if (!text)
        return tl::unexpected(text.error());
    return c.print<wire::RosterItem>(
        c.api().post(pathOf(options.pool, "roster"), wire::encode(wire::NewRoster { *text })),
        [&c](const wire::RosterItem& item) {
            c.printLine("Imported " + std::to_string(item.shifts) + " shifts of "
                + std::to_string(item.wards) + " wards, " + std::to_string(item.heads)
                + " heads in all, from " + item.firstDay + " to " + item.lastDay + " ("
                + printable(item.timeZone)
                + " time). What was known of these days is replaced, and the forecast is on.");
        });
}

Result<void> clearRoster(Context& c, const PoolName& pool)
{
    return c.confirm(c.api().remove(pathOf(pool.name, "roster")),
        "Forgot the roster of " + printable(pool.name) + ".");
}

Result<void> forecast(Context& c, const PoolName& pool)
{
    return c.print<wire::PoolForecast>(c.api().get(pathOf(pool.name, "forecast")),
        [&c](const auto& item) { c.printText(forecastChart(item)); });
}

}

void addTo(CLI::App& pools, Context& context)
{
    addCommand<PoolName>(pools, context, "forecast",
        "Draw what a pool will do in the next 24 hours, and why", definePool, forecast);

    CLI::App* calendar = addGroup(pools, "calendar", "Spares, min and max by the week");
    addCommand<PoolName>(
        *calendar, context, "show", "Show a pool's calendar", definePool, showCalendar);
    addCommand<NewWindow>(*calendar, context, "add",
        "Set spares, min or max for some hours of some days", defineWindow, addWindow);
    addCommand<WindowNumber>(
        *calendar, context, "remove", "Take a window out again", defineRemove, removeWindow);
    addCommand<HolidayOptions>(*calendar, context, "holiday",
        "A day that is like no other of its weekday", defineHoliday, setHoliday);
    addCommand<PoolName>(
        *calendar, context, "clear", "Forget windows and holidays", definePool, clearCalendar);

    CLI::App* roster = addGroup(pools, "roster", "Who begins to work when");
    addCommand<RosterFile>(*roster, context, "import",
        "Replace the roster of the days in a file, and turn the forecast on", defineRoster,
        importRoster);
    addCommand<PoolName>(
        *roster, context, "clear", "Forget the roster of a pool", definePool, clearRoster);
}

}
