// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/agent/desktop/coretrial.h"

#include <QtTest>
#include <map>
#include <rapidcheck.h>
#include <set>

using namespace wardesk;
using namespace wardesk::desktop;
using wire::AgentCommandKind;
using wire::SessionState;

/// Random lives of a desktop, against what must hold in every one of them.
namespace {

/// What the test knows of a credential that was given out.
struct Given
{
    std::int64_t epoch = 0;
    std::string lease;
    MonotonicTime end;
};

struct Life
{
    CoreTrial trial = CoreTrial::ready();
    std::map<std::string, Given> given;
    std::set<std::string> used;
    std::string user; ///< the lease whose credential was accepted first
    std::int64_t highest = 0;
    std::map<std::int64_t, std::string> leaseOf; ///< by epoch
    std::string latest;

    void checkAlways()
    {
        const auto& memory = trial.core.memory();
        RC_ASSERT(memory.epoch == highest); // R3
        // S7: whoever is not connected leaves a locked screen behind.
        if (memory.session == SessionState::disconnected)
            RC_ASSERT(memory.isLocked);
        // Every change of the lock is an effect that the shell sees.
        for (const auto& effect : trial.effects) {
            if (std::holds_alternative<UnlockScreen>(effect))
                RC_ASSERT(trial.has<AcceptCredential>());
        }
        if (trial.reportOf(wire::AgentReportKind::session))
            RC_ASSERT(trial.has<RememberState>());
    }

    void prepare()
    {
        const auto epoch = *rc::gen::inRange<std::int64_t>(0, 8);
        const std::string lease(1, *rc::gen::inRange('a', 'd'));
        const std::string credential = "credential-" + std::to_string(given.size());
        const auto life = *rc::gen::inRange<std::int64_t>(1, 90'000);
        const auto answer = trial.prepare(epoch, lease, credential, life);
        if (epoch < highest)
            RC_ASSERT(answer.error == std::optional<std::string>("stale"));
        highest = std::max(highest, epoch);
        if (answer.error) {
            RC_ASSERT(!answer.credential);
            return;
        }
        RC_ASSERT(user.empty() || user == lease); // R1
        RC_ASSERT(leaseOf.emplace(epoch, lease).first->second == lease); // an epoch has one lease
        const auto end
            = trial.now + std::chrono::milliseconds(std::min<std::int64_t>(life, 60'000));
        given[credential] = { epoch, lease, end };
        latest = credential;
    }

    void offer()
    {
        // Any that was ever given out, and now and then one that never was.
        const auto number = *rc::gen::inRange<std::size_t>(0, given.size() + 1);
        offerThis("credential-" + std::to_string(number));
    }

    void offerThis(const std::string& credential)
    {
        if (!trial.offer(credential))
            return;
        RC_ASSERT(given.count(credential) == 1);
        const auto& about = given[credential];
        RC_ASSERT(used.insert(credential).second); // S5: once
        RC_ASSERT(about.epoch == highest); // never one of a lower epoch
        RC_ASSERT(credential == latest); // nor one that was replaced
        RC_ASSERT(trial.now < about.end);
        if (user.empty())
            user = about.lease;
        RC_ASSERT(user == about.lease); // R1
    }

    void command()
    {
        const auto kind = *rc::gen::element(
            AgentCommandKind::lock, AgentCommandKind::disconnect, AgentCommandKind::logoff);
        const auto epoch = *rc::gen::inRange<std::int64_t>(0, 8);
        const std::string lease(1, *rc::gen::inRange('a', 'd'));
        const bool isObeyed = !trial.command(kind, epoch, lease).error;
        RC_ASSERT(!isObeyed || epoch >= highest);
        highest = std::max(highest, epoch);
        if (isObeyed && kind != AgentCommandKind::logoff
            && trial.session() == SessionState::connected)
            RC_ASSERT(trial.isLocked());
    }

    void viewers()
    {
        const bool wasConnected
            = trial.session() == SessionState::connected && !trial.core.isAdmitting();
        Viewers seen;
        for (const std::uint64_t viewer : { 1U, 2U, 3U }) {
            if (*rc::gen::inRange(0, 3) == 0)
                seen.insert(viewer);
        }
        trial.feed(ViewersSeen { seen });
        if (wasConnected && seen.empty()) {
            RC_ASSERT(trial.has<LockScreen>());
            RC_ASSERT(trial.session() == SessionState::disconnected);
        }
        if (trial.core.hasSession() && trial.session() != SessionState::connected && !seen.empty())
            RC_ASSERT(trial.has<CutViewers>());
    }

    void step()
    {
        switch (*rc::gen::inRange(0, 9)) {
        case 0:
        case 1:
            prepare();
            break;
        case 2:
            offer();
            break;
        case 3:
            offerThis(latest);
            break;
        case 4:
            command();
            break;
        case 5:
            viewers();
            break;
        case 6:
            trial.advance(*rc::gen::inRange<long long>(0, 40'000));
            trial.feed(TimePassed {});
            break;
        case 7:
            trial.feed(LinkUp {});
            break;
        case 8:
            if (*rc::gen::inRange(0, 8) == 0)
                trial.feed(SessionGone {});
            else
                trial.feed(SessionStarted {});
            break;
        }
        checkAlways();
    }
};

}

class DesktopPropertiesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        if (!qEnvironmentVariableIsSet("RC_PARAMS"))
            qputenv("RC_PARAMS", "max_success=500");
    }

    void everyLifeKeepsTheRules()
    {
        QVERIFY(rc::check("R1, R3, S5 and S7 hold in every life of a desktop", [] {
            Life life;
            const int steps = *rc::gen::inRange(1, 120);
            for (int i = 0; i < steps; ++i)
                life.step();
        }));
    }

    void theLossOfTheBrokerIsNoEvent() // R7, R8
    {
        QVERIFY(rc::check("any number of reconnects changes nothing", [] {
            Life life;
            for (int i = 0; i < 30; ++i)
                life.step();
            auto with = life.trial;
            auto without = life.trial;
            for (int i = 0; i < 3; ++i)
                with.feed(LinkUp {});
            with.feed(ViewersSeen {});
            without.feed(ViewersSeen {});
            RC_ASSERT(with.session() == without.session());
            RC_ASSERT(with.isLocked() == without.isLocked());
            RC_ASSERT(with.core.deadline() == without.core.deadline());
        }));
    }
};

QTEST_APPLESS_MAIN(DesktopPropertiesTest)
#include "tst_desktopproperties.moc"
