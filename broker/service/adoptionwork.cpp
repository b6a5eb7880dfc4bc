// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/adoption.h"

#include "broker/service/audit.h"
#include "broker/service/evidence.h"
#include "broker/service/log.h"
#include "broker/service/publicwords.h"

#include <array>

namespace wardesk::broker {

namespace {

/// Desktops settled in one job, so that connects and reports get a turn in between.
constexpr std::size_t chunk = 50;
constexpr std::chrono::seconds signOfLife { 3 };

/// In the order of AdoptionVerdict; the first, to wait, is no step, and nothing is told of it.
constexpr std::array verdictNames { "", "kept", "lease made again", "to be made anew",
    "to be wiped", "lease closed", "lost", "removed", "set aside", "left alone" };
static_assert(verdictNames.size() == static_cast<std::size_t>(AdoptionVerdict::leave) + 1);

const char* nameOf(AdoptionVerdict verdict)
{
    return verdictNames[static_cast<std::size_t>(verdict)];
}

Result<AdoptionView> viewOf(Store& store, std::vector<ObservedDomain> domains, bool late)
{
    AdoptionView view;
    view.domains = std::move(domains);
    view.late = late;
    auto pools = store.listPools();
    if (!pools)
        return tl::unexpected(pools.error());
    view.pools = std::move(*pools);
    auto rows = store.listDesktops();
    if (!rows)
        return tl::unexpected(rows.error());
    view.desktops = std::move(*rows);
    auto words = store.listWords();
    if (!words)
        return tl::unexpected(words.error());
    view.words = std::move(*words);
    const auto settled = store.listSettled();
    if (!settled)
        return tl::unexpected(settled.error());
    view.settled.insert(settled->begin(), settled->end());
    std::set<OrganisationId> organisations;
    for (const Pool& pool : view.pools)
        organisations.insert(pool.organisation);
    for (const OrganisationId& organisation : organisations) {
        const auto images = store.listImages(organisation);
        if (!images)
            return tl::unexpected(images.error());
        for (const Image& image : *images)
            view.images.insert(image.id);
    }
    std::set<UserId> named;
    for (const AgentWord& word : view.words) {
        if (view.settled.contains(word.desktop))
            continue;
        named.insert(word.user);
        for (const SeatWord& seat : word.seats)
            named.insert(seat.user);
    }
    for (const DesktopRow& row : view.desktops)
        named.insert(row.desktop.owner);
    for (const ObservedDomain& domain : view.domains)
        named.insert(domain.owner);
    named.erase(UserId());
    for (const UserId& id : named) {
        const auto user = store.findUser(id);
        if (user)
            view.users.insert(id);
        else if (user.error().code != Errc::notFound)
            return tl::unexpected(user.error());
    }
    return view;
}

/// What the database refuses because of something that is in the way is set aside, and what cannot
/// even be set aside is left alone.
Result<void> write(Store& store, AdoptionStep& step, WallTime now)
{
    AdoptedDesktop adopted { .desktop = step.desktop,
        .row = step.verdict == AdoptionVerdict::leave ? std::nullopt : std::optional(step.row),
        .removed = step.verdict == AdoptionVerdict::retire,
        .settles = step.settles,
        .now = now };
    auto written = store.adoptDesktop(adopted);
    if (written || written.error().code != Errc::conflict)
        return written;
    step = setAside(std::move(step), written.error().detail, now);
    step.row.desktop.owner = {}; // which may be what is in the way
    adopted.row = step.row;
    written = store.adoptDesktop(adopted);
    if (written || written.error().code != Errc::conflict)
        return written;
    step.verdict = AdoptionVerdict::leave;
    step.detail = written.error().detail;
    adopted.row.reset();
    // Its row, if there is one, is not what runs: nobody may have it as it is.
    const auto aside = store.quarantine(step.desktop, step.detail, now);
    if (!aside && aside.error().code != Errc::notFound)
        return aside;
    return store.adoptDesktop(adopted);
}

void tell(const AdoptionStep& step)
{
    const bool good
        = step.verdict != AdoptionVerdict::leave && step.verdict != AdoptionVerdict::quarantine;
    const std::string& name = step.row.desktop.name;
    logEvent(good ? LogLevel::info : LogLevel::alarm, "desktop.adopted",
        { { "desktop", name.empty() ? step.desktop.value() : name },
            { "how", nameOf(step.verdict) }, { "why", step.detail } });
}

}

struct Adoption::Progress
{
    std::int64_t total = 0;
    std::int64_t settled = 0;
    std::int64_t waiting = 0;
    std::size_t words = 0;
    Epoch epoch; ///< the counter, above everything seen
    bool more = false; ///< steps are left that need nobody's word
};

void Adoption::work()
{
    if (m_state != State::settling)
        return;
    if (m_working) {
        m_workAgain = true;
        return;
    }
    m_working = true;
    m_workAgain = false;
    onStore(
        m_shell, Urgency::first,
        [domains = m_domains, late = m_late, self = m_settings.broker,
            organisation = m_shell.organisation,
            now = m_shell.clock.wall()](Store& store) -> Result<Progress> {
            auto view = viewOf(store, domains, late);
            if (!view)
                return tl::unexpected(view.error());
            // What this broker has seen was counted when the mode began; domains and agents may
            // know of more.
            const auto epoch = store.currentEpoch();
            if (!epoch)
                return tl::unexpected(epoch.error());
            view->database = *epoch;
            if (const Epoch wanted = safeEpoch(namedEpoch(*epoch, view->domains, view->words));
                *epoch < wanted) {
                if (auto raised = store.raiseEpoch(wanted); !raised)
                    return tl::unexpected(raised.error());
            }
            const auto raised = store.currentEpoch();
            if (!raised)
                return tl::unexpected(raised.error());
            AdoptionPlan plan = adopt(*view, now);
            Progress progress { .total = plan.total,
                .settled = static_cast<std::int64_t>(view->settled.size()),
                .waiting = plan.waiting,
                .words = view->words.size(),
                .epoch = *raised,
                .more = plan.steps.size() > chunk };
            const auto carryOut = [&]() -> Result<void> {
                for (std::size_t at = 0; at < std::min(chunk, plan.steps.size()); ++at) {
                    AdoptionStep& step = plan.steps[at];
                    if (auto written = write(store, step, now); !written)
                        return written;
                    progress.settled += step.settles ? 1 : 0;
                    const Desktop& desktop = step.row.desktop;
                    AuditNote note = brokerNote(
                        desktop.organisation.isEmpty() ? organisation : desktop.organisation,
                        "desktop.adopt",
                        desktop.name.empty() ? step.desktop.value() : desktop.name);
                    note.detail = std::string(nameOf(step.verdict)) + ": " + step.detail;
                    if (auto noted = writeAudit(store, note, nullptr, now); !noted)
                        return noted;
                    if (!step.settles || step.verdict != AdoptionVerdict::quarantine)
                        continue;
                    const SetAside why { .reason = step.detail,
                        .seen = "seen while a database that had lost something was set right" };
                    if (auto kept = noteSetAside(store, step.row, why, now); !kept)
                        return kept;
                }
                return store.noteAdoption(self, progress.total, progress.settled);
            };
            if (auto done = carryOut(); !done)
                return tl::unexpected(done.error()); // what was settled stays so
            for (std::size_t at = 0; at < std::min(chunk, plan.steps.size()); ++at)
                tell(plan.steps[at]);
            return progress;
        },
        [this](const Result<Progress>& progress) { settled(progress); });
}

void Adoption::settled(const Result<Progress>& progress)
{
    m_working = false;
    if (!progress) {
        m_problem = databaseWords(progress.error());
        logEvent(
            LogLevel::warning, "system.adoptionDelayed", { { "why", progress.error().detail } });
        if (progress.error().code == Errc::stale)
            follow(); // another broker has taken over
        else
            later(std::chrono::seconds(1), [this] { work(); });
        return;
    }
    m_problem.clear();
    noteEpoch(progress->epoch);
    if (progress->words > m_words && !m_late)
        waitForWords(); // they are on their way back
    m_words = std::max(m_words, progress->words);
    const bool moved = progress->settled != m_settled || progress->total != m_total;
    m_total = progress->total;
    m_settled = progress->settled;
    m_waiting = progress->waiting;
    if (moved)
        logEvent(LogLevel::info, "system.adopted",
            { { "progress",
                "adopted " + std::to_string(m_settled) + " of " + std::to_string(m_total) } });
    if (progress->more || m_workAgain) {
        work();
        return;
    }
    if (m_waiting > 0)
        later(signOfLife, [this] { work(); });
    else
        finish();
}

void Adoption::finish()
{
    onStore(
        m_shell, Urgency::first,
        [self = m_settings.broker, organisation = m_shell.organisation, total = m_total,
            now = m_shell.clock.wall()](Store& store) -> Result<Epoch> {
            if (auto ended = store.endAdoption(self); !ended)
                return tl::unexpected(ended.error());
            // Only now: what is tried again would be in the books twice (A10).
            AuditNote note = brokerNote(organisation, "system.adopted", self.value());
            note.detail = std::to_string(total) + " desktops";
            std::ignore = writeAudit(store, note, nullptr, now);
            return store.currentEpoch();
        },
        [this](const Result<Epoch>& epoch) {
            if (!epoch) {
                m_problem = databaseWords(epoch.error());
                later(std::chrono::seconds(1), [this] { work(); });
                return;
            }
            m_adopted = true;
            noteEpoch(*epoch);
            logEvent(LogLevel::info, "system.adoptionEnded",
                { { "desktops", std::to_string(m_total) },
                    { "ms", std::to_string((m_shell.clock.wall() - m_since).count()) } });
            open();
            m_events.desktopsChanged(m_shell.organisation);
        });
}

}
