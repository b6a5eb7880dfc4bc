// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/storefactory.h"
#include "protocols/base/encoding.h"
#include "tests/contract/store/faultydisk.h"
#include "tests/contract/store/storefixture.h"

#include <QTemporaryDir>
#include <QTest>
#include <sqlite3.h>

using namespace wardesk;
using namespace wardesk::broker;
using namespace std::chrono_literals;
using test::at;
using test::check;
using test::DiskFault;
using test::FaultyDisk;
using test::orDie;

namespace {

constexpr int desktops = 12;

std::string numbered(const char* stem, int number)
{
    return stem + std::to_string(number);
}

/// What SQLite itself says of the file; "ok" when it is whole.
std::string integrityOf(const std::string& path)
{
    sqlite3* database = nullptr;
    std::string words = "cannot be opened";
    if (sqlite3_open(path.c_str(), &database) == SQLITE_OK) {
        const auto keep = [](void* into, int, char** columns, char**) {
            *static_cast<std::string*>(into) = columns[0];
            return 0;
        };
        sqlite3_exec(database, "PRAGMA integrity_check", keep, &words, nullptr);
    }
    sqlite3_close(database);
    return words;
}

}

/// What was answered survives a power cut, and a disk that fails at any operation leaves nothing
/// half done.
class StorePowerCut : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void theSystemsSqliteIsTheOneInUse();
    void whatWasAnsweredSurvivesAPowerCut();
    void aGroupIsThereWholeOrNotAtAll();
    void aDiskThatFailsAtAnyPointGrantsNothingByHalves_R14_data();
    void aDiskThatFailsAtAnyPointGrantsNothingByHalves_R14();

private:
    /// An open store with users and ready desktops on a disk of its own.
    void build();
    /// Everything that `answered` says is there after the cut, and what is there is whole.
    void verify(const std::string& copy, const std::vector<Lease>& answered);

    std::unique_ptr<QTemporaryDir> m_folder;
    std::string m_path;
    std::unique_ptr<FaultyDisk> m_disk;
    std::unique_ptr<Store> m_store;
    test::Hospital m_hospital;
};

void StorePowerCut::init()
{
    m_store.reset();
    m_disk.reset();
    m_folder = std::make_unique<QTemporaryDir>();
    m_path = m_folder->filePath(QStringLiteral("broker.db")).toStdString();
    m_disk = std::make_unique<FaultyDisk>();
    build();
}

void StorePowerCut::build()
{
    m_store = orDie(openSqlite(m_path));
    m_hospital.build(*m_store);
    for (int number = 0; number < desktops; ++number) {
        std::ignore = m_hospital.addUser(*m_store, numbered("nurse", number));
        m_hospital.addReadyDesktop(*m_store, numbered("ward-", number));
    }
}

void StorePowerCut::verify(const std::string& copy, const std::vector<Lease>& answered)
{
    QCOMPARE(integrityOf(copy), std::string("ok"));
    const std::unique_ptr<Store> store = orDie(openSqlite(copy));
    for (const Lease& lease : answered) {
        const Result<Lease> found = store->findLease(m_hospital.organisation, lease.id);
        QVERIFY2(found.has_value(), "an answered lease is gone");
        QCOMPARE(found->desktop, lease.desktop);
        QCOMPARE(found->user, lease.user);
        QVERIFY(found->epoch >= lease.epoch);
    }
    QCOMPARE(orDie(store->verifyAudit()), std::int64_t(0));
    // R3: no epoch comes a second time, whatever was lost.
    const Epoch next = orDie(store->nextEpoch());
    for (const Lease& lease : answered)
        QVERIFY(next > lease.epoch);
}

void StorePowerCut::theSystemsSqliteIsTheOneInUse()
{
    // Otherwise everything below would test nothing.
    QVERIFY(m_disk->operations(DiskFault::full) > 0);
    QVERIFY(m_disk->operations(DiskFault::syncError) > 0);
}

void StorePowerCut::whatWasAnsweredSurvivesAPowerCut()
{
    std::vector<Lease> answered;
    int cuts = 0;
    for (int number = 0; number < desktops; ++number) {
        const UserId user("user-" + numbered("nurse", number));
        answered.push_back(*orDie(m_store->grant(m_hospital.request(user, "key"))).lease);
        AuditRecord record;
        record.organisation = m_hospital.organisation;
        record.action = "lease.grant";
        check(m_store->appendAudit(record));
        for (const unsigned seed : { 0U, 1U, 2U, 3U }) {
            const std::string copy
                = m_folder->filePath(QStringLiteral("cut%1.db").arg(cuts++)).toStdString();
            m_disk->cutPower(m_path, copy, seed + static_cast<unsigned>(number) * 10 * (seed > 0));
            verify(copy, answered);
        }
    }
    qInfo("%d power cuts, nothing that was answered was lost", cuts);
}

void StorePowerCut::aGroupIsThereWholeOrNotAtAll()
{
    std::vector<Lease> answered;
    std::vector<Lease> unanswered;
    int cuts = 0;
    const auto cut = [&](unsigned seed) {
        const std::string copy
            = m_folder->filePath(QStringLiteral("cut%1.db").arg(cuts++)).toStdString();
        m_disk->cutPower(m_path, copy, seed);
        verify(copy, answered);
        const std::unique_ptr<Store> store = orDie(openSqlite(copy));
        QCOMPARE(orDie(store->listOpenLeases(m_hospital.organisation)).size(), answered.size());
    };
    for (int first = 0; first + 4 <= desktops; first += 4) {
        check(m_store->beginGroup());
        unanswered.clear();
        for (int number = first; number < first + 4; ++number) {
            const UserId user("user-" + numbered("nurse", number));
            unanswered.push_back(*orDie(m_store->grant(m_hospital.request(user, "key"))).lease);
            cut(static_cast<unsigned>(number)); // nobody was told yet, and nothing is there
        }
        check(m_store->commitGroup());
        answered.insert(answered.end(), unanswered.begin(), unanswered.end());
        cut(0);
        cut(static_cast<unsigned>(first) + 1);
    }
    // A group whose commit fails at any operation leaves nothing of itself.
    for (const DiskFault fault : { DiskFault::full, DiskFault::writeError, DiskFault::syncError }) {
        check(m_store->closeLease(answered.back().id, CloseReason::loggedOff, at(1s)));
        const UserId user = answered.back().user;
        const std::string key = numbered("more-", static_cast<int>(fault));
        m_hospital.addReadyDesktop(*m_store, key);
        answered.pop_back();
        check(m_store->beginGroup());
        const Result<Grant> granted = m_store->grant(m_hospital.request(user, key));
        m_disk->failFrom(m_disk->operations(fault) + 1, fault);
        const Result<void> committed = m_store->commitGroup();
        QVERIFY(!committed);
        QCOMPARE(committed.error().code, Errc::storageFull);
        m_disk->heal();
        QVERIFY(orDie(m_store->listOpenLeasesOf(user)).empty());
        answered.push_back(*orDie(m_store->grant(m_hospital.request(user, key))).lease);
        QVERIFY(!granted || granted->lease->id != answered.back().id);
        cut(0);
    }
}

void StorePowerCut::aDiskThatFailsAtAnyPointGrantsNothingByHalves_R14_data()
{
    QTest::addColumn<int>("fault");
    QTest::addColumn<qint64>("howMany");
    QTest::newRow("no space, from then on") << int(DiskFault::full) << qint64(INT64_MAX);
    QTest::newRow("no space, once") << int(DiskFault::full) << qint64(1);
    QTest::newRow("write error, from then on") << int(DiskFault::writeError) << qint64(INT64_MAX);
    QTest::newRow("write error, once") << int(DiskFault::writeError) << qint64(1);
    QTest::newRow("sync error, from then on") << int(DiskFault::syncError) << qint64(INT64_MAX);
    QTest::newRow("sync error, once") << int(DiskFault::syncError) << qint64(1);
}

void StorePowerCut::aDiskThatFailsAtAnyPointGrantsNothingByHalves_R14()
{
    QFETCH(int, fault);
    QFETCH(qint64, howMany);
    const UserId owner("user-nurse0");
    const Lease own = *orDie(m_store->grant(m_hospital.request(owner, "own"))).lease;
    std::vector<Lease> answered { own };
    int refusals = 0;
    // Every operation of a grant fails once, until one gets through because the point of failure
    // lies behind it. Some points fall into a checkpoint, which nobody waits for.
    int clean = 0;
    for (int point = 1; clean < 3 && point < 200; ++point) {
        const int number = static_cast<int>(answered.size());
        if (number >= desktops)
            break;
        const UserId user("user-" + numbered("nurse", number));
        const auto kind = static_cast<DiskFault>(fault);
        const std::int64_t before = m_disk->operations(kind);
        m_disk->failFrom(before + point, kind, howMany);
        const Result<Grant> fresh
            = m_store->grant(m_hospital.request(user, numbered("try", point)));
        const bool reached = m_disk->operations(kind) >= before + point;
        // While the disk is as it is, who has a desktop gets it (R14).
        const Result<Grant> again
            = m_store->grant(m_hospital.request(owner, numbered("again", point)));
        QVERIFY2(again.has_value(), again ? "" : again.error().detail.c_str());
        QCOMPARE(again->lease->id, own.id);
        if (fresh) {
            QCOMPARE(fresh->outcome, GrantOutcome::granted);
            answered.push_back(*fresh->lease);
        } else {
            ++refusals;
            QCOMPARE(fresh.error().code, Errc::storageFull);
            QVERIFY2(fresh.error().detail.find("desktops in use go on") != std::string::npos,
                fresh.error().detail.c_str());
        }
        m_disk->heal();
        // The same store works again, and nothing of what was refused is there.
        if (!fresh)
            QVERIFY(orDie(m_store->listOpenLeasesOf(user)).empty());
        QVERIFY(!orDie(m_store->probe()).empty());
        clean = reached ? 0 : clean + 1;
    }
    QVERIFY2(refusals > 0, "no grant was ever refused");
    QCOMPARE(integrityOf(m_path), std::string("ok"));
    QCOMPARE(orDie(m_store->listOpenLeases(m_hospital.organisation)).size(), answered.size());
    const std::string copy = m_folder->filePath(QStringLiteral("cut.db")).toStdString();
    m_disk->cutPower(m_path, copy, 7);
    verify(copy, answered);
    qInfo("%d refusals, %zu grants", refusals, answered.size());
}

QTEST_GUILESS_MAIN(StorePowerCut)
#include "tst_storepowercut.moc"
