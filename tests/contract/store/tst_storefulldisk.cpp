// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/storefactory.h"
#include "protocols/base/encoding.h"
#include "tests/contract/store/storefixture.h"

#include <QTemporaryDir>
#include <QTest>
#include <csignal>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace wardesk;
using namespace wardesk::broker;
using namespace std::chrono_literals;
using test::at;
using test::check;
using test::orDie;

namespace {

/// While it lives, every write of this process to a file fails.
class NothingWritable
{
public:
    NothingWritable()
    {
        std::signal(SIGXFSZ, SIG_IGN);
        getrlimit(RLIMIT_FSIZE, &m_former);
        const rlimit none { 0, m_former.rlim_max };
        setrlimit(RLIMIT_FSIZE, &none);
    }
    ~NothingWritable() { setrlimit(RLIMIT_FSIZE, &m_former); }
    NothingWritable(const NothingWritable&) = delete;
    NothingWritable& operator=(const NothingWritable&) = delete;

private:
    rlimit m_former {};
};

}

/// R14 on a disk of 24 MB that really is full. Mounting needs root.
class StoreFullDisk : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void reconnectsGoOnAndNewLeasesAreRefused_R14();
    void aBrokerStartsOnAFullDisk_R14();
    void whereNothingCanBeWrittenOnesOwnDesktopIsStillFound_R14();
    void aFullDiskIsNoReasonToGiveWhatIsRefusedOtherwise_R9_R11();

private:
    void fillDisk();
    void emptyDisk();

    std::unique_ptr<QTemporaryDir> m_folder;
    std::string m_disk;
    std::string m_path;
    bool m_mounted = false;
    test::Hospital m_hospital;
};

void StoreFullDisk::initTestCase()
{
    // Mounts of this process only: they end with it, however it ends.
    if (unshare(CLONE_NEWNS) == 0)
        QCOMPARE(mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
}

void StoreFullDisk::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_disk = m_folder->path().toStdString();
    m_path = m_disk + "/broker.db";
    m_mounted = mount("none", m_disk.c_str(), "tmpfs", 0, "size=24m") == 0;
    if (!m_mounted)
        QSKIP("a small disk can be mounted by root only");
}

void StoreFullDisk::cleanup()
{
    if (m_mounted)
        QCOMPARE(umount2(m_disk.c_str(), MNT_DETACH), 0);
    m_folder.reset();
}

void StoreFullDisk::fillDisk()
{
    const int file = open((m_disk + "/ballast").c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
    QVERIFY(file >= 0);
    const std::string block(4096, 'x');
    while (write(file, block.data(), block.size()) > 0) { }
    QCOMPARE(errno, ENOSPC);
    close(file);
}

void StoreFullDisk::emptyDisk()
{
    QCOMPARE(unlink((m_disk + "/ballast").c_str()), 0);
}

void StoreFullDisk::reconnectsGoOnAndNewLeasesAreRefused_R14()
{
    const std::unique_ptr<Store> store = orDie(openSqlite(m_path));
    m_hospital.build(*store);
    const UserId nurse = m_hospital.addUser(*store, "nurse");
    const UserId doctor = m_hospital.addUser(*store, "doctor");
    m_hospital.addReadyDesktop(*store, "ward-01");
    m_hospital.addReadyDesktop(*store, "ward-02");
    const Lease lease = *orDie(store->grant(m_hospital.request(nurse, "a"))).lease;
    fillDisk();

    int refused = 0;
    for (int i = 0; i < 200; ++i) {
        const Result<Grant> fresh
            = store->grant(m_hospital.request(doctor, "x" + std::to_string(i)));
        if (!fresh) {
            QCOMPARE(fresh.error().code, Errc::storageFull);
            QVERIFY(fresh.error().detail.find("desktops in use go on") != std::string::npos);
            ++refused;
        } else if (fresh->outcome == GrantOutcome::granted) {
            // There was still room in the log: give it back and go on until there is none.
            check(store->closeLease(fresh->lease->id, CloseReason::loggedOff, at(1s)));
        }
        // The whole way of a reconnect, with its records, two hundred times.
        const Grant again
            = orDie(store->grant(m_hospital.request(nurse, "r" + std::to_string(i), at(1s))));
        QCOMPARE(again.lease->id, lease.id);
        NewTicket ticket;
        ticket.hash = SecretHash(sha256Hex("ticket" + std::to_string(i)));
        ticket.lease = again.lease->id;
        ticket.epoch = again.lease->epoch;
        ticket.user = nurse;
        ticket.expiresAt = at(30s);
        check(store->insertTicket(ticket));
        orDie(store->redeemTicket(ticket.hash, nurse, at(2s)));
        check(store->recordConnected(lease.id, again.lease->epoch, at(2s)));
        AuditRecord record;
        record.organisation = m_hospital.organisation;
        record.action = "lease.connect";
        check(store->appendAudit(record));
        check(store->recordDisconnected(lease.id, at(3s)));
    }
    QVERIFY2(refused > 0, "the disk never was full");
    const Result<std::string> probe = store->probe();
    QVERIFY(!probe);
    QCOMPARE(probe.error().code, Errc::storageFull);
    QCOMPARE(orDie(store->listOpenLeasesOf(nurse)).size(), std::size_t(1));

    emptyDisk(); // and the same store works again, with its reserve
    QVERIFY(!orDie(store->probe()).empty());
    m_hospital.addReadyDesktop(*store, "ward-03");
    QCOMPARE(
        orDie(store->grant(m_hospital.request(doctor, "last"))).outcome, GrantOutcome::granted);
    QCOMPARE(orDie(store->verifyAudit()), std::int64_t(0));
    struct stat reserve
    {
    };
    QCOMPARE(stat((m_path + "-reserve").c_str(), &reserve), 0);
}

void StoreFullDisk::aBrokerStartsOnAFullDisk_R14()
{
    UserId nurse;
    Lease lease;
    {
        const std::unique_ptr<Store> store = orDie(openSqlite(m_path));
        m_hospital.build(*store);
        nurse = m_hospital.addUser(*store, "nurse");
        m_hospital.addReadyDesktop(*store, "ward-01");
        lease = *orDie(store->grant(m_hospital.request(nurse, "a"))).lease;
    }
    fillDisk();
    const std::unique_ptr<Store> store = orDie(openSqlite(m_path));
    const Grant again = orDie(store->grant(m_hospital.request(nurse, "b")));
    QCOMPARE(again.lease->id, lease.id);
    QCOMPARE(again.outcome, GrantOutcome::resumed);
    User user;
    user.id = UserId("doctor");
    user.organisation = m_hospital.organisation;
    user.name = "doctor";
    const Result<void> refused = store->insertUser(user);
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, Errc::storageFull);
    emptyDisk();
    check(store->insertUser(user));
}

void StoreFullDisk::whereNothingCanBeWrittenOnesOwnDesktopIsStillFound_R14()
{
    const std::unique_ptr<Store> store = orDie(openSqlite(m_path));
    m_hospital.build(*store);
    const UserId nurse = m_hospital.addUser(*store, "nurse");
    const UserId doctor = m_hospital.addUser(*store, "doctor");
    m_hospital.addReadyDesktop(*store, "ward-01");
    m_hospital.addReadyDesktop(*store, "ward-02");
    const Lease lease = *orDie(store->grant(m_hospital.request(nurse, "a"))).lease;
    {
        // As on a disk that the kernel has made read-only: not one byte can be written.
        const NothingWritable nothing;
        const Result<Grant> refused = store->grant(m_hospital.request(doctor, "b"));
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, Errc::storageFull);
        const Grant again = orDie(store->grant(m_hospital.request(nurse, "c")));
        QCOMPARE(again.outcome, GrantOutcome::repeated);
        QCOMPARE(again.lease->id, lease.id);
        QCOMPARE(again.lease->epoch, lease.epoch);
        const Result<void> closed = store->closeLease(lease.id, CloseReason::loggedOff, at(1s));
        QVERIFY(!closed);
        QCOMPARE(closed.error().code, Errc::storageFull);
        QVERIFY(!store->probe());
        QCOMPARE(orDie(store->listOpenLeasesOf(nurse)).size(), std::size_t(1));
    }
    QCOMPARE(orDie(store->grant(m_hospital.request(doctor, "d"))).outcome, GrantOutcome::granted);
    check(store->closeLease(lease.id, CloseReason::loggedOff, at(1s)));
    QVERIFY(!orDie(store->probe()).empty());
}

void StoreFullDisk::aFullDiskIsNoReasonToGiveWhatIsRefusedOtherwise_R9_R11()
{
    const std::unique_ptr<Store> store = orDie(openSqlite(m_path));
    m_hospital.build(*store);
    test::Hospital second = m_hospital;
    second.pool = PoolId("pool-2");
    Pool pool = orDie(store->findPool(m_hospital.organisation, m_hospital.pool));
    pool.id = second.pool;
    pool.name = "second";
    check(store->insertPool(pool));
    const UserId nurse = m_hospital.addUser(*store, "nurse");
    const UserId doctor = m_hospital.addUser(*store, "doctor");
    m_hospital.addReadyDesktop(*store, "ward-01");
    m_hospital.addReadyDesktop(*store, "ward-02");
    second.addReadyDesktop(*store, "second-01");
    const Lease lease = *orDie(store->grant(m_hospital.request(nurse, "a"))).lease;
    orDie(store->grant(second.request(nurse, "b")));
    fillDisk();
    bool isFull = false;
    for (int i = 0; i < 400 && !isFull; ++i) {
        const auto fresh = store->grant(m_hospital.request(doctor, "x" + std::to_string(i)));
        isFull = !fresh;
        if (fresh)
            check(store->closeLease(fresh->lease->id, CloseReason::loggedOff, at(1s)));
        check(store->recordDisconnected(lease.id, at(1s)));
    }
    QVERIFY(isFull);
    test::Hospital none = m_hospital;
    none.pool = PoolId("none");
    REFUSED(store->grant(none.request(nurse, "c")), Errc::storageFull);
    REFUSED(store->grant(second.request(nurse, "a")), Errc::conflict); // the key of another pool
    QCOMPARE(orDie(store->grant(second.request(nurse, "d"))).outcome, GrantOutcome::resumed);
    const AdoptionRecord wanted { .broker = BrokerId("b1"), .reason = "restored" };
    orDie(store->beginAdoption(wanted, Epoch(1000), 15s, AdoptionStart::anew));
    REFUSED(store->grant(second.request(nurse, "e")), Errc::overloaded);
}

QTEST_GUILESS_MAIN(StoreFullDisk)
#include "tst_storefulldisk.moc"
