// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/hypervisor/libvirt/libvirthypervisor.h"
#include "protocols/base/encoding.h"
#include "tests/contract/hypervisor/hypervisorcontract.h"
#include "tests/contract/hypervisor/machineimage.h"
#include "tests/contract/hypervisor/privatelibvirt.h"

#include <QDir>
#include <QFile>
#include <QRegularExpression>
#include <QtTest>

namespace wardesk::broker {

namespace {

using namespace std::chrono_literals;

const QString qemu = QStringLiteral("qemu:///system");

}

/// Real virtual machines under a real libvirtd, emulated: a kernel and one static program, booted
/// once and copied for every desktop.
class QemuContract : public SharedHostContract
{
    Q_OBJECT

protected:
    std::unique_ptr<Hypervisor> make(const std::string& site) override
    {
        return LibvirtHypervisor::create(
            { .uri = m_libvirt->uri("qemu"), .site = site, .storagePool = "machines" })
            .value();
    }
    void destroyOutside(const DomainUuid& uuid) override
    {
        QVERIFY(m_libvirt->virsh(
            { QStringLiteral("destroy"), QString::fromStdString(uuid.value()) }, nullptr, qemu));
    }
    void equip(DomainSpec& spec) const override
    {
        spec.kind = ImageKind::qemu;
        spec.imageSource = m_image.toStdString();
        spec.memoryMiB = 128;
    }

private:
    /// Until the host has a saved machine: what every later start copies.
    void startPatiently(Hypervisor& host, const DomainSpec& wanted)
    {
        Result<void> started;
        const auto attempt = [&] {
            started = host.start(wanted);
            return started || started.error().code != Errc::preparing;
        };
        QTRY_VERIFY_WITH_TIMEOUT(attempt(), 400'000);
        QVERIFY2(started, started ? "" : started.error().detail.c_str());
    }
    [[nodiscard]] QString describe(const DomainSpec& spec)
    {
        QString xml;
        m_libvirt->virsh({ QStringLiteral("dumpxml"), QStringLiteral("--security-info"),
                             QString::fromStdString(spec.uuid.value()) },
            &xml, qemu);
        return xml;
    }
    [[nodiscard]] QStringList volumes() const { return QDir(m_volumes).entryList(QDir::Files); }

    std::unique_ptr<PrivateLibvirt> m_libvirt;
    QString m_image;
    QString m_volumes;

private Q_SLOTS:
    void initTestCase()
    {
        auto reason = PrivateLibvirt::missing("qemu-system-x86_64");
        const TestKernel kernel = testKernel();
        if (!reason && !kernel.missing.isEmpty())
            reason = kernel.missing;
        if (reason)
            QSKIP(qPrintable(*reason));
        m_libvirt = std::make_unique<PrivateLibvirt>();
        QVERIFY2(m_libvirt->startDaemon(), qPrintable(m_libvirt->log()));
        QVERIFY2(m_libvirt->makeNetwork(), qPrintable(m_libvirt->log()));
        m_volumes = m_libvirt->folder(QStringLiteral("volumes"));
        QVERIFY(m_libvirt->virsh({ QStringLiteral("pool-create-as"), QStringLiteral("machines"),
                                     QStringLiteral("dir"), QStringLiteral("--target"), m_volumes },
            nullptr, qemu));
        m_image = m_libvirt->folder(QStringLiteral("image"));
        QVERIFY(makeMachineImage(m_image, kernel.path, QStringLiteral("test-1")));

        // The first start boots the image; nothing fails meanwhile, and nobody waits for it.
        const auto host = make("ward-tests");
        const DomainSpec first = spec();
        const auto early = host->start(first);
        QCOMPARE(early.error().code, Errc::preparing);
        QVERIFY(host->list().value().empty()); // the machine that is booted is nobody's desktop
        startPatiently(*host, first);
        QVERIFY(host->destroy(first.uuid));
        const auto name = host->probe();
        QVERIFY2(name, name ? "" : name.error().detail.c_str());
        QVERIFY2(
            name->find("KVM") != std::string::npos || name->find("emulation") != std::string::npos,
            name->c_str());
    }
    void cleanupTestCase() { m_libvirt.reset(); }

    void copiesShareNothingThatNamesThem()
    {
        DomainSpec one = spec("one");
        DomainSpec two = spec("two");
        two.address = "10.99.0.17";
        QVERIFY(hypervisor().start(one));
        QVERIFY(hypervisor().start(two));
        const QString xmlOne = describe(one);
        const QString xmlTwo = describe(two);
        for (const char* element : { "<uuid>([^<]*)", "<genid>([^<]*)", "<name>([^<]*)",
                 "mac address='([^']*)", "<source file='([^']*)" }) {
            const QRegularExpression pattern(QString::fromLatin1(element));
            const QString a = pattern.match(xmlOne).captured(1);
            QVERIFY2(!a.isEmpty(), qPrintable(xmlOne));
            QVERIFY2(a != pattern.match(xmlTwo).captured(1), element);
        }
        QVERIFY(
            xmlOne.contains(QString::fromStdString(one.uuid.value()) + QStringLiteral(".qcow2")));
    }
    // A9: it goes through the channel, and is neither in the description nor on a command line
    void theBootstrapIsNowhereToBeRead()
    {
        const DomainSpec wanted = spec();
        QVERIFY(hypervisor().start(wanted));
        const QByteArray secret = QByteArray::fromStdString(std::string(wanted.bootstrap.reveal()));
        QVERIFY(!describe(wanted).contains(QString::fromLatin1(secret)));
        const auto processes
            = QDir(QStringLiteral("/proc")).entryList({ QStringLiteral("[0-9]*") });
        bool isSeen = false;
        for (const QString& process : processes) {
            QFile file(QStringLiteral("/proc/%1/cmdline").arg(process));
            if (!file.open(QIODevice::ReadOnly))
                continue;
            const QByteArray line = file.readAll();
            isSeen = isSeen || line.contains(wanted.uuid.value().c_str());
            QVERIFY(!line.contains(secret));
        }
        QVERIFY(isSeen);
    }
    void theMachineIsToldWhoItIs()
    {
        const DomainSpec wanted = spec("off-1"); // it switches itself off when it hears that
        QVERIFY(hypervisor().start(wanted));
        QTRY_VERIFY_WITH_TIMEOUT(changes > 0, 60'000);
        QTRY_VERIFY(hypervisor().list().value().empty());
        QVERIFY(hypervisor().destroy(wanted.uuid)); // what is left of it is its disk
    }
    void aMachineThatCannotBecomeItIsEnded()
    {
        const DomainSpec wanted = spec("bad-1");
        QVERIFY(hypervisor().start(wanted));
        QTRY_VERIFY_WITH_TIMEOUT(changes > 0, 60'000);
        QTRY_VERIFY(hypervisor().list().value().empty());
        QVERIFY(hypervisor().destroy(wanted.uuid)); // what is left of it is its disk
    }
    void itsDiskGoesWithIt()
    {
        const QStringList before = volumes();
        const DomainSpec wanted = spec();
        QVERIFY(hypervisor().start(wanted));
        QCOMPARE(volumes().size(), before.size() + 1);
        QVERIFY(hypervisor().destroy(wanted.uuid));
        QCOMPARE(volumes(), before);
        // Also when the machine has ended by itself.
        QVERIFY(hypervisor().start(wanted));
        destroyOutside(wanted.uuid);
        QVERIFY(hypervisor().destroy(wanted.uuid));
        QCOMPARE(volumes(), before);
    }
    // It has heard it: the machine switches itself off for this token.
    void theMachineIsToldThatItWasResumed()
    {
        const DomainSpec wanted = spec();
        QVERIFY(hypervisor().start(wanted));
        QTest::qWait(3'000); // it hears who it is first
        QVERIFY(hypervisor().suspend(wanted.uuid));
        changes = 0;
        QVERIFY(hypervisor().resume(wanted.uuid, 666));
        QTRY_VERIFY_WITH_TIMEOUT(changes > 0, 60'000);
        QTRY_VERIFY(hypervisor().list().value().empty());
        QVERIFY(hypervisor().destroy(wanted.uuid));
    }
    // A save that had been given up, and comes when the desktop is somebody's: libvirt refuses it.
    void aResumedMachineCannotBeSavedByALateCall()
    {
        const DomainSpec wanted = spec();
        QVERIFY(hypervisor().start(wanted));
        QVERIFY(!m_libvirt->virsh(
            { QStringLiteral("managedsave"), QString::fromStdString(wanted.uuid.value()) }, nullptr,
            qemu));
        QVERIFY(hypervisor().suspend(wanted.uuid));
        QVERIFY(hypervisor().resume(wanted.uuid, 4711));
        QVERIFY(!m_libvirt->virsh(
            { QStringLiteral("managedsave"), QString::fromStdString(wanted.uuid.value()) }, nullptr,
            qemu));
        QVERIFY(hypervisor().destroy(wanted.uuid));
    }
    void aSuspendedMachineKeepsItsDiskAndGoesWithIt()
    {
        const DomainSpec wanted = spec();
        const QString own
            = QStringLiteral("wardesk-%1.qcow2").arg(QString::fromStdString(wanted.uuid.value()));
        QVERIFY(hypervisor().start(wanted));
        QVERIFY(hypervisor().suspend(wanted.uuid));
        QVERIFY(volumes().contains(own));
        const auto host = LibvirtHypervisor::create({ .uri = m_libvirt->uri("qemu"),
                                                        .site = "ward-tests",
                                                        .storagePool = "machines",
                                                        .leftoversAfter = 1ms })
                              .value();
        for (int look = 0; look < 3; ++look)
            QVERIFY(host->list());
        QVERIFY(volumes().contains(own)); // no leftover
        QVERIFY(hypervisor().destroy(wanted.uuid));
        QVERIFY(!volumes().contains(own));
    }
    // Its memory was removed: it must not boot as something that nobody asked for.
    void aMemoryThatIsGoneIsToldInWords()
    {
        const DomainSpec wanted = spec();
        QVERIFY(hypervisor().start(wanted));
        QVERIFY(hypervisor().suspend(wanted.uuid));
        QVERIFY(m_libvirt->virsh(
            { QStringLiteral("managedsave-remove"), QString::fromStdString(wanted.uuid.value()) },
            nullptr, qemu));
        QVERIFY(hypervisor().list().value().front().state == DomainState::shutOff);
        const auto resumed = hypervisor().resume(wanted.uuid, 4711);
        QVERIFY(!resumed);
        QCOMPARE(resumed.error().code, Errc::notFound);
        QVERIFY(hypervisor().destroy(wanted.uuid));
        QVERIFY(hypervisor().list().value().empty());
    }
    // R4: a broker that dies between a disk and its machine, or while it sends an image, leaves
    // volumes.
    void whatACrashLeftIsRemoved()
    {
        const DomainSpec wanted = spec();
        QVERIFY(hypervisor().start(wanted));
        const QStringList before = volumes();
        const QStringList left {
            QStringLiteral("wardesk-%1.qcow2").arg(QString::fromStdString(randomUuid())),
            QStringLiteral("wardesk-0123456789abcdef0123-01234567-disk"),
            QStringLiteral("wardesk-0123456789abcdef0123-01234567-kernel")
        };
        const QString others = QStringLiteral("wardesk-accounts.qcow2");
        for (const QString& name : left + QStringList { others })
            QVERIFY(m_libvirt->virsh({ QStringLiteral("vol-create-as"), QStringLiteral("machines"),
                                         name, QStringLiteral("1M") },
                nullptr, qemu));
        // Not before they have been seen for a while: another broker may be at work on them.
        QVERIFY(hypervisor().list());
        QVERIFY(hypervisor().list());
        QCOMPARE(volumes().size(), before.size() + left.size() + 1);

        const auto host = LibvirtHypervisor::create({ .uri = m_libvirt->uri("qemu"),
                                                        .site = "ward-tests",
                                                        .storagePool = "machines",
                                                        .leftoversAfter = 1ms })
                              .value();
        const auto isSwept = [&] {
            const bool isSeen = host->list().has_value();
            const QStringList now = volumes();
            return isSeen && std::none_of(left.begin(), left.end(), [&](const QString& name) {
                return now.contains(name);
            });
        };
        QTRY_VERIFY_WITH_TIMEOUT(isSwept(), 20'000);
        const QString own
            = QStringLiteral("wardesk-%1.qcow2").arg(QString::fromStdString(wanted.uuid.value()));
        QVERIFY(before.contains(own));
        for (const QString& name : before + QStringList { others }) {
            // Disks of machines that earlier tests left to the clearing up are leftovers as well;
            // those that are kept for somebody never are, even without a machine.
            const bool isKept = name.startsWith(QStringLiteral("wardesk-kept-"));
            const bool isAnothers = name.endsWith(QStringLiteral(".qcow2")) && name != own
                && name != others && !isKept;
            QCOMPARE(volumes().contains(name), !isAnothers);
        }
        QVERIFY(m_libvirt->virsh({ QStringLiteral("vol-delete"), others, QStringLiteral("--pool"),
                                     QStringLiteral("machines") },
            nullptr, qemu));
        QVERIFY(hypervisor().destroy(wanted.uuid));
    }
    // An agent or an image that was replaced leaves a saved machine that nobody asks for again.
    void aSavedMachineThatOthersReplacedIsRemoved()
    {
        const DomainSpec wanted = spec();
        QVERIFY(hypervisor().start(wanted));
        const QDir folder(m_volumes);
        const QString note = folder.entryList({ QStringLiteral("wardesk-*.json") }).value(0);
        const QString key = note.mid(8, 20);
        const QString memory
            = folder.entryList({ QStringLiteral("wardesk-%1-*-memory").arg(key) }).value(0);
        const QString olderKey = QStringLiteral("0123456789abcdef0123");
        const QString olderMemory = QStringLiteral("wardesk-%1-01234567-memory").arg(olderKey);
        QFile text(folder.filePath(note));
        QVERIFY(text.open(QIODevice::ReadOnly));
        QFile older(folder.filePath(QStringLiteral("wardesk-%1.json").arg(olderKey)));
        QVERIFY(older.open(QIODevice::WriteOnly));
        older.write(text.readAll().replace(memory.toUtf8(), olderMemory.toUtf8()));
        older.close();
        QFile memoryOfOlder(folder.filePath(olderMemory));
        QVERIFY(memoryOfOlder.open(QIODevice::WriteOnly));
        QVERIFY(memoryOfOlder.setFileTime(
            QDateTime::currentDateTime().addDays(-2), QFileDevice::FileModificationTime));
        memoryOfOlder.close();
        QVERIFY(m_libvirt->virsh(
            { QStringLiteral("pool-refresh"), QStringLiteral("machines") }, nullptr, qemu));

        const auto sweeps = [&](std::chrono::seconds keep) {
            return LibvirtHypervisor::create({ .uri = m_libvirt->uri("qemu"),
                                                 .site = "ward-tests",
                                                 .storagePool = "machines",
                                                 .leftoversAfter = 1ms,
                                                 .keepSavedFor = keep })
                .value();
        };
        const auto patient = sweeps(std::chrono::hours(72));
        for (int look = 0; look < 3; ++look)
            QVERIFY(patient->list());
        QVERIFY(older.exists() && memoryOfOlder.exists());
        const auto host = sweeps(std::chrono::hours(24));
        QTRY_VERIFY_WITH_TIMEOUT(
            host->list() && !older.exists() && !memoryOfOlder.exists(), 20'000);
        QVERIFY(folder.exists(note) && folder.exists(memory)); // in use
        QVERIFY(hypervisor().destroy(wanted.uuid));
        QVERIFY(hypervisor().start(wanted));
        QVERIFY(hypervisor().destroy(wanted.uuid));
    }
    // What one broker has saved another finds, also the same one after a restart.
    void theSavedMachineIsFoundAgain()
    {
        const QStringList before = volumes();
        const auto other = make("ward-tests");
        const DomainSpec wanted = spec();
        const auto started = other->start(wanted);
        QVERIFY2(started, started ? "" : started.error().detail.c_str());
        QVERIFY(other->destroy(wanted.uuid));
        QCOMPARE(volumes(), before);
    }
    void aMissingImageIsToldInWords()
    {
        DomainSpec wanted = spec();
        wanted.imageSource = "/nonexistent/image";
        const auto result = hypervisor().start(wanted);
        QCOMPARE(result.error().code, Errc::notFound);
        QVERIFY(result.error().detail.find("/nonexistent/image") != std::string::npos);
    }
    void aMissingStoragePoolIsToldInWords()
    {
        const auto host = LibvirtHypervisor::create(
            { .uri = m_libvirt->uri("qemu"), .site = "ward-tests", .storagePool = "nowhere" })
                              .value();
        Result<void> result;
        const DomainSpec wanted = spec();
        const auto attempt = [&] {
            result = host->start(wanted);
            return !result && result.error().code != Errc::preparing;
        };
        QTRY_VERIFY_WITH_TIMEOUT(attempt(), 20'000);
        QCOMPARE(result.error().code, Errc::unavailable);
        QVERIFY(result.error().detail.find("nowhere") != std::string::npos);
    }
};

}

QTEST_GUILESS_MAIN(wardesk::broker::QemuContract)
#include "tst_qemu_contract.moc"
