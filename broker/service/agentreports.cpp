// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/agentreports.h"

#include "broker/domain/lifetimes.h"
#include "broker/domain/seats.h"
#include "broker/pool/adopt.h"
#include "broker/service/agentreportrules.h"
#include "broker/service/audit.h"
#include "broker/service/evidence.h"
#include "broker/service/log.h"
#include "broker/service/seatend.h"
#include "broker/service/unusedlease.h"
#include "protocols/base/encoding.h"
#include "protocols/base/mutation.h"
#include "protocols/wire/codec.h"

#include <algorithm>
#include <charconv>

namespace wardesk::broker {

namespace {

constexpr std::chrono::seconds retryPause { 5 };
constexpr std::chrono::seconds secondLook { 2 };

bool isSha256(const std::string& text)
{
    return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

/// An id as this broker gives them. What an agent names ends in the database, in addresses, and on
/// administrators' terminals.
std::string idIn(const std::optional<std::string>& named)
{
    const auto isPart = [](unsigned char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
            || c == '-';
    };
    if (!named || named->size() > 64 || !std::all_of(named->begin(), named->end(), isPart))
        return {};
    return *named;
}

SessionSeen seenAs(wire::SessionState session)
{
    switch (session) {
    case wire::SessionState::none:
        return SessionSeen::none;
    case wire::SessionState::prepared:
        return SessionSeen::prepared;
    case wire::SessionState::connected:
        return SessionSeen::connected;
    case wire::SessionState::disconnected:
        return SessionSeen::disconnected;
    case wire::SessionState::ended:
        return SessionSeen::ended;
    }
    return SessionSeen::connected; // not reached: the enum is closed
}

SeatWord wordOf(const wire::SeatReport& said)
{
    return { .seat = said.seat,
        .epoch = Epoch(said.epoch),
        .session = seenAs(said.session),
        .lease = LeaseId(idIn(said.lease)),
        .user = UserId(idIn(said.user)) };
}

AgentWord wordOf(const AgentIdentity& from, const wire::AgentReport& said)
{
    const std::string certificate = said.certificateSha256.value_or("");
    AgentWord word { .desktop = from.desktop,
        .incarnation = from.incarnation,
        .epoch = Epoch(said.epoch),
        .isReady = said.isReady.value_or(false),
        .certificateSha256 = isSha256(certificate) ? certificate : std::string(),
        .session = seenAs(said.session.value_or(wire::SessionState::none)),
        .lease = LeaseId(idIn(said.lease)),
        .user = UserId(idIn(said.user)) };
    if (!said.sessions)
        return word;
    word.lease = {};
    word.user = {};
    const bool isUsed = std::ranges::any_of(
        *said.sessions, [](const wire::SeatReport& seat) { return isAlive(seat.session); });
    word.session = isUsed ? SessionSeen::connected : SessionSeen::none;
    for (const wire::SeatReport& seat : *said.sessions) {
        // One more than there can be says as much as all of them.
        if (std::ssize(word.seats) <= mostSeats * accountsPerSeat)
            word.seats.push_back(wordOf(seat));
    }
    return word;
}

}

AgentReports::AgentReports(
    Shell& shell, PoolWatch& pools, AgentLinks& agents, EventHub& events, SessionControl& sessions)
    : m_shell(shell)
    , m_pools(pools)
    , m_agents(agents)
    , m_events(events)
    , m_sessions(sessions)
{
}

void AgentReports::authenticate(const std::string& credentials, Done<AgentIdentity> done)
{
    const auto first = credentials.find('.');
    const auto second = credentials.find('.', first + 1);
    long long number = 0;
    if (first == std::string::npos || second == std::string::npos
        || std::from_chars(credentials.data() + first + 1, credentials.data() + second, number).ptr
            != credentials.data() + second) {
        done(failure(Errc::unauthenticated, "This needs a desktop's bootstrap secret."));
        return;
    }
    const DesktopId desktop(credentials.substr(0, first));
    const Incarnation incarnation(number);
    const SecretHash hash(sha256Hex(credentials.substr(second + 1)));
    onStore(
        m_shell, Urgency::first,
        [desktop, incarnation, hash](Store& store) -> Result<AgentIdentity> {
            const auto row = store.findByBootstrap(desktop, incarnation, hash);
            if (!row && row.error().code == Errc::notFound)
                return failure(Errc::unauthenticated, AdoptionWatch::noSecretOfNow);
            if (!row)
                return tl::unexpected(row.error());
            return AgentIdentity { .organisation = row->desktop.organisation,
                .pool = row->desktop.pool,
                .desktop = desktop,
                .name = row->desktop.name,
                .incarnation = incarnation };
        },
        [this, desktop, incarnation, hash, done = std::move(done)](Result<AgentIdentity> known) {
            if (!known && known.error().code == Errc::unauthenticated)
                m_adoption->authenticate(desktop, incarnation, hash, done);
            else
                done(std::move(known));
        });
}

void AgentReports::left(const AgentIdentity& from, const AgentChannel* channel)
{
    m_agents.detach(from.desktop, channel);
    if (!m_agents.isConnected(from.desktop, from.incarnation))
        m_heard.erase(from.desktop);
    m_pools.wake(from.pool);
    // The agent's last packet comes before the host has taken the domain down.
    m_shell.timers.after(secondLook, [this, pool = from.pool] { m_pools.wake(pool); });
}

void AgentReports::receive(
    const AgentIdentity& from, const wire::AgentReport& report, std::function<void()> next)
{
    switch (report.kind) {
    case wire::AgentReportKind::answer:
        m_agents.answer(from, report);
        next();
        return;
    case wire::AgentReportKind::idle:
        next(); // nothing in the broker depends on idleness yet
        return;
    case wire::AgentReportKind::hello:
    case wire::AgentReportKind::ready:
    case wire::AgentReportKind::session:
        record(from, report, std::move(next));
        return;
    }
}

const wire::AgentReport& AgentReports::remember(
    const AgentIdentity& from, const wire::AgentReport& report)
{
    Heard& heard = m_heard[from.desktop];
    if (report.kind == wire::AgentReportKind::hello || heard.incarnation != from.incarnation) {
        heard = { from.incarnation, report };
        return heard.said;
    }
    wire::AgentReport& said = heard.said;
    said.epoch = report.epoch;
    said.lease = report.lease;
    said.user = report.user;
    const auto renew = [](auto& fact, const auto& newer) {
        if (newer)
            fact = newer;
    };
    renew(said.isReady, report.isReady);
    renew(said.certificateSha256, report.certificateSha256);
    renew(said.session, report.session);
    renew(said.proof, report.proof);
    renew(said.resumed, report.resumed);
    renew(said.sessions, report.sessions);
    return said;
}

void AgentReports::record(
    const AgentIdentity& from, const wire::AgentReport& report, std::function<void()> next)
{
    const wire::AgentReport& said = remember(from, report);
    // What the database would not take is written with what is newer, which overrules it (R14).
    const bool isWhole = m_unwritten.erase(from.desktop) > 0;
    submit(from, isWhole ? said : report, wordOf(from, said), std::move(next));
}

void AgentReports::submit(const AgentIdentity& from, const wire::AgentReport& report,
    const AgentWord& word, std::function<void()> next)
{
    Told told {
        .from = from, .report = report, .word = word, .believed = m_adoption->believesAgents()
    };
    onStore(
        m_shell, Urgency::first,
        [told = std::move(told), now = m_shell.clock.wall()](
            Store& store) { return write(store, told, now); },
        [this, from, report, next = std::move(next)](const Result<Effects>& effects) {
            if (effects)
                act(from, *effects);
            else
                keepForLater(from, report);
            next();
        });
}

Result<bool> AgentReports::checkEpoch(
    Store& store, const DesktopRow& row, const Told& told, WallTime now, Effects& effects)
{
    const auto database = store.currentEpoch();
    if (!database)
        return tl::unexpected(database.error());
    const Epoch named(told.report.epoch);
    if (named <= *database)
        return true;
    if (told.believed && isBelievable(named, *database)) {
        effects.suspicion = "the agent of " + row.desktop.name + " has seen epoch "
            + std::to_string(named.value()) + ", the database has come to "
            + std::to_string(database->value()) + " only";
        return false; // what it says is for the adoption, which asks it again
    }
    effects.changed = true;
    if (auto set = quarantineFor(
            store, row, "Its agent names an epoch that nobody has given out.", told.report, now);
        !set)
        return tl::unexpected(set.error());
    return false;
}

Result<AgentReports::Effects> AgentReports::write(Store& store, const Told& told, WallTime now)
{
    Effects effects;
    const AgentIdentity& from = told.from;
    const wire::AgentReport& report = told.report;
    const auto taken = store.recordWord(told.word);
    if (!taken)
        return tl::unexpected(taken.error());
    if (*taken) {
        effects.heard = true;
        return effects;
    }
    const auto row = store.findDesktop(from.desktop);
    if (!row && row.error().code != Errc::notFound)
        return tl::unexpected(row.error());
    if (!row || row->desktop.incarnation.number != from.incarnation
        || row->desktop.incarnation.endedAt) {
        effects.refused = true;
        return effects;
    }
    const auto sound = checkEpoch(store, *row, told, now, effects);
    if (!sound)
        return tl::unexpected(sound.error());
    if (!*sound)
        return effects;
    const auto pool = store.findPool(row->desktop.organisation, row->desktop.pool);
    // What a shared desktop says would be taken for another's word, and be lost.
    if (!pool && pool.error().code != Errc::notFound)
        return tl::unexpected(pool.error());
    if (pool && isShared(*pool))
        return writeShared(store, *row, *pool, report, now, std::move(effects));
    // R1: a desktop obeys one lease in all its life.
    if (report.lease && row->lease && *report.lease != row->lease->id.value()) {
        effects.changed = true;
        if (auto set = quarantineFor(
                store, *row, "It serves another lease than the one in the database.", report, now);
            !set)
            return tl::unexpected(set.error());
        return effects;
    }
    const auto ready = writeReadiness(store, *row, report, now, effects);
    if (!ready)
        return tl::unexpected(ready.error());
    const auto session = writeSession(store, *row, report, now, effects);
    if (!session)
        return tl::unexpected(session.error());
    return effects;
}

Result<void> AgentReports::writeReadiness(Store& store, const DesktopRow& row,
    const wire::AgentReport& report, WallTime now, Effects& effects)
{
    const IncarnationFacts& facts = row.desktop.incarnation;
    if (!report.isReady || facts.endingAt)
        return {};
    // What is saved, or to be, is not ready whatever its agent says; and one that was resumed has
    // to show that it has heard of that: its clock and its random numbers are good then.
    const bool isAsleep = facts.suspendingAt && !facts.resumingAt;
    const bool isStale
        = facts.resumingAt && report.resumed != facts.resumingAt->time_since_epoch().count();
    if (*report.isReady && (isAsleep || isStale) && !WARDESK_MUTATED(resumeUnproven))
        return {};
    if (!*report.isReady) {
        const auto taken = takeReadinessBack(store, row, now);
        effects.changed = taken.value_or(false);
        effects.unready = effects.changed && row.lease;
        return taken.map([](bool) {});
    }
    if (!report.certificateSha256 || !isSha256(*report.certificateSha256))
        return {};
    // S3: one incarnation shows one certificate, ever.
    if (!facts.certificateSha256.empty() && facts.certificateSha256 != *report.certificateSha256) {
        effects.changed = true;
        return quarantineFor(store, row,
            "Its certificate changed while it ran; somebody may have tampered with it.", report,
            now);
    }
    if (facts.readyAt)
        return {};
    effects.changed = true;
    const auto isFresh = acceptReset(store, row, report, now);
    if (!isFresh || !*isFresh)
        return isFresh.map([](bool) {});
    return store.recordReady(row.desktop.id, facts.number, *report.certificateSha256, now);
}

Result<void> AgentReports::writeSession(Store& store, const DesktopRow& row,
    const wire::AgentReport& report, WallTime now, Effects& effects)
{
    const IncarnationFacts& facts = row.desktop.incarnation;
    if (!report.session || facts.endingAt || (row.lease && row.lease->closedAt))
        return {};
    switch (*report.session) {
    case wire::SessionState::none:
        return {};
    case wire::SessionState::connected: {
        if (!row.lease) {
            effects.changed = true;
            return quarantineFor(
                store, row, "Somebody connected to it without having been given it.", report, now);
        }
        const Epoch epoch(report.epoch);
        if (row.lease->connectedAt && row.lease->epoch == epoch)
            return {};
        effects.changed = true;
        auto connected = store.recordConnected(row.lease->id, epoch, now);
        // An older client is still there; the newer one has not come yet (R3).
        if (!connected && connected.error().code == Errc::stale)
            return {};
        return connected;
    }
    case wire::SessionState::prepared:
    case wire::SessionState::disconnected:
        if (!row.lease || !row.lease->connectedAt)
            return {};
        effects.changed = true;
        return store.recordDisconnected(row.lease->id, now);
    case wire::SessionState::ended: {
        effects.changed = true;
        if (!row.lease)
            return facts.readyAt ? store.recordUnready(row.desktop.id, facts.number, now)
                                 : Result<void>();
        // R6: the agent of this very incarnation says that nothing of the session runs any more.
        const bool wasUsed
            = row.lease->firstConnectedAt || report.lease.value_or("") == row.lease->id.value();
        auto closed = store.closeLease(
            row.lease->id, wasUsed ? CloseReason::loggedOff : CloseReason::desktopLost, now);
        if (closed) {
            effects.closed.push_back(*row.lease);
            AuditNote note = brokerNote(row.desktop.organisation, "lease.close", row.desktop.name);
            note.detail = wasUsed ? "logged off" : "the session ended before it was used";
            note.detail += ", lease " + row.lease->id.value();
            std::ignore = writeAudit(store, note, nullptr, now);
        }
        return closed;
    }
    }
    return {};
}

void AgentReports::act(const AgentIdentity& from, const Effects& effects)
{
    if (effects.heard)
        m_adoption->heard();
    if (!effects.suspicion.empty())
        m_adoption->suspect(effects.suspicion);
    if (effects.refused) {
        m_agents.drop(from.desktop, from.incarnation, "this life of the desktop is over");
        return;
    }
    for (const Lease& closed : effects.closed)
        m_sessions.announceClosed(closed, "You logged off.");
    for (const Lease& over : effects.toEnd)
        endSeat(m_shell, m_agents, over);
    if (effects.unready)
        m_shell.timers.after(neverReadyAfter, [this, pool = from.pool] { m_pools.wake(pool); });
    if (effects.changed) {
        m_pools.wake(from.pool);
        m_events.desktopsChanged(from.organisation);
    }
}

void AgentReports::keepForLater(const AgentIdentity& from, const wire::AgentReport& report)
{
    if (WARDESK_MUTATED(eventLost))
        return;
    logEvent(LogLevel::warning, "agent.reportHeld", { { "desktop", from.name } });
    // Not as it was: what it has said meanwhile may be in the database already.
    const auto heard = m_heard.find(from.desktop);
    const bool isHere = heard != m_heard.end() && heard->second.incarnation == from.incarnation;
    m_unwritten[from.desktop] = { from, isHere ? heard->second.said : report };
    if (!m_retryScheduled) {
        m_retryScheduled = true;
        m_shell.timers.after(retryPause, [this] { retry(); });
    }
}

void AgentReports::retry()
{
    m_retryScheduled = false;
    const auto reports = std::exchange(m_unwritten, {});
    for (const auto& [desktop, held] : reports)
        submit(held.first, held.second, wordOf(held.first, held.second), [] {});
}

}
