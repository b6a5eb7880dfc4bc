// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/hosts.h"

#include "broker/service/log.h"

#include <algorithm>
#include <set>
#include <utility>

namespace wardesk::broker {

namespace {

using namespace std::chrono_literals;
using std::chrono::seconds;

constexpr seconds probeInterval { 30 };
/// Of several: a machine that has lost its power says nothing, so it must be asked.
constexpr seconds probeOften { 4 };
constexpr seconds probeAway { 3 };
constexpr std::chrono::milliseconds longestPatience { 3000 };
/// A new process has no connection to any host yet.
constexpr std::chrono::milliseconds whileConnecting { 2000 };

}

struct Hosts::Look
{
    HostsSeen seen;
    std::set<HostId> open; ///< asked, not answered
    bool isImpatient = false;
    bool isOver = false;
    std::function<void(HostsSeen)> finish;
    std::function<void()> late;
};

Hosts::Hosts(
    Shell& shell, AgentLinks& agents, EventHub& events, HostState& summary, HostSettings settings)
    : m_shell(shell)
    , m_agents(agents)
    , m_events(events)
    , m_summary(summary)
    , m_settings(settings)
    , m_startedAt(shell.clock.monotonic())
{
}

Hosts::~Hosts()
{
    stop();
}

void Hosts::stop()
{
    std::vector<EntryPtr> all = m_gone;
    for (const auto& [id, entry] : m_entries)
        all.push_back(entry);
    for (const EntryPtr& entry : all) {
        if (entry->owned.hypervisor)
            entry->owned.hypervisor->interrupt();
    }
    for (const EntryPtr& entry : all) {
        entry->owned.lane.reset(); // its thread ends with what is queued, which fails at once
        entry->owned.hypervisor.reset(); // no callback of it comes any more
    }
}

Hosts::EntryPtr Hosts::find(const HostId& id) const
{
    const auto found = m_entries.find(id);
    return found == m_entries.end() ? nullptr : found->second;
}

void Hosts::useOnly(Lane& lane, Hypervisor& host)
{
    add({}, {}, host, lane);
}

void Hosts::start(std::function<void()> changed)
{
    m_changed = std::move(changed);
    for (const auto& [id, entry] : std::map(m_entries))
        watch(entry);
}

void Hosts::add(const Host& row, OpenHost opened, Hypervisor& host, Lane& lane)
{
    const auto entry = std::make_shared<Entry>();
    entry->row = row;
    entry->owned = std::move(opened);
    entry->hypervisor = &host;
    entry->lane = &lane;
    m_entries[row.id] = entry;
    host.onChange([this, weak = std::weak_ptr(entry)] {
        std::ignore = m_shell.main.post(Urgency::usual, [this, weak] {
            const EntryPtr changed = weak.lock();
            if (!changed || find(changed->row.id) != changed)
                return;
            logEvent(LogLevel::info, "host.changed", { { "host", changed->row.name } });
            watch(changed);
            if (m_changed)
                m_changed();
        });
    });
    if (m_changed)
        watch(entry);
}

void Hosts::letGo(const EntryPtr& entry)
{
    m_entries.erase(entry->row.id);
    m_shell.timers.cancel(entry->timer);
    entry->hypervisor->interrupt();
    m_gone.push_back(entry);
}

void Hosts::sync(const std::vector<Host>& rows)
{
    if (!m_opener)
        return;
    for (const Host& row : rows) {
        if (const EntryPtr known = find(row.id)) {
            known->row = row;
            continue;
        }
        auto opened = m_opener(row);
        if (!opened) {
            logEvent(LogLevel::alarm, "host.unusable",
                { { "host", row.name }, { "why", opened.error().detail } });
            m_unusable[row.id] = opened.error().detail;
            continue;
        }
        m_unusable.erase(row.id);
        Hypervisor& host = *opened->hypervisor;
        Lane& lane = *opened->lane;
        add(row, std::move(*opened), host, lane);
    }
    const auto isThere = [&rows](const HostId& id) {
        return std::any_of(
            rows.begin(), rows.end(), [&id](const Host& row) { return row.id == id; });
    };
    for (const auto& [id, entry] : std::map(m_entries)) {
        if (!isThere(id))
            letGo(entry);
    }
    std::erase_if(m_unusable, [&](const auto& one) { return !isThere(one.first); });
    summarise();
}

void Hosts::watch(const EntryPtr& entry)
{
    m_shell.timers.cancel(entry->timer);
    struct Told
    {
        std::string description;
        HostCapacity capacity;
    };
    ask(
        entry,
        [](Hypervisor& host) -> Result<Told> {
            auto description = host.probe();
            if (!description)
                return tl::unexpected(description.error());
            return Told { std::move(*description), host.capacity().value_or(HostCapacity()) };
        },
        [this, entry](const Result<Told>& told) {
            if (find(entry->row.id) != entry)
                return;
            if (told) {
                entry->description = told->description;
                const HostCapacity known { entry->row.memoryMiB, entry->row.processors };
                if (told->capacity.memoryMiB > 0 && told->capacity != known
                    && !entry->row.id.isEmpty())
                    onStore(
                        m_shell, Urgency::usual,
                        [id = entry->row.id, capacity = told->capacity](
                            Store& store) { return store.recordHostCapacity(id, capacity); },
                        [](const Result<void>&) {});
            }
            summarise();
            const seconds pause = !told ? probeAway
                : m_entries.size() > 1  ? probeOften
                                        : probeInterval;
            m_shell.timers.cancel(entry->timer);
            entry->timer = m_shell.timers.after(pause, [this, entry] { watch(entry); });
        });
}

void Hosts::look(
    Patience patience, std::function<void(HostsSeen)> finish, std::function<void()> late)
{
    const auto look = std::make_shared<Look>();
    look->finish = std::move(finish);
    look->late = std::move(late);
    std::vector<EntryPtr> asked;
    for (const auto& [id, entry] : m_entries) {
        const HostSight sight = sightOf(*entry);
        look->seen.sights[id] = sight;
        const bool isWanted = patience == Patience::whole ? entry->row.mode != HostMode::maintenance
                                                          : sight == HostSight::seen;
        if (isWanted)
            asked.push_back(entry);
    }
    if (asked.empty()) { // then any of them may be the first that is back
        for (const auto& [id, entry] : m_entries)
            asked.push_back(entry);
    }
    for (const EntryPtr& entry : asked)
        look->open.insert(entry->row.id);
    if (asked.empty()) {
        look->seen.problem = "there is none; wardeskctl host add";
        std::ignore = m_shell.main.post(Urgency::usual, [look] { conclude(look); });
        return;
    }
    for (const EntryPtr& entry : asked)
        ask(
            entry, [](Hypervisor& host) { return host.list(); },
            [this, look, entry, begun = m_shell.clock.monotonic()](
                Result<std::vector<ObservedDomain>> domains) {
                entry->listTook = m_shell.clock.monotonic() - begun;
                answered(look, entry->row.id, std::move(domains));
            });
    if (patience != Patience::whole && asked.size() > 1)
        m_shell.timers.after(
            std::max(patience == Patience::patient ? whileConnecting : 0ms, patienceWith(asked)),
            [look] {
                look->isImpatient = true;
                if (look->seen.isAny)
                    conclude(look);
            });
}

/// A host with a thousand desktops may need longer for each list than one that hangs is waited for:
/// it would never be seen.
std::chrono::milliseconds Hosts::patienceWith(const std::vector<EntryPtr>& asked) const
{
    std::chrono::milliseconds patience = m_settings.patience;
    for (const EntryPtr& entry : asked)
        patience = std::max(patience, std::min(2 * entry->listTook, longestPatience));
    return patience;
}

void Hosts::answered(const std::shared_ptr<Look>& look, const HostId& id,
    Result<std::vector<ObservedDomain>> domains)
{
    if (look->isOver) {
        if (domains && look->late)
            look->late();
        return;
    }
    look->open.erase(id);
    if (domains) {
        look->seen.isAny = true;
        look->seen.sights[id] = HostSight::seen;
        for (ObservedDomain& domain : *domains) {
            domain.host = id;
            look->seen.domains.push_back(std::move(domain));
        }
    } else {
        look->seen.sights[id] = HostSight::away;
        look->seen.problem = domains.error().detail;
    }
    if (look->open.empty() || (look->isImpatient && look->seen.isAny))
        conclude(look);
}

void Hosts::conclude(const std::shared_ptr<Look>& look)
{
    if (std::exchange(look->isOver, true))
        return;
    for (const HostId& id : look->open)
        look->seen.sights[id] = HostSight::busy;
    look->finish(std::move(look->seen));
}

HostStanding Hosts::standingOf(const HostId& id) const
{
    const EntryPtr entry = find(id);
    if (!entry) {
        const auto unusable = m_unusable.find(id);
        return unusable == m_unusable.end()
            ? HostStanding {}
            : HostStanding { HostSight::away, true, {}, unusable->second };
    }
    return { sightOf(*entry), entry->isKnown, entry->description, entry->problem };
}

std::map<HostId, HostSight> Hosts::sights() const
{
    std::map<HostId, HostSight> sights;
    for (const auto& [id, entry] : m_entries)
        sights[id] = sightOf(*entry);
    return sights;
}

std::vector<HostView> hostViews(
    const std::vector<Host>& rows, const SiteLoad& load, const std::map<HostId, HostSight>& sights)
{
    std::vector<HostView> views;
    for (const Host& row : rows) {
        const auto used = load.hosts.find(row.id);
        const auto sight = sights.find(row.id);
        HostView view { row, used == load.hosts.end() ? HostLoad() : used->second,
            sight == sights.end() ? HostSight::away : sight->second };
        if (row.deadAt && view.sight != HostSight::seen)
            view.sight = HostSight::dead;
        views.push_back(std::move(view));
    }
    return views;
}

}
