// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
//
// When a host is away, when it is dead, and when it is back.
#include "broker/domain/seats.h"
#include "broker/service/audit.h"
#include "broker/service/evidence.h"
#include "broker/service/hosts.h"
#include "broker/service/log.h"
#include "protocols/base/mutation.h"

#include <algorithm>

namespace wardesk::broker {

namespace {

using std::chrono::seconds;

/// A question that waits longer is a host that hangs, and nobody waits for it any more.
constexpr seconds hangsAfter { 1 };
constexpr seconds slowAfter { 3 };
/// Between two looks at a silence there is one second.
constexpr seconds sleptAfter { 3 };
constexpr seconds hostAgentPatience { 2 };

/// Whatever an agent says to a question is a sign of life, also that it refuses.
bool isSignOfLife(const Result<wire::AgentReport>& answer)
{
    return answer
        || (answer.error().code != Errc::unavailable && answer.error().code != Errc::timeout);
}

bool holdsLease(const DesktopRow& row)
{
    return row.lease && !row.lease->closedAt;
}

}

std::optional<MonotonicTime> Hosts::silentSince(const Entry& entry) const
{
    if (!entry.problem.empty())
        return entry.awaySince;
    // The start of a virtual machine may take a minute, and questions wait for it.
    if (entry.asked.empty() || (entry.row.kind == ImageKind::qemu && entry.acting > 0))
        return std::nullopt;
    return std::min_element(entry.asked.begin(), entry.asked.end(),
        [](const auto& a, const auto& b) { return a.second < b.second; })
        ->second;
}

bool Hosts::isSilent(const HostId& id) const
{
    const MonotonicTime now = m_shell.clock.monotonic();
    if (now - m_startedAt < m_settings.agentsReturn)
        return false;
    const EntryPtr entry = find(id);
    if (!entry) // it could not even be opened
        return m_unusable.contains(id);
    const auto since = silentSince(*entry);
    return since && now - *since >= m_settings.deadAfter;
}

HostSight Hosts::sightOf(const Entry& entry) const
{
    if (!entry.problem.empty())
        return HostSight::away;
    const auto since = silentSince(entry);
    const auto silence = since ? m_shell.clock.monotonic() - *since : std::chrono::milliseconds(0);
    if (silence >= slowAfter)
        return HostSight::away;
    return silence >= hangsAfter ? HostSight::busy : HostSight::seen;
}

void Hosts::note(const EntryPtr& entry, MonotonicTime since, const Error* error)
{
    if (!entry->row.id.isEmpty() && find(entry->row.id) != entry)
        return;
    const std::string problem = error == nullptr ? std::string() : error->detail;
    entry->isKnown = true;
    const bool wasAway = !entry->problem.empty();
    if (entry->problem != problem) {
        if (problem.empty())
            logEvent(LogLevel::info, "host.back", { { "host", entry->row.name } });
        else
            logEvent(
                LogLevel::alarm, "host.away", { { "host", entry->row.name }, { "why", problem } });
    }
    if (!wasAway)
        entry->awaySince = since;
    entry->problem = problem;
    summarise();
    if (!problem.empty()) {
        listen(entry, std::chrono::milliseconds(0));
        if (!wasAway) { // it is asked again soon, whoever found it out
            m_shell.timers.cancel(entry->timer);
            entry->timer = m_shell.timers.after(seconds(3), [this, entry] { watch(entry); });
        }
        return;
    }
    entry->answeredAt = m_shell.clock.monotonic();
    if (entry->row.deadAt)
        writeDead(entry, false);
    if (wasAway && m_changed)
        m_changed(); // what could not be done meanwhile is done now
}

void Hosts::summarise()
{
    m_summary.problem.clear();
    m_summary.description.clear();
    m_summary.partial.clear();
    m_summary.publicly.clear();
    bool isAny = m_entries.empty();
    std::size_t silent = 0;
    for (const auto& [id, entry] : m_entries) {
        m_summary.known = m_summary.known || entry->isKnown;
        if (entry->problem.empty()) {
            isAny = true;
            m_summary.description
                += (m_summary.description.empty() ? "" : "; ") + entry->description;
        } else if (entry->row.mode != HostMode::maintenance) {
            ++silent;
            m_summary.problem = entry->problem;
            if (!entry->row.id.isEmpty()) // the only one needs no name
                m_summary.partial += (m_summary.partial.empty() ? "" : "; ") + entry->row.name
                    + (entry->row.deadAt ? " is dead (" : " does not answer (") + entry->problem
                    + ')';
        }
    }
    if (silent > 0)
        m_summary.publicly = isAny
            ? std::to_string(silent) + " of " + std::to_string(m_entries.size())
                + " virtualisation hosts" + (silent == 1 ? " does" : " do") + " not answer"
            : "no virtualisation host answers";
    if (isAny)
        m_summary.problem.clear();
}

void Hosts::listen(const EntryPtr& entry, std::chrono::milliseconds pause)
{
    if (std::exchange(entry->isListening, true))
        return;
    m_shell.timers.after(pause, [this, entry] {
        entry->isListening = false;
        if (find(entry->row.id) != entry)
            return;
        hear(entry);
        if (silentSince(*entry))
            listen(entry, hangsAfter);
    });
}

void Hosts::hear(const EntryPtr& entry)
{
    const MonotonicTime now = m_shell.clock.monotonic();
    const auto since = silentSince(*entry);
    // Without another host there is nothing to offer, and its users keep what they have (R7).
    if (!since || now - *since < hangsAfter || !isElsewhere(*entry)
        || entry->row.mode == HostMode::maintenance) {
        entry->listeningSince.reset();
        return;
    }
    // Who slept, had no reason to listen, or waits for the database to learn whom to ask, has heard
    // nothing: what the agents have to say comes first.
    if (now - entry->listenedAt > sleptAfter)
        entry->listeningSince.reset();
    if (!entry->isReading)
        hearAgents(entry);
    judge(entry);
}

bool Hosts::isElsewhere(const Entry& entry) const
{
    // One that has answered since this one fell silent: what takes all hosts is no host's death.
    const auto since = silentSince(entry);
    return std::any_of(m_entries.begin(), m_entries.end(), [&](const auto& other) {
        return other.second.get() != &entry && sightOf(*other.second) == HostSight::seen && since
            && other.second->answeredAt > *since + hangsAfter
            && other.second->row.mode == HostMode::active;
    });
}

void Hosts::hearAgents(const EntryPtr& entry)
{
    entry->isReading = true;
    onStore(
        m_shell, Urgency::first, [](Store& store) { return store.listDesktops(); },
        [this, entry](const Result<std::vector<DesktopRow>>& rows) {
            entry->isReading = false;
            const MonotonicTime now = m_shell.clock.monotonic();
            entry->listenedAt = now;
            if (!entry->listeningSince)
                entry->listeningSince = now;
            if (!rows) // a database that is away kills no host
                entry->wordAt = now;
            for (const DesktopRow& row : rows ? *rows : std::vector<DesktopRow>()) {
                if (row.desktop.host != entry->row.id
                    || !m_agents.isConnected(row.desktop.id, row.desktop.incarnation.number))
                    continue;
                const AgentOrder order { .desktop = row.desktop.id,
                    .incarnation = row.desktop.incarnation.number,
                    .kind = wire::AgentCommandKind::state,
                    .epoch = row.lease ? row.lease->epoch : Epoch(0),
                    .lease = row.lease ? row.lease->id : LeaseId(),
                    .user = row.lease ? row.lease->user : UserId(),
                    .seat = row.lease ? row.lease->seat : 0,
                    .patience = hostAgentPatience };
                m_agents.command(order, [this, entry](const Result<wire::AgentReport>& answer) {
                    if (!isSignOfLife(answer))
                        return;
                    entry->wordAt = m_shell.clock.monotonic();
                    if (entry->row.deadAt)
                        writeDead(entry, false);
                });
            }
        });
}

void Hosts::judge(const EntryPtr& entry)
{
    const MonotonicTime now = m_shell.clock.monotonic();
    const bool isDead = isSilent(entry->row.id) && entry->listeningSince
        && now - *entry->listeningSince >= m_settings.deadAfter - hangsAfter
        && (now - entry->wordAt >= m_settings.deadAfter || WARDESK_MUTATED(agentsUnheard));
    if (isDead && !entry->row.deadAt)
        writeDead(entry, true);
}

void Hosts::writeDead(const EntryPtr& entry, bool isDead)
{
    if (std::exchange(entry->isWriting, true))
        return;
    const Host& host = entry->row;
    const std::string problem = entry->problem.empty() ? "it hangs" : entry->problem;
    onStore(
        m_shell, Urgency::first,
        [id = host.id, name = host.name, problem, isDead, organisation = m_shell.organisation,
            now = m_shell.clock.wall()](Store& store) -> Result<std::vector<UserId>> {
            std::vector<UserId> users;
            const auto rows = store.listDesktops();
            if (!rows)
                return tl::unexpected(rows.error());
            if (auto set = store.setHostDead(id, isDead ? std::optional(now) : std::nullopt); !set)
                return tl::unexpected(set.error());
            for (const DesktopRow& row : *rows) {
                if (row.desktop.host != id || !holdsLease(row))
                    continue;
                for (const Lease* lease : openLeasesOf(row))
                    users.push_back(lease->user);
                const SetAside why { .reason = "its host " + name + " is dead",
                    .seen = "host: " + problem + "\nagent: no word of any on this host" };
                if (!isDead)
                    continue;
                if (auto kept = noteSetAside(store, row, why, now); !kept)
                    return tl::unexpected(kept.error());
            }
            AuditNote note = brokerNote(organisation, isDead ? "host.dead" : "host.back", name);
            note.detail = isDead
                ? problem
                    + "; no agent on it speaks; sessions on it: " + std::to_string(users.size())
                : "it answers again; sessions on it that nobody was given another desktop for: "
                    + std::to_string(users.size());
            return recorded<std::vector<UserId>>(store, note, std::move(users), now);
        },
        [this, entry, isDead](const Result<std::vector<UserId>>& users) {
            entry->isWriting = false;
            if (!users)
                return; // tried again with the next look
            entry->row.deadAt = isDead ? std::optional(m_shell.clock.wall()) : std::nullopt;
            logEvent(isDead ? LogLevel::alarm : LogLevel::info, isDead ? "host.dead" : "host.alive",
                { { "host", entry->row.name }, { "sessions", std::to_string(users->size()) } });
            summarise();
            m_events.desktopsChanged(m_shell.organisation);
            if (m_changed)
                m_changed();
        });
}

}
