// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/hypervisor.h"
#include "broker/pool/placement.h"
#include "broker/service/agentlinks.h"
#include "broker/service/eventhub.h"
#include "broker/service/hoststate.h"
#include "broker/service/shell.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wardesk::broker {

struct HostSettings
{
    /// R12: whoever asks all hosts waits so long for the last ones when another one has answered;
    /// longer for one that has needed longer the last time, as one with many desktops does.
    std::chrono::milliseconds patience { 40 };
    /// So long without an answer of libvirt and a word of any agent, and a host counts as dead.
    std::chrono::milliseconds deadAfter = std::chrono::seconds(5);
    /// After a start of the broker the agents are on their way back to it.
    std::chrono::milliseconds agentsReturn = std::chrono::seconds(15);
};

/// A connection to a host, and the lane that its calls block.
struct OpenHost
{
    std::unique_ptr<Hypervisor> hypervisor;
    std::unique_ptr<Lane> lane;
};

/// What a look at all hosts has shown.
struct HostsSeen
{
    std::vector<ObservedDomain> domains; ///< of those that are seen
    std::map<HostId, HostSight> sights;
    bool isAny = false; ///< one at least was seen
    std::string problem; ///< of one that was not, in words
};

/// How one host is, for people.
struct HostStanding
{
    HostSight sight = HostSight::away;
    bool isKnown = false; ///< it has answered, or failed to, since this broker runs
    std::string description; ///< "libvirt 9.0.0, LXC"
    std::string problem;
};

/// The rows with what is known of each; a host that nobody has looked at yet is away.
[[nodiscard]] std::vector<HostView> hostViews(
    const std::vector<Host>& rows, const SiteLoad& load, const std::map<HostId, HostSight>& sights);

/// The virtualisation hosts: one connection, one lane and one state each, so that none waits for
/// another (R12). Main lane only.
///
/// A host that does not answer is away: nothing is concluded from it and nothing planned for it. It
/// is dead when no agent on it speaks either; that is written down, so that its users get other
/// desktops from any broker. Whatever answers again ends both.
class Hosts
{
public:
    using Opener = std::function<Result<OpenHost>(const Host&)>;
    Hosts(Shell& shell, AgentLinks& agents, EventHub& events, HostState& summary,
        HostSettings settings = {});
    ~Hosts();
    Hosts(const Hosts&) = delete;
    Hosts& operator=(const Hosts&) = delete;
    void useOpener(Opener opener) { m_opener = std::move(opener); }
    /// The host of a broker that has one and no row for it. Both outlive this.
    void useOnly(Lane& lane, Hypervisor& host);
    /// From now on they are asked how they are; `changed` when something on one of them has.
    void start(std::function<void()> changed);
    /// The rows as they were just read: new hosts are opened, removed ones let go.
    void sync(const std::vector<Host>& rows);
    /// Of any thread: no call waits any longer, and every lane comes to its end.
    void stop();

    enum class Patience {
        brief, ///< a host that is away or hangs is left out
        patient, ///< the same, but connections may only be being made
        whole ///< all but those in maintenance are waited for
    };
    /// What runs on all of them; `late` when one that was left out has answered after all.
    void look(
        Patience patience, std::function<void(HostsSeen)> finish, std::function<void()> late = {});
    /// job(Hypervisor&) -> Result<T> on the host's lane, then finish(Result<T>) here.
    template <typename Job, typename Finish> void act(const HostId& id, Job job, Finish finish)
    {
        using Outcome = std::invoke_result_t<Job, Hypervisor&>;
        const EntryPtr entry = find(id);
        if (!entry) {
            detail::finishOn(m_shell.main, std::move(finish),
                Outcome(failure(Errc::unavailable, "this broker does not know the host yet")));
            return;
        }
        ++entry->acting;
        detail::runOn(
            m_shell, *entry->lane, Urgency::usual,
            [entry, job = std::move(job)]() mutable { return job(*entry->hypervisor); },
            [entry, finish = std::move(finish)](Outcome outcome) mutable {
                --entry->acting;
                finish(std::move(outcome));
            });
    }
    [[nodiscard]] HostStanding standingOf(const HostId& id) const;
    /// libvirt on it has not answered for as long as it takes to count as dead, and this process
    /// has been up for so long that the agents on it would have come back.
    [[nodiscard]] bool isSilent(const HostId& id) const;
    [[nodiscard]] std::map<HostId, HostSight> sights() const;

private:
    struct Entry
    {
        Host row;
        OpenHost owned;
        Hypervisor* hypervisor = nullptr;
        Lane* lane = nullptr;
        bool isKnown = false;
        std::string description;
        std::string problem; ///< empty: it answers
        MonotonicTime awaySince {}; ///< of the first question that was not answered
        std::map<std::uint64_t, MonotonicTime> asked; ///< questions that wait for their answers
        MonotonicTime answeredAt {};
        std::chrono::milliseconds listTook { 0 }; ///< the last time
        int acting = 0; ///< calls that change something
        MonotonicTime wordAt {}; ///< an agent on it spoke
        bool isListening = false; ///< a look at its silence is due
        /// Its agents have been asked since then, without a pause: nothing while they are not.
        std::optional<MonotonicTime> listeningSince;
        MonotonicTime listenedAt {}; ///< when they were asked last
        bool isReading = false; ///< whom to ask
        bool isWriting = false; ///< its death or return is being written down
        Timers::Id timer = 0;
    };
    using EntryPtr = std::shared_ptr<Entry>;
    struct Look;

    [[nodiscard]] EntryPtr find(const HostId& id) const;
    void add(const Host& row, OpenHost opened, Hypervisor& host, Lane& lane);
    void letGo(const EntryPtr& entry);
    void watch(const EntryPtr& entry);
    void answered(const std::shared_ptr<Look>& look, const HostId& id,
        Result<std::vector<ObservedDomain>> domains);
    static void conclude(const std::shared_ptr<Look>& look);
    [[nodiscard]] std::chrono::milliseconds patienceWith(const std::vector<EntryPtr>& asked) const;
    void note(const EntryPtr& entry, MonotonicTime since, const Error* error);
    void summarise();
    void listen(const EntryPtr& entry, std::chrono::milliseconds pause);
    void hear(const EntryPtr& entry);
    void hearAgents(const EntryPtr& entry);
    void judge(const EntryPtr& entry);
    void writeDead(const EntryPtr& entry, bool isDead);
    [[nodiscard]] std::optional<MonotonicTime> silentSince(const Entry& entry) const;
    [[nodiscard]] HostSight sightOf(const Entry& entry) const;
    [[nodiscard]] bool isElsewhere(const Entry& entry) const;

    template <typename Job, typename Finish> void ask(const EntryPtr& entry, Job job, Finish finish)
    {
        using Outcome = std::invoke_result_t<Job, Hypervisor&>;
        const std::uint64_t number = ++m_lastAsked;
        const MonotonicTime since = m_shell.clock.monotonic();
        entry->asked.emplace(number, since);
        listen(entry, std::chrono::seconds(1));
        // First: it waits for the call that runs, not for all that wait to change something.
        detail::runOn(
            m_shell, *entry->lane, Urgency::first,
            [entry, job = std::move(job)]() mutable { return job(*entry->hypervisor); },
            [this, entry, number, since, finish = std::move(finish)](Outcome outcome) mutable {
                entry->asked.erase(number);
                if (outcome || outcome.error().code != Errc::overloaded)
                    note(entry, since, outcome ? nullptr : &outcome.error());
                finish(std::move(outcome));
            });
    }

    Shell& m_shell;
    AgentLinks& m_agents;
    EventHub& m_events;
    HostState& m_summary;
    const HostSettings m_settings;
    Opener m_opener;
    std::function<void()> m_changed;
    MonotonicTime m_startedAt {};
    std::map<HostId, EntryPtr> m_entries;
    std::map<HostId, std::string> m_unusable; ///< could not be opened, and why
    std::vector<EntryPtr> m_gone; ///< their calls may still be on their way
    std::uint64_t m_lastAsked = 0;
};

}
