// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/store/statementstopper.h"
#include "tests/contract/store/storefixture.h"
#include "tests/contract/store/storeundertest.h"

#include <QTest>
#include <functional>
#include <sstream>

using namespace wardesk;
using namespace wardesk::broker;
using namespace std::chrono_literals;
using test::at;
using test::check;
using test::orDie;

namespace {

/// A hospital with a free desktop, one that anna has, and the ticket for it.
struct Ward
{
    Ward()
    {
        hospital.build(store());
        anna = hospital.addUser(store(), "anna");
        bert = hospital.addUser(store(), "bert");
        used = hospital.addReadyDesktop(store(), "ward-01");
        lease = *orDie(store().grant(hospital.request(anna, "key-of-anna"))).lease;
        free = hospital.addReadyDesktop(store(), "ward-02");
        check(store().insertTicket(ticket("hash-1")));
    }
    Store& store() { return under.store(); }
    NewTicket ticket(const std::string& hash) const
    {
        return { .hash = SecretHash(hash),
            .lease = lease.id,
            .epoch = lease.epoch,
            .user = anna,
            .expiresAt = at(30s) };
    }
    /// Anna's desktop is on it.
    void loseHost()
    {
        north.id = HostId("north");
        north.name = "north";
        north.uri = "lxc+ssh://north/system";
        check(store().insertHost(north));
        under.sql(QStringLiteral("UPDATE desktops SET host_id = 'north' WHERE name = 'ward-01'"));
        check(store().setHostDead(north.id, at(7s)));
    }
    AdoptionRecord wanted() const { return { .broker = BrokerId("b1"), .reason = "restored" }; }
    void adopt() { orDie(store().beginAdoption(wanted(), Epoch(1000), 15s, AdoptionStart::anew)); }
    /// The free desktop as the database has lost it: its fifth life, and bert in it.
    AdoptedDesktop lost() const
    {
        DesktopRow row { free, lease };
        row.desktop.incarnation.number = Incarnation(5);
        row.desktop.incarnation.domain = DomainUuid("domain-5");
        row.lease->id = LeaseId("lease-of-bert");
        row.lease->user = bert;
        row.lease->desktop = free.id;
        row.lease->incarnation = Incarnation(5);
        row.lease->epoch = Epoch(77);
        return { .desktop = free.id, .row = row, .now = at(10s) };
    }
    /// All that the acts of this test change.
    std::string facts()
    {
        std::ostringstream text;
        const auto time = [](const std::optional<WallTime>& moment) {
            return moment ? moment->time_since_epoch().count() : -1;
        };
        for (const DesktopRow& row : orDie(store().listDesktops())) {
            const IncarnationFacts& facts = row.desktop.incarnation;
            text << row.desktop.id.value() << ' ' << row.desktop.owner.value() << ' '
                 << facts.number.value() << ' ' << facts.domain.value() << ' ' << facts.disk.value()
                 << ' ' << time(facts.startedAt) << ' ' << time(facts.readyAt) << ' '
                 << time(facts.endingAt) << ' ' << time(facts.endedAt) << ' '
                 << time(row.desktop.quarantinedAt);
            if (row.lease)
                text << " | " << row.lease->id.value() << ' ' << row.lease->epoch.value() << ' '
                     << time(row.lease->connectedAt) << ' ' << time(row.lease->disconnectedAt)
                     << ' ' << time(row.lease->closedAt);
            text << '\n';
        }
        for (const Lease& one : orDie(store().listOpenLeasesOf(anna)))
            text << one.id.value() << '\n';
        text << orDie(store().listHosts()).size() << '\n';
        for (const UserGroup& group : orDie(store().listUserGroups(hospital.organisation)))
            text << group.name << ' ' << group.members.size() << ' ';
        text << orDie(store().listEntitlements(hospital.pool)).size() << ' '
             << orDie(store().sessionLimits(hospital.organisation, hospital.pool)).perPool << '\n';
        if (const auto running = orDie(store().findAdoption()))
            text << running->broker.value() << ' ' << running->total << ' ' << running->settled;
        for (const Rollout& one : orDie(store().listRollouts(hospital.organisation, {})))
            text << one.id.value() << ' ' << static_cast<int>(one.state) << ' ';
        text << orDie(store().findPool(hospital.organisation, hospital.pool)).image.value();
        text << '\n'
             << orDie(store().listWords()).size() << ' ' << orDie(store().listSettled()).size();
        return text.str();
    }

    test::StoreUnderTest under { test::StoreKind::sqlite };
    test::Hospital hospital;
    Host north;
    UserId anna;
    UserId bert;
    Desktop used;
    Desktop free;
    Lease lease;
};

template <typename T> Result<void> plain(const Result<T>& result)
{
    return result ? Result<void>() : tl::unexpected(result.error());
}

using Act = std::function<Result<void>(Ward&)>;

Result<void> nothing(Ward&)
{
    return {};
}

/// A grant that must have this outcome.
Result<void> grant(Ward& ward, const LeaseRequest& request, GrantOutcome expected)
{
    const auto granted = ward.store().grant(request);
    if (granted && granted->outcome != expected)
        return failure(Errc::internal, "another outcome of the grant");
    return plain(granted);
}

}

Q_DECLARE_METATYPE(Act)

/// R1, R4: what takes several statements is whole or not at all. Each statement of each act is
/// stopped once: the caller hears of it, nothing is kept, and the same act succeeds afterwards.
class StoreStatements : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void eachActIsWholeOrNotAtAll_data();
    void eachActIsWholeOrNotAtAll();
};

void StoreStatements::eachActIsWholeOrNotAtAll_data()
{
    QTest::addColumn<Act>("before");
    QTest::addColumn<Act>("act");

    const auto row = [](const char* name, const Act& act, const Act& before = nothing) {
        QTest::newRow(name) << before << act;
    };
    row("grant", [](Ward& ward) {
        return grant(ward, ward.hospital.request(ward.bert, "key"), GrantOutcome::granted);
    });
    const Act killed = [](Ward& ward) -> Result<void> {
        ward.loseHost();
        return {};
    };
    row(
        "grant, the host is dead",
        [](Ward& ward) {
            return grant(ward, ward.hospital.request(ward.anna, "key-2"), GrantOutcome::granted);
        },
        killed);
    const auto limited = [](std::int64_t perPool, std::int64_t perUser) -> Act {
        return [perPool, perUser](Ward& ward) {
            check(ward.store().setUserLimit(ward.hospital.organisation, perUser));
            return ward.store().setPoolLimit(
                ward.hospital.organisation, ward.hospital.pool, perPool);
        };
    };
    row(
        "grant within limits",
        [](Ward& ward) {
            return grant(ward, ward.hospital.request(ward.bert, "key"), GrantOutcome::granted);
        },
        limited(2, 1));
    row(
        "grant at the pool's limit",
        [](Ward& ward) {
            return grant(ward, ward.hospital.request(ward.bert, "key"), GrantOutcome::poolLimit);
        },
        limited(1, 0));
    row(
        "grant, the host is dead, within limits",
        [](Ward& ward) {
            return grant(ward, ward.hospital.request(ward.anna, "key-2"), GrantOutcome::granted);
        },
        [limited](Ward& ward) -> Result<void> {
            ward.loseHost();
            return limited(1, 1)(ward);
        });
    row(
        "grant within limits, nothing is ready",
        [](Ward& ward) {
            return grant(ward, ward.hospital.request(ward.bert, "key"), GrantOutcome::nothingReady);
        },
        [limited](Ward& ward) -> Result<void> {
            check(ward.store().quarantine(ward.free.id, "odd", at(1s)));
            return limited(2, 0)(ward);
        });
    const auto group = [](const Ward& ward) {
        return UserGroup { .id = UserGroupId("group"),
            .organisation = ward.hospital.organisation,
            .name = "icu",
            .members = { ward.anna, ward.bert } };
    };
    row("insertUserGroup",
        [group](Ward& ward) { return ward.store().insertUserGroup(group(ward)); });
    const Act grouped = [group](Ward& ward) { return ward.store().insertUserGroup(group(ward)); };
    row(
        "changeMembers",
        [](Ward& ward) {
            return ward.store().changeMembers(
                ward.hospital.organisation, UserGroupId("group"), { ward.anna }, { ward.bert });
        },
        grouped);
    row(
        "removeUserGroup",
        [](Ward& ward) {
            return ward.store().removeUserGroup(ward.hospital.organisation, UserGroupId("group"));
        },
        grouped);
    row(
        "changeAccess",
        [](Ward& ward) {
            Entitlement entitlement;
            entitlement.subject = SubjectKind::group;
            entitlement.group = UserGroupId("group");
            return ward.store().changeAccess(ward.hospital.organisation, ward.hospital.pool, {},
                { { Entitlement {}, entitlement }, 3 });
        },
        grouped);
    row(
        "writeOffHost",
        [](Ward& ward) { return plain(ward.store().writeOffHost(ward.north, at(8s))); }, killed);
    row(
        "grant, an outdated image",
        [](Ward& ward) {
            return grant(ward, ward.hospital.request(ward.bert, "key"), GrantOutcome::granted);
        },
        [](Ward& ward) -> Result<void> {
            const ImageId next = ward.hospital.addVersion(ward.store(), "2");
            return ward.store().beginRollout(ward.hospital.rollout(next), {});
        });
    row(
        "beginRollout",
        [](Ward& ward) {
            return ward.store().beginRollout(ward.hospital.rollout(ImageId("image-2")), {});
        },
        [](Ward& ward) -> Result<void> {
            std::ignore = ward.hospital.addVersion(ward.store(), "2");
            return {};
        });
    row(
        "changeRollout",
        [](Ward& ward) {
            return ward.store().changeRollout({ .id = RolloutId("rollout-1"),
                .expected = RolloutState::running,
                .next = RolloutState::stopped,
                .reason = "broken",
                .by = "broker",
                .now = at(9s) });
        },
        [](Ward& ward) -> Result<void> {
            const ImageId next = ward.hospital.addVersion(ward.store(), "2");
            return ward.store().beginRollout(ward.hospital.rollout(next), {});
        });
    row(
        "rollBack",
        [](Ward& ward) {
            Rollout back = ward.hospital.rollout(ward.hospital.image, "rollout-2");
            back.from = ImageId("image-2");
            back.isRollback = true;
            return ward.store().beginRollout(back, RolloutId("rollout-1"));
        },
        [](Ward& ward) -> Result<void> {
            const ImageId next = ward.hospital.addVersion(ward.store(), "2");
            return ward.store().beginRollout(ward.hospital.rollout(next), {});
        });
    row("resume", [](Ward& ward) {
        return grant(ward, ward.hospital.request(ward.anna, "key"), GrantOutcome::resumed);
    });
    row("repeat", [](Ward& ward) {
        return grant(ward, ward.hospital.request(ward.anna, "key-of-anna"), GrantOutcome::repeated);
    });
    row("insertTicket",
        [](Ward& ward) { return ward.store().insertTicket(ward.ticket("hash-2")); });
    row("redeemTicket", [](Ward& ward) {
        return plain(ward.store().redeemTicket(SecretHash("hash-1"), ward.anna, at(1s)));
    });
    row("reviewLease",
        [](Ward& ward) { return plain(ward.store().reviewLease(ward.lease.id, at(1s))); });
    row("recordConnected", [](Ward& ward) {
        return ward.store().recordConnected(ward.lease.id, ward.lease.epoch, at(1s));
    });
    row(
        "recordDisconnected",
        [](Ward& ward) { return ward.store().recordDisconnected(ward.lease.id, at(2s)); },
        [](Ward& ward) {
            return ward.store().recordConnected(ward.lease.id, ward.lease.epoch, at(1s));
        });
    row("closeLease", [](Ward& ward) {
        return ward.store().closeLease(ward.lease.id, CloseReason::loggedOff, at(1s));
    });
    row(
        "closeLease, nobody has come to what is kept",
        [](Ward& ward) {
            return ward.store().closeLease(ward.lease.id, CloseReason::neverConnected, at(1s));
        },
        [](Ward& ward) -> Result<void> {
            ward.under.sql(
                QStringLiteral("UPDATE desktops SET owner_id = '%1' WHERE name = 'ward-01'")
                    .arg(QString::fromStdString(ward.anna.value())));
            return {};
        });
    const Act dedicated = [](Ward& ward) -> Result<void> {
        ward.under.sql(QStringLiteral("UPDATE pools SET kind = 'dedicated'"));
        return {};
    };
    row(
        "assignDesktop",
        [](Ward& ward) { return ward.store().assignDesktop(ward.free.id, ward.bert); }, dedicated);
    row(
        "unassignDesktop",
        [](Ward& ward) { return ward.store().unassignDesktop(ward.free.id, ward.bert, at(2s)); },
        [dedicated](Ward& ward) -> Result<void> {
            check(dedicated(ward));
            return ward.store().assignDesktop(ward.free.id, ward.bert);
        });
    row("addDesktop", [](Ward& ward) {
        return plain(ward.store().addDesktop(ward.hospital.desktop("ward-03"),
            ward.hospital.firstAddress, ward.hospital.lastAddress));
    });
    row("recordUnready", [](Ward& ward) {
        return ward.store().recordUnready(ward.free.id, Incarnation(1), at(1s));
    });
    row("beginEnding", [](Ward& ward) {
        return ward.store().beginEnding(
            ward.free.id, Incarnation(1), EndReason::poolShrunk, at(1s));
    });
    row(
        "beginIncarnation",
        [](Ward& ward) {
            return plain(ward.store().beginIncarnation({ .desktop = ward.free.id,
                .number = Incarnation(2),
                .domain = DomainUuid("domain-2"),
                .image = ward.hospital.image,
                .bootstrapHash = SecretHash("hash"),
                .now = at(3s) }));
        },
        [](Ward& ward) -> Result<void> {
            check(ward.store().beginEnding(
                ward.free.id, Incarnation(1), EndReason::poolShrunk, at(1s)));
            return ward.store().recordEnded(
                ward.free.id, Incarnation(1), DiskFate::removed, at(2s));
        });
    row("quarantine",
        [](Ward& ward) { return ward.store().quarantine(ward.free.id, "odd", at(1s)); });
    row("beginAdoption", [](Ward& ward) {
        return plain(
            ward.store().beginAdoption(ward.wanted(), Epoch(1000), 15s, AdoptionStart::anew));
    });
    const Act adopting = [](Ward& ward) -> Result<void> {
        ward.adopt();
        return {};
    };
    row(
        "noteAdoption", [](Ward& ward) { return ward.store().noteAdoption(BrokerId("b1"), 2, 1); },
        adopting);
    row(
        "recordWord",
        [](Ward& ward) {
            AgentWord word;
            word.desktop = ward.used.id;
            word.incarnation = Incarnation(1);
            word.seats = { { .seat = 1 }, { .seat = 2 } };
            return plain(ward.store().recordWord(word));
        },
        adopting);
    row(
        "adoptDesktop", [](Ward& ward) { return ward.store().adoptDesktop(ward.lost()); },
        adopting);
    row(
        "endAdoption", [](Ward& ward) { return ward.store().endAdoption(BrokerId("b1")); },
        adopting);
    row(
        "resume while adopting",
        [](Ward& ward) {
            return grant(ward, ward.hospital.request(ward.anna, "key"), GrantOutcome::resumed);
        },
        [](Ward& ward) -> Result<void> {
            ward.adopt();
            return ward.store().adoptDesktop({ .desktop = ward.used.id, .now = at(1s) });
        });
}

void StoreStatements::eachActIsWholeOrNotAtAll()
{
    QFETCH(Act, before);
    QFETCH(Act, act);
    bool isOver = false;
    for (int statement = 0; !isOver; ++statement) {
        QVERIFY(statement < 100);
        Ward ward;
        check(before(ward));
        const std::string facts = ward.facts();
        {
            const test::StatementStopper stopper(statement);
            const Result<void> stopped = act(ward);
            isOver = !stopper.hasStopped();
            QVERIFY2(isOver == stopped.has_value(), qPrintable(QString::number(statement)));
            QVERIFY(isOver || !stopped.error().detail.empty());
        }
        if (isOver) {
            QVERIFY(statement > 0);
            return;
        }
        QCOMPARE(ward.facts(), facts);
        const Result<void> again = act(ward);
        QVERIFY2(again, again ? "" : again.error().detail.c_str());
    }
}

QTEST_GUILESS_MAIN(StoreStatements)
#include "tst_storestatements.moc"
