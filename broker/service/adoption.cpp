// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/adoption.h"

#include "broker/service/acts.h"
#include "broker/service/audit.h"
#include "broker/service/log.h"
#include "broker/service/publicwords.h"

#include <algorithm>
#include <utility>

namespace wardesk::broker {

namespace {

constexpr std::chrono::seconds soon { 1 };
constexpr std::chrono::seconds hostPause { 3 };
constexpr std::chrono::seconds watchPause { 2 };

}

/// What is to be known before anything may be given out.
struct Adoption::Look
{
    std::optional<std::vector<ObservedDomain>> domains; ///< the host may be away
    std::optional<AdoptionRecord> running;
    Epoch seen; ///< by this process, before the database was asked
    Epoch database;
    std::vector<DesktopRow> desktops;
    bool wentBack = false; ///< the database would have given an epoch a second time
    bool vouchedFor = false; ///< by another broker that is alive
};

bool Adoption::isNew(const Look& look)
{
    // Its own registration may have taken an epoch already.
    return look.database == Epoch(0)
        || (look.desktops.empty() && (!look.domains || look.domains->empty()));
}

std::optional<std::string> Adoption::lossIn(const Look& look, Epoch seen)
{
    if (look.wentBack)
        return "the database would have given an epoch a second time";
    return findLoss(
        look.database, seen, look.desktops, look.domains.value_or(std::vector<ObservedDomain>()));
}

struct Adoption::Glance
{
    bool isOdd = false;
    bool isShared = false; ///< by several brokers
};

Adoption::Adoption(Shell& shell, Hosts& hosts, AgentLinks& agents, EventHub& events,
    PoolKeeper& keeper, Watermark& watermark, AdoptionSettings settings)
    : m_shell(shell)
    , m_hosts(hosts)
    , m_agents(agents)
    , m_events(events)
    , m_keeper(keeper)
    , m_watermark(watermark)
    , m_settings(std::move(settings))
{
}

void Adoption::start(const std::string& ordered)
{
    m_ordered = ordered;
    m_state = State::checking;
    m_keeper.hold();
    ask([this](const Result<Look>& seen) { first(seen); });
}

void Adoption::ask(Done<Look> then)
{
    // The host first, then the rows: what ended or began in between is no surprise.
    m_hosts.look(Hosts::Patience::patient,
        [this, then = std::move(then)](HostsSeen seen) { look(std::move(seen), then); });
}

void Adoption::look(HostsSeen hosts, Done<Look> then)
{
    Look look;
    if (hosts.isAny)
        look.domains = std::move(hosts.domains);
    look.seen = m_seen;
    onStore(
        m_shell, Urgency::first,
        [look = std::move(look), self = m_settings.broker, aliveWithin = m_settings.aliveWithin](
            Store& store) -> Result<Look> {
            Look found = look;
            auto running = store.findAdoption();
            if (!running)
                return tl::unexpected(running.error());
            found.running = std::move(*running);
            const auto epoch = store.currentEpoch();
            if (!epoch)
                return tl::unexpected(epoch.error());
            found.database = *epoch;
            found.wentBack = store.hasGoneBack();
            auto rows = store.listDesktops();
            if (!rows)
                return tl::unexpected(rows.error());
            found.desktops = std::move(*rows);
            const auto brokers = store.listBrokers(aliveWithin);
            if (!brokers)
                return tl::unexpected(brokers.error());
            found.vouchedFor = std::any_of(brokers->begin(), brokers->end(),
                [&self](const BrokerRecord& broker) { return broker.id != self; });
            return found;
        },
        std::move(then));
}

void Adoption::first(const Result<Look>& seen)
{
    if (!seen) {
        m_problem = databaseWords(seen.error());
        m_timer = m_shell.timers.after(soon, [this] { start(m_ordered); });
        return;
    }
    m_problem.clear();
    const std::optional<Epoch> mark = m_watermark.read();
    m_seen = std::max(m_seen, mark.value_or(Epoch(0)));
    if (const auto loss = lossIn(*seen, m_seen)) {
        enter(*loss);
    } else if (seen->running) {
        enter(seen->running->reason, AdoptionStart::anew);
    } else if (!m_ordered.empty()) {
        enter(m_ordered);
    } else if (!mark && !isNew(*seen) && !seen->vouchedFor) {
        enter("this broker has no record of what it has seen of the database, which is not new");
    } else {
        // Also of a new one: nothing of it can have been lost.
        m_proven = !seen->vouchedFor && mark.value_or(Epoch(0)) == seen->database;
        noteEpoch(seen->database);
        open();
    }
}

void Adoption::recheck()
{
    if (m_state != State::open || m_rechecking)
        return;
    m_rechecking = true;
    ask([this](const Result<Look>& seen) { again(seen); });
}

void Adoption::again(const Result<Look>& seen)
{
    m_rechecking = false;
    if (!seen || m_state != State::open)
        return; // who asked asks again
    if (seen->running)
        enter(seen->running->reason, AdoptionStart::anew);
    else if (const auto loss = lossIn(*seen, seen->seen))
        enter(*loss);
}

void Adoption::watch()
{
    // A promotion, or the adoption of another broker, that nothing else has run into yet.
    onStore(
        m_shell, Urgency::first,
        [seen = m_seen, aliveWithin = m_settings.aliveWithin](Store& store) -> Result<Glance> {
            Glance glance;
            const auto running = store.findAdoption();
            const auto epoch = store.currentEpoch();
            const auto brokers = store.listBrokers(aliveWithin);
            if (!running || !epoch || !brokers)
                return glance; // the health watch tells of a database that is away
            glance.isOdd = running->has_value() || *epoch < seen || store.hasGoneBack();
            glance.isShared = brokers->size() > 1;
            return glance;
        },
        [this](const Result<Glance>& told) {
            if (m_state != State::open)
                return;
            const Glance glance = told.value_or(Glance {});
            // Others may have seen more, and be gone when it is lost.
            m_proven = m_proven && !glance.isShared;
            if (glance.isOdd)
                recheck();
            later(watchPause, [this] { watch(); });
        });
}

void Adoption::order(const Principal& who, Done<wire::AdoptionStatus> done)
{
    audited<bool>(
        m_shell, noteOf(who, "system.adopt", ""),
        [](Store&, AuditNote&) { return Result<bool>(true); },
        [this, name = who.user.name, done = std::move(done)](const Result<bool>& noted) {
            if (!noted) {
                done(tl::unexpected(noted.error()));
                return;
            }
            if (m_state == State::open)
                enter("ordered by " + name);
            done(*status());
        });
}

void Adoption::suspect(const std::string& reason)
{
    if (m_state == State::open && believesAgents())
        enter(reason);
}

void Adoption::noteEpoch(Epoch epoch)
{
    if (epoch <= m_seen)
        return;
    m_seen = epoch;
    m_watermark.note(epoch);
}

void Adoption::enter(const std::string& reason, AdoptionStart how)
{
    m_how = how;
    logEvent(LogLevel::alarm, "system.adopting", { { "why", reason } });
    m_reason = reason;
    m_since = m_shell.clock.wall();
    m_total = m_settled = m_waiting = 0;
    m_late = m_askedAgain = false;
    m_domains.clear();
    m_keeper.hold();
    claim();
}

void Adoption::claim()
{
    m_state = State::claiming;
    onStore(
        m_shell, Urgency::first,
        [wanted = AdoptionRecord { .broker = m_settings.broker, .reason = m_reason }, seen = m_seen,
            how = m_how, organisation = m_shell.organisation,
            now = m_shell.clock.wall()](Store& store) -> Result<AdoptionRecord> {
            const auto database = store.currentEpoch();
            if (!database)
                return tl::unexpected(database.error());
            const auto found = store.findAdoption();
            if (!found)
                return tl::unexpected(found.error());
            auto begun = store.beginAdoption(
                wanted, safeEpoch(std::max(*database, seen)), adoptionLife, how);
            if (begun && !*found) {
                AuditNote note = brokerNote(organisation, "system.adopting", wanted.broker.value());
                note.detail = wanted.reason;
                std::ignore = writeAudit(store, note, nullptr, now);
            }
            return begun;
        },
        [this](const Result<AdoptionRecord>& begun) {
            // Every agent says again whose desktop it is; its session does not notice (R8). Only
            // now: what one said before was no word for an adoption that had not begun.
            if ((begun || begun.error().code == Errc::conflict)
                && !std::exchange(m_askedAgain, true))
                m_agents.closeAll("the broker asks again what runs");
            if (begun) {
                m_how = AdoptionStart::anew; // from here on it goes on, also after a crash
                list();
            } else if (begun.error().code == Errc::conflict) {
                follow();
            } else {
                m_problem = databaseWords(begun.error());
                later(soon, [this] { claim(); });
            }
        });
}

void Adoption::follow()
{
    m_state = State::following;
    onStore(
        m_shell, Urgency::first,
        [wanted = AdoptionRecord { .broker = m_settings.broker, .reason = m_reason },
            seen = m_seen](Store& store) -> Result<std::optional<AdoptionRecord>> {
            auto taken = store.beginAdoption(wanted, seen, adoptionLife, AdoptionStart::takeOver);
            if (taken)
                return std::optional<AdoptionRecord>(std::move(*taken));
            if (taken.error().code != Errc::conflict && taken.error().code != Errc::notFound)
                return tl::unexpected(taken.error());
            return store.findAdoption();
        },
        [this](const Result<std::optional<AdoptionRecord>>& found) {
            if (found && !*found) {
                m_adopted = true; // by the other one, for all
                open();
                return;
            }
            if (found && (*found)->broker == m_settings.broker) {
                logEvent(LogLevel::warning, "system.adoptionTakenOver");
                list();
                return;
            }
            if (found) {
                m_total = (*found)->total;
                m_settled = (*found)->settled;
            }
            m_problem = found ? std::string() : databaseWords(found.error());
            later(soon, [this] { follow(); });
        });
    if (m_domains.empty()) // for agents that the database does not know
        findAgain({}, {}, {}, [](const Result<AgentIdentity>&) {});
}

void Adoption::list()
{
    m_state = State::listing;
    // All but those in maintenance: what is not seen here would be taken out of the books.
    m_hosts.look(Hosts::Patience::whole, [this](HostsSeen seen) {
        if (!seen.isAny || !seen.problem.empty()) {
            m_problem
                = "a virtualisation host does not answer (wardeskctl host list says which, and "
                  "host remove --lost takes out one that never comes back)";
            later(hostPause, [this] { claim(); }); // which also says that this broker lives
            return;
        }
        m_problem.clear();
        m_domains = std::move(seen.domains);
        m_listedAt = m_settlingSince = m_shell.clock.monotonic();
        m_state = State::settling;
        m_words = 0;
        waitForWords();
        work();
    });
}

void Adoption::waitForWords()
{
    if (m_shell.clock.monotonic() >= m_settlingSince + m_settings.mostPatience)
        return; // the timer that runs is the last one
    m_shell.timers.cancel(m_lateTimer);
    m_lateTimer = m_shell.timers.after(m_settings.patience, [this] {
        m_late = true;
        work();
    });
}

void Adoption::open()
{
    m_state = State::open;
    m_reason.clear();
    m_problem.clear();
    m_domains.clear();
    m_shell.timers.cancel(m_timer);
    m_shell.timers.cancel(m_lateTimer);
    onStore(
        m_shell, Urgency::first,
        [seen = m_seen](Store& store) -> Result<Epoch> {
            const auto epoch = store.currentEpoch();
            if (epoch)
                store.expectEpoch(std::max(seen, *epoch));
            return epoch;
        },
        [this](const Result<Epoch>& epoch) {
            if (epoch)
                noteEpoch(*epoch);
            if (m_state != State::open)
                return;
            m_keeper.release();
            later(watchPause, [this] { watch(); });
        });
}

void Adoption::later(std::chrono::milliseconds pause, std::function<void()> what)
{
    m_shell.timers.cancel(m_timer);
    m_timer = m_shell.timers.after(pause, std::move(what));
}

std::optional<Error> Adoption::refusal() const
{
    if (m_state == State::open)
        return std::nullopt;
    if (m_state == State::checking)
        return Error { Errc::unavailable,
            "The broker has just started and looks at what runs. Try again in a moment." };
    std::string words = "The broker sets its database right after it was restored";
    if (m_total > 0)
        words += ": " + std::to_string(m_settled) + " of " + std::to_string(m_total)
            + " desktops are done";
    return Error { Errc::unavailable,
        words
            + ". Desktops in use go on; yours can be opened again as soon as it is done. Try "
              "again in a moment." };
}

std::optional<Error> Adoption::refusalOfAll() const
{
    return m_state == State::checking ? refusal() : std::nullopt;
}

std::optional<wire::AdoptionStatus> Adoption::status() const
{
    if (m_state == State::open)
        return std::nullopt;
    wire::AdoptionStatus status;
    status.state = m_state == State::checking ? "checking"
        : m_state == State::following         ? "following"
                                              : "adopting";
    status.total = m_total;
    status.settled = m_settled;
    status.waiting = m_waiting;
    if (m_state == State::checking)
        status.message = "looking at what runs";
    else
        status.message = "adopted " + std::to_string(m_settled) + " of " + std::to_string(m_total);
    if (!m_problem.empty())
        status.message += "; " + m_problem;
    return status;
}

void Adoption::authenticate(const DesktopId& desktop, Incarnation incarnation,
    const SecretHash& hash, Done<AgentIdentity> done)
{
    if (m_state == State::open || m_state == State::checking) {
        done(failure(Errc::unauthenticated, noSecretOfNow));
    } else if (auto identity = known(desktop, incarnation, hash)) {
        done(std::move(*identity));
    } else if (m_state != State::settling && m_state != State::following) {
        done(failure(Errc::unavailable, "The broker looks at what runs. Try again in a moment."));
    } else {
        findAgain(desktop, incarnation, hash, done);
    }
}

void Adoption::findAgain(const DesktopId& desktop, Incarnation incarnation, const SecretHash& hash,
    const Done<AgentIdentity>& done)
{
    const auto now = m_shell.clock.monotonic();
    if (now < m_listedAt + soon) { // one look for all who ask
        done(failure(Errc::unauthenticated, noSecretOfNow));
        return;
    }
    m_listedAt = now;
    m_hosts.look(Hosts::Patience::brief, [this, desktop, incarnation, hash, done](HostsSeen seen) {
        if (seen.isAny)
            m_domains = std::move(seen.domains);
        m_listedAt = m_shell.clock.monotonic(); // it may have taken long
        authenticate(desktop, incarnation, hash, done);
    });
}

std::optional<AgentIdentity> Adoption::known(
    const DesktopId& desktop, Incarnation incarnation, const SecretHash& hash) const
{
    const auto found
        = std::find_if(m_domains.begin(), m_domains.end(), [&](const ObservedDomain& domain) {
              return domain.desktop == desktop && domain.incarnation == incarnation
                  && !domain.bootstrapHash.isEmpty() && domain.bootstrapHash == hash;
          });
    if (found == m_domains.end())
        return std::nullopt;
    return AgentIdentity { .organisation = found->organisation,
        .pool = found->pool,
        .desktop = desktop,
        .name = found->hostName,
        .incarnation = incarnation };
}

}
