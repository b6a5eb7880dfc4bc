// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/week/poolweek.h"

#include "broker/pool/outlook.h"
#include "broker/pool/reconcile.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>
#include <queue>
#include <random>

namespace wardesk::bench {

namespace {

using namespace std::chrono_literals;
using namespace broker;
using std::chrono::days;

constexpr std::chrono::seconds usualRound { 30 }; // R5
constexpr std::chrono::minutes young { 5 }; ///< as long the broker uses what it has reckoned
constexpr std::chrono::seconds cacheRound { 19 };
constexpr std::int64_t cachePreparesAtOnce = 15;

enum class Kind { visit, leave, ready, round, cacheRound, sample };

struct Event
{
    WallTime at {};
    std::int64_t order = 0; ///< what comes first stays first
    Kind kind = Kind::round;
    std::size_t subject = 0; ///< of a visit, or the desktop
    long long incarnation = 0;
    bool operator>(const Event& other) const
    {
        return std::tie(at, order) > std::tie(other.at, other.order);
    }
};

class Week
{
public:
    Week(const Hospital& hospital, const ZoneOffsets& zone, const Setting& setting)
        : m_hospital(hospital)
        , m_setting(setting)
        , m_boots(setting.seed)
        , m_now(hospital.begin)
    {
        m_limits.startsAtOnce = setting.startsAtOnce;
        m_limits.startsPerHost = setting.startsAtOnce;
        m_pool.id = PoolId("hospital");
        m_pool.name = "hospital";
        m_pool.image = ImageId("image");
        m_pool.spare = setting.policy == Policy::cache ? 0 : setting.spare;
        m_pool.max = setting.max;
        m_pool.forecast = setting.policy == Policy::forecast;
        m_pool.createdAt = hospital.begin - days(365);
        m_basis.zone = zone;
        m_facts.since = m_pool.createdAt;
        m_facts.history = hospital.history;
        m_facts.shifts = hospital.roster;
    }

    Outcome run()
    {
        for (std::size_t i = 0; i < m_hospital.visits.size(); ++i)
            post(m_hospital.visits[i].at, Kind::visit, i);
        post(m_now, Kind::round);
        post(m_now, Kind::sample);
        if (m_setting.policy == Policy::cache)
            post(m_now, Kind::cacheRound);
        const WallTime end = m_hospital.begin + days(7);
        while (!m_events.empty() && m_events.top().at < end) {
            const Event event = m_events.top();
            m_events.pop();
            passTo(event.at);
            handle(event);
        }
        return std::move(m_outcome);
    }

private:
    struct Life
    {
        DesktopRow row;
        bool isThere = true;
        bool runs = false;
    };

    void post(WallTime at, Kind kind, std::size_t subject = 0, long long incarnation = 0)
    {
        m_events.push({ at, m_order++, kind, subject, incarnation });
    }

    void passTo(WallTime at)
    {
        const double hours = std::chrono::duration<double, std::ratio<3600>>(at - m_now).count();
        m_outcome.desktopHours += hours * static_cast<double>(m_running);
        m_outcome.spareHours += hours * static_cast<double>(m_running - m_inUse);
        m_now = at;
    }

    void handle(const Event& event)
    {
        switch (event.kind) {
        case Kind::visit:
            ++m_outcome.signIns;
            m_waiting.push_back(event.subject);
            serve();
            if (!m_waiting.empty() && m_waiting.back() == event.subject) {
                ++m_outcome.waited;
                m_outcome.waits.push_back(m_now);
                if (m_setting.policy == Policy::cache)
                    startOne(); // made for the user who asks, whatever the cache does
            }
            decide();
            return;
        case Kind::leave:
            close(event);
            decide();
            return;
        case Kind::ready:
            makeReady(event);
            serve();
            decide();
            return;
        case Kind::round:
            decide();
            post(m_now + usualRound, Kind::round);
            return;
        case Kind::cacheRound:
            fillCache();
            post(m_now + cacheRound, Kind::cacheRound);
            return;
        case Kind::sample:
            m_outcome.samples.push_back(
                { m_now, m_inUse, m_running - m_inUse, static_cast<std::int64_t>(m_ready.size()) });
            post(m_now + 1min, Kind::sample);
            return;
        }
    }

    Life* find(const Event& event)
    {
        Life& life = m_lives[event.subject];
        const bool same
            = life.isThere && life.row.desktop.incarnation.number.value() == event.incarnation;
        return same ? &life : nullptr;
    }

    /// Whoever waits longest gets what became ready first.
    void serve()
    {
        while (!m_waiting.empty() && !m_ready.empty()) {
            const std::size_t index = m_ready.front();
            m_ready.pop_front();
            const Visit& visit = m_hospital.visits[m_waiting.front()];
            m_waiting.pop_front();
            const double waited = std::chrono::duration<double>(m_now - visit.at).count();
            m_outcome.waitSeconds += waited;
            m_outcome.longestWait = std::max(m_outcome.longestWait, waited);
            DesktopRow& row = m_lives[index].row;
            Lease lease;
            lease.id = LeaseId(std::to_string(m_order));
            lease.desktop = row.desktop.id;
            lease.incarnation = row.desktop.incarnation.number;
            lease.grantedAt = m_now;
            lease.firstConnectedAt = m_now;
            row.lease = lease;
            ++m_inUse;
            m_counted.push_back(m_now);
            post(m_now + visit.stays, Kind::leave, index, lease.incarnation.value());
        }
    }

    void close(const Event& event)
    {
        Life* life = find(event);
        if (life == nullptr || !life->row.lease)
            return;
        life->row.lease->closedAt = m_now;
        life->row.lease->closeReason = CloseReason::loggedOff;
        --m_inUse;
        if (m_setting.policy == Policy::cache)
            remove(event.subject); // the cache makes new ones
    }

    void makeReady(const Event& event)
    {
        Life* life = find(event);
        if (life == nullptr || !life->runs)
            return;
        life->row.desktop.incarnation.readyAt = m_now;
        m_bootTimes.push_front(m_now - *life->row.desktop.incarnation.startedAt);
        if (m_bootTimes.size() > 50)
            m_bootTimes.pop_back();
        m_ready.push_back(event.subject);
        --m_booting;
    }

    std::size_t add()
    {
        Life life;
        Desktop& desktop = life.row.desktop;
        // Fixed width, so that the order of the ids is the order of their making.
        std::string number = std::to_string(m_lives.size());
        number.insert(0, 8 - number.size(), '0');
        desktop.id = DesktopId(number);
        desktop.pool = m_pool.id;
        desktop.name = "hospital-" + number;
        desktop.incarnation.number = Incarnation(1);
        desktop.incarnation.image = m_pool.image;
        desktop.incarnation.domain = DomainUuid(number + "-1");
        desktop.incarnation.createdAt = m_now;
        m_lives.push_back(std::move(life));
        m_indexes.push_back(m_lives.size() - 1);
        return m_lives.size() - 1;
    }

    void start(std::size_t index)
    {
        Life& life = m_lives[index];
        life.row.desktop.incarnation.startedAt = m_now;
        life.runs = true;
        ++m_running;
        ++m_booting;
        ++m_outcome.boots;
        // Most boots are alike, a few are slow.
        const double draw = static_cast<double>(m_boots() >> 11U) / 9007199254740992.0;
        const double factor = draw < 0.9 ? 0.85 + draw / 3 : 1.2 + (draw - 0.9) * 10;
        post(m_now
                + std::chrono::milliseconds(
                    std::llround(static_cast<double>(m_setting.boot.count()) * factor)),
            Kind::ready, index, life.row.desktop.incarnation.number.value());
    }

    void stop(Life& life)
    {
        if (!life.runs)
            return;
        life.runs = false;
        --m_running;
        if (!life.row.desktop.incarnation.readyAt)
            --m_booting;
    }

    void remove(std::size_t index)
    {
        Life& life = m_lives[index];
        stop(life);
        life.isThere = false;
        std::erase(m_indexes, index);
        std::erase(m_ready, index);
    }

    void startOne()
    {
        if (std::ssize(m_indexes) < m_setting.max)
            start(add());
    }

    void fillCache()
    {
        const auto cached = static_cast<std::int64_t>(m_ready.size()) + m_booting
            - static_cast<std::int64_t>(m_waiting.size());
        for (std::int64_t have = cached; have < m_setting.spare && m_booting < cachePreparesAtOnce;
             ++have)
            startOne();
        for (std::int64_t have = cached; have > m_setting.spare && !m_ready.empty(); --have)
            remove(m_ready.back());
    }

    void reckon()
    {
        if (!m_basis.demand.slots.empty() && m_now - m_facts.now < young)
            return;
        m_facts.now = m_now;
        for (const WallTime at : m_counted)
            m_facts.history.push_back({ at, 1 });
        m_counted.clear();
        m_basis.demand = expectDemand(m_facts, m_basis.zone);
        m_basis.pace = paceOf({ m_bootTimes.begin(), m_bootTimes.end() }, m_limits.startsAtOnce);
    }

    /// Rounds as the pool keeper makes them, until a plan has nothing that can be done at once.
    void decide()
    {
        if (m_setting.policy == Policy::cache)
            return;
        PoolView view;
        view.pool = m_pool;
        view.addressesLeft = m_setting.max;
        if (m_pool.forecast) {
            reckon();
            view.target = targetAt(m_pool, m_basis, m_now);
            view.target->keep = m_keep;
        }
        for (int steps = 0; steps < 6; ++steps) {
            view.waiting = static_cast<std::int64_t>(m_waiting.size());
            look(view);
            const Plan plan = reconcile(view, m_now, m_limits);
            if (steps == 0 && m_pool.forecast)
                m_keep = m_memory.note(plan.wished, m_now, m_limits.calm);
            if (plan.actions.empty())
                return;
            for (const Action& action : plan.actions)
                act(action);
        }
    }

    void look(PoolView& view)
    {
        view.desktops.clear();
        view.domains.emplace();
        m_byId.clear();
        for (const std::size_t index : m_indexes) {
            const Life& life = m_lives[index];
            view.desktops.push_back(life.row);
            m_byId[life.row.desktop.id] = index;
            if (!life.runs)
                continue;
            ObservedDomain domain;
            domain.uuid = life.row.desktop.incarnation.domain;
            domain.state = DomainState::running;
            domain.desktop = life.row.desktop.id;
            domain.pool = m_pool.id;
            domain.incarnation = life.row.desktop.incarnation.number;
            view.domains->push_back(std::move(domain));
        }
    }

    void act(const Action& action)
    {
        if (std::holds_alternative<AddDesktop>(action)) {
            add();
        } else if (const auto* begin = std::get_if<BeginIncarnation>(&action)) {
            DesktopRow& row = m_lives[m_byId.at(begin->desktop)].row;
            row.desktop.incarnation = {};
            row.desktop.incarnation.number = begin->number;
            row.desktop.incarnation.image = m_pool.image;
            row.desktop.incarnation.domain
                = DomainUuid(row.desktop.id.value() + '-' + std::to_string(begin->number.value()));
            row.desktop.incarnation.createdAt = m_now;
            row.lease.reset();
        } else if (const auto* started = std::get_if<StartDomain>(&action)) {
            start(m_byId.at(started->desktop));
        } else if (const auto* ending = std::get_if<BeginEnding>(&action)) {
            const std::size_t index = m_byId.at(ending->desktop);
            m_lives[index].row.desktop.incarnation.endingAt = m_now;
            std::erase(m_ready, index);
        } else if (const auto* destroyed = std::get_if<DestroyDomain>(&action)) {
            Life& life = m_lives[m_byId.at(destroyed->desktop)];
            stop(life);
            life.row.desktop.incarnation.endedAt = m_now;
        } else if (const auto* ended = std::get_if<RecordEnded>(&action)) {
            m_lives[m_byId.at(ended->desktop)].row.desktop.incarnation.endedAt = m_now;
        } else if (const auto* removed = std::get_if<RemoveDesktop>(&action)) {
            remove(m_byId.at(removed->desktop));
        }
    }

    const Hospital& m_hospital;
    const Setting m_setting;
    std::mt19937_64 m_boots;
    Limits m_limits;
    Pool m_pool;
    PoolBasis m_basis;
    DemandFacts m_facts;
    SpareMemory m_memory;
    std::int64_t m_keep = 0;
    WallTime m_now {};
    std::priority_queue<Event, std::vector<Event>, std::greater<>> m_events;
    std::int64_t m_order = 0;
    std::deque<Life> m_lives; ///< all that ever were
    std::vector<std::size_t> m_indexes; ///< of those that are there
    std::map<DesktopId, std::size_t> m_byId;
    std::deque<std::size_t> m_ready;
    std::deque<std::size_t> m_waiting; ///< visits
    std::deque<std::chrono::milliseconds> m_bootTimes;
    std::vector<WallTime> m_counted; ///< sign-ins since the demand was reckoned
    std::int64_t m_running = 0;
    std::int64_t m_booting = 0;
    std::int64_t m_inUse = 0;
    Outcome m_outcome;
};

}

Outcome runWeek(const Hospital& hospital, const ZoneOffsets& zone, const Setting& setting)
{
    return Week(hospital, zone, setting).run();
}

}
