// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/hypervisor/libvirt/libvirthypervisor.h"
#include "tests/contract/hypervisor/hypervisorcontract.h"
#include "tests/contract/hypervisor/privatelibvirt.h"

#include <QFile>
#include <QTemporaryDir>
#include <QtTest>
#include <csignal>
#include <filesystem>
#include <future>
#include <libvirt/libvirt.h>
#include <unistd.h>

namespace wardesk::broker {

/// Real containers under a real libvirtd, which is killed and stopped on the way (R12).
class LxcContract : public SharedHostContract
{
    Q_OBJECT

protected:
    std::unique_ptr<Hypervisor> make(const std::string& site) override
    {
        return LibvirtHypervisor::create(
            { .uri = m_libvirt->uri(), .site = site, .keptFolder = keptFolder() })
            .value();
    }
    void destroyOutside(const DomainUuid& uuid) override
    {
        QVERIFY(
            m_libvirt->virsh({ QStringLiteral("destroy"), QString::fromStdString(uuid.value()) }));
    }
    bool canSuspend() const override { return false; }
    void equip(DomainSpec& spec) const override
    {
        spec.imageSource = m_image.toStdString();
        spec.memoryMiB = 256;
    }

private:
    std::string keptFolder() const { return m_kept.filePath(QStringLiteral("kept")).toStdString(); }
    /// libvirt's process of the domain; 0 when it has none.
    pid_t controllerOf(const DomainSpec& domain)
    {
        QString id;
        const bool answered = m_libvirt->virsh(
            { QStringLiteral("domid"), QString::fromStdString(domain.uuid.value()) }, &id);
        return answered ? id.trimmed().toInt() : 0;
    }
    pid_t firstProcessOf(const DomainSpec& domain)
    {
        QFile children(QStringLiteral("/proc/%1/task/%1/children").arg(controllerOf(domain)));
        return children.open(QIODevice::ReadOnly) ? children.readAll().split(' ').front().toInt()
                                                  : 0;
    }
    void leaveAShellOf(const DomainSpec& domain, bool start = false)
    {
        if (start)
            QVERIFY(hypervisor().start(domain));
        const pid_t first = firstProcessOf(domain);
        const pid_t controller = controllerOf(domain);
        QVERIFY(first > 1 && controller > 1);
        m_libvirt->killDaemon();
        QCOMPARE(::kill(controller, SIGKILL), 0);
        ::kill(first, SIGKILL);
        QTRY_VERIFY(::kill(first, 0) != 0 && ::kill(controller, 0) != 0);
        QVERIFY2(m_libvirt->startDaemon(), qPrintable(m_libvirt->log()));
        QTRY_VERIFY_WITH_TIMEOUT(hypervisor().probe().has_value(), 20'000);
        QString all;
        QVERIFY(m_libvirt->virsh(
            { QStringLiteral("list"), QStringLiteral("--all"), QStringLiteral("--name") }, &all));
        QCOMPARE(all.trimmed(), QString::fromStdString(domain.name)); // else there is no shell
    }

    std::unique_ptr<PrivateLibvirt> m_libvirt;
    QTemporaryDir m_kept;
    QString m_image;

private Q_SLOTS:
    void initTestCase()
    {
        if (const auto reason = PrivateLibvirt::missing())
            QSKIP(qPrintable(*reason));
        m_libvirt = std::make_unique<PrivateLibvirt>();
        QVERIFY2(m_libvirt->startDaemon(), qPrintable(m_libvirt->log()));
        QVERIFY2(m_libvirt->makeNetwork(), qPrintable(m_libvirt->log()));
        m_image = m_libvirt->makeImage(QStringLiteral("image"));
    }
    void cleanupTestCase() { m_libvirt.reset(); }

    void theDomainIsWhatTheDesktopNeeds()
    {
        const DomainSpec wanted = spec();
        QVERIFY(hypervisor().start(wanted));
        QString xml;
        const QString uuid = QString::fromStdString(wanted.uuid.value());
        QVERIFY(m_libvirt->virsh({ QStringLiteral("dumpxml"), uuid }, &xml));
        QVERIFY2(xml.contains(QStringLiteral("<readonly/>")), qPrintable(xml));
        QVERIFY(xml.contains(m_image + QStringLiteral("-1'"))); // the version, not the name
        QVERIFY(xml.contains(QStringLiteral("gateway='10.99.0.1'"))); // the host, found by itself
        QVERIFY(xml.contains(QStringLiteral("address='10.99.0.16'")));
        QVERIFY(m_libvirt->virsh({ QStringLiteral("dominfo"), uuid }, &xml));
        QVERIFY2(
            xml.contains(QRegularExpression(QStringLiteral("Persistent: +no"))), qPrintable(xml));
    }
    void rootIsWhoOwnsTheImage()
    {
        constexpr uid_t firstId = 2'100'000'000;
        const auto mapOf = [this](const DomainSpec& domain) {
            QFile map(QStringLiteral("/proc/%1/uid_map").arg(firstProcessOf(domain)));
            return map.open(QIODevice::ReadOnly) ? map.readAll().simplified() : QByteArray();
        };
        const DomainSpec plain = spec();
        QVERIFY(hypervisor().start(plain));
        QVERIFY(mapOf(plain).startsWith("0 0 "));
        DomainSpec other = spec("ward-2");
        other.address = "10.99.0.17";
        other.imageSource = m_libvirt->makeImage(QStringLiteral("others")).toStdString();
        const auto image = std::filesystem::canonical(other.imageSource);
        QCOMPARE(::lchown(image.c_str(), firstId, firstId), 0);
        // An id of nobody's has to get there.
        std::filesystem::permissions(image.parent_path(), std::filesystem::perms::others_exec,
            std::filesystem::perm_options::add);
        for (const auto& entry : std::filesystem::recursive_directory_iterator(image))
            QCOMPARE(::lchown(entry.path().c_str(), firstId, firstId), 0);
        const auto started = hypervisor().start(other);
        QVERIFY2(started, started ? "" : started.error().detail.c_str());
        QCOMPARE(mapOf(other), QByteArray("0 2100000000 65536"));
    }
    void anImageOfSomebodysIsNotStarted()
    {
        DomainSpec wanted = spec();
        wanted.imageSource = m_libvirt->makeImage(QStringLiteral("somebodys")).toStdString();
        QCOMPARE(::lchown(std::filesystem::canonical(wanted.imageSource).c_str(), 1000, 1000), 0);
        const auto started = hypervisor().start(wanted);
        QVERIFY(!started);
        QVERIFY2(started.error().detail.find("user 1000") != std::string::npos,
            started.error().detail.c_str());
    }
    void theBootstrapReachesInit()
    {
        const DomainSpec wanted = spec();
        QVERIFY(hypervisor().start(wanted));
        QFile environment(QStringLiteral("/proc/%1/environ").arg(firstProcessOf(wanted)));
        QVERIFY(environment.open(QIODevice::ReadOnly));
        const QByteArray expected = "WARDESK_BOOTSTRAP="
            + QByteArray::fromStdString(std::string(wanted.bootstrap.reveal()));
        QVERIFY(environment.readAll().split('\0').contains(expected));
    }
    void nothingIsLeftOnTheHost()
    {
        const DomainSpec wanted = spec();
        QVERIFY(hypervisor().start(wanted));
        QVERIFY(!m_libvirt->stateFiles().isEmpty());
        QVERIFY(hypervisor().destroy(wanted.uuid));
        QString all;
        QVERIFY(m_libvirt->virsh(
            { QStringLiteral("list"), QStringLiteral("--all"), QStringLiteral("--name") }, &all));
        QCOMPARE(all.trimmed(), QString());
        QCOMPARE(m_libvirt->stateFiles().join(u' '), QString());
    }
    void aMissingImageIsToldInWords()
    {
        DomainSpec wanted = spec();
        wanted.imageSource = "/nonexistent/image";
        const auto result = hypervisor().start(wanted);
        QVERIFY(!result);
        QCOMPARE(result.error().code, Errc::notFound);
        QVERIFY(result.error().detail.find("/nonexistent/image") != std::string::npos);
    }
    void aMissingNetworkIsToldInWords()
    {
        DomainSpec wanted = spec();
        wanted.network = "nowhere";
        const auto result = hypervisor().start(wanted);
        QVERIFY(!result);
        QCOMPARE(result.error().code, Errc::unavailable);
        QVERIFY(result.error().detail.find("nowhere") != std::string::npos);
    }

    // A container whose controller dies while nobody looks stays in libvirt's books as something
    // that is neither running nor persistent, which no call ends.
    void aDeadShellGivesItsNameBack()
    {
        const DomainSpec wanted = spec();
        QVERIFY(hypervisor().start(wanted));
        leaveAShellOf(wanted);
        QVERIFY(hypervisor().list()->empty());
        const DomainSpec next = spec(); // the same name, another UUID
        const auto started = hypervisor().start(next);
        QVERIFY2(started, started ? "" : started.error().detail.c_str());
        QCOMPARE(hypervisor().list()->size(), 1U);
    }
    void aDeadShellIsForgotten()
    {
        const DomainSpec wanted = spec();
        QVERIFY(hypervisor().start(wanted));
        leaveAShellOf(wanted);
        QVERIFY(hypervisor().destroy(wanted.uuid));
        QString all;
        QVERIFY(m_libvirt->virsh(
            { QStringLiteral("list"), QStringLiteral("--all"), QStringLiteral("--name") }, &all));
        QCOMPARE(all.trimmed(), QString());
        leaveAShellOf(wanted, true);
        const auto started = hypervisor().start(wanted); // R4: the very same
        QVERIFY2(started, started ? "" : started.error().detail.c_str());
    }
    void anotherSitesShellIsLeftAlone()
    {
        const auto other = make("other-site");
        QTRY_VERIFY(other->probe().has_value());
        const DomainSpec theirs = spec("theirs");
        QVERIFY(other->start(theirs));
        leaveAShellOf(theirs);
        DomainSpec ours = spec("theirs");
        ours.address = "10.99.0.17";
        QCOMPARE(hypervisor().start(ours).error().code, Errc::conflict);
        QVERIFY(hypervisor().destroy(theirs.uuid));
        QString all;
        QVERIFY(m_libvirt->virsh(
            { QStringLiteral("list"), QStringLiteral("--all"), QStringLiteral("--name") }, &all));
        QCOMPARE(all.trimmed(), QStringLiteral("theirs"));
        QTRY_VERIFY(other->destroy(theirs.uuid).has_value());
    }

    // R12: four other systems stay broken after this
    void aKilledDaemonIsUsedAgainWhenItIsBack()
    {
        const DomainSpec wanted = spec();
        QVERIFY(hypervisor().start(wanted));
        int before = changes;
        m_libvirt->killDaemon();
        QTRY_VERIFY(changes > before); // the loss is told
        const auto away = hypervisor().list();
        QVERIFY(!away);
        QCOMPARE(away.error().code, Errc::unavailable);
        QVERIFY(!hypervisor().start(spec("other")));
        before = changes;
        QVERIFY2(m_libvirt->startDaemon(), qPrintable(m_libvirt->log()));
        // R5: the return is told without anybody asking
        QTRY_VERIFY_WITH_TIMEOUT(changes > before, 10'000);
        const auto list = hypervisor().list();
        QVERIFY2(list, list ? "" : list.error().detail.c_str());
        QCOMPARE(list->size(), 1U); // R8: the container has outlived the daemon
        QCOMPARE(list->front().uuid, wanted.uuid);
        QVERIFY(hypervisor().start(wanted));
        QVERIFY(hypervisor().destroy(wanted.uuid));
        const DomainSpec next = spec();
        QVERIFY(hypervisor().start(next));
    }
    void aDaemonRestartedBetweenTwoCallsIsNotNoticed()
    {
        for (int round = 0; round < 3; ++round) {
            m_libvirt->killDaemon();
            QVERIFY2(m_libvirt->startDaemon(), qPrintable(m_libvirt->log()));
            const auto list = hypervisor().list();
            QVERIFY2(list, list ? "" : list.error().detail.c_str());
        }
    }
    void startingWithoutADaemonWorksLater()
    {
        m_libvirt->killDaemon();
        const auto early = make("ward-tests");
        QCOMPARE(early->probe().error().code, Errc::unavailable);
        QVERIFY2(m_libvirt->startDaemon(), qPrintable(m_libvirt->log()));
        const auto name = early->probe();
        QVERIFY2(name, name ? "" : name.error().detail.c_str());
        QVERIFY(name->find("LXC") != std::string::npos);
    }
    // R12: a daemon that hangs delays its own callers until the deadline, and nobody else
    void aHungDaemonEndsCallsAtTheDeadline()
    {
        using namespace std::chrono_literals;
        const auto hung = LibvirtHypervisor::create(
            { .uri = m_libvirt->uri(), .site = "ward-tests", .deadline = 500ms })
                              .value();
        QTRY_VERIFY(hung->probe().has_value());
        const auto other
            = LibvirtHypervisor::create({ .uri = "test:///default", .site = "ward-tests" }).value();
        m_libvirt->stopDaemon();
        auto first = std::async(std::launch::async, [&] { return hung->list(); });
        QVERIFY(other->list());
        const auto second = hung->start(spec());
        const auto third = hung->probe();
        // A new connection to a hung daemon must not hang either.
        const auto late = LibvirtHypervisor::create(
            { .uri = m_libvirt->uri(), .site = "ward-tests", .deadline = 200ms })
                              .value();
        const auto fourth = late->probe();
        m_libvirt->continueDaemon();
        QCOMPARE(first.get().error().code, Errc::timeout);
        QCOMPARE(second.error().code, Errc::timeout);
        QCOMPARE(third.error().code, Errc::timeout);
        QCOMPARE(fourth.error().code, Errc::timeout);
        QTRY_VERIFY(hung->list().has_value()); // and works again by itself
        QTRY_VERIFY(late->list().has_value());
    }
    // The keep-alive closes the connection of a daemon that hangs, and a new one is made.
    void aDaemonThatHangsForLongIsLeft()
    {
        using namespace std::chrono_literals;
        const auto hung = LibvirtHypervisor::create({ .uri = m_libvirt->uri(),
                                                        .site = "ward-tests",
                                                        .deadline = 300ms,
                                                        .keepAliveInterval = 1s,
                                                        .keepAliveCount = 1 })
                              .value();
        QTRY_VERIFY(hung->probe().has_value());
        std::atomic<int> told { 0 };
        hung->onChange([&] { ++told; });
        m_libvirt->stopDaemon();
        QTRY_VERIFY_WITH_TIMEOUT(told > 0, 20'000);
        m_libvirt->continueDaemon();
        QTRY_VERIFY(hung->list().has_value());
    }
    void anObjectDiesWhileItsDaemonHangs()
    {
        auto doomed = make("ward-tests");
        QTRY_VERIFY(doomed->probe().has_value());
        m_libvirt->stopDaemon();
        doomed.reset();
        m_libvirt->continueDaemon();
    }
};

}

QTEST_GUILESS_MAIN(wardesk::broker::LxcContract)
#include "tst_lxc_contract.moc"
