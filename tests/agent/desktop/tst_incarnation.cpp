// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/desktop/files.h"
#include "agent/desktop/incarnation.h"
#include "agent/desktop/rdpkeys.h"
#include "agent/desktop/resetproof.h"
#include "protocols/wire/codec.h"

#include <QTemporaryDir>
#include <QtTest>
#include <sys/stat.h>
#include <unistd.h>

using namespace wardesk;
using namespace wardesk::desktop;

namespace {

wire::AgentBootstrap good()
{
    wire::AgentBootstrap bootstrap;
    bootstrap.brokerHost = "10.213.0.1";
    bootstrap.brokerPort = 443;
    bootstrap.brokerKeySha256 = std::string(64, 'a');
    bootstrap.desktop = "d";
    bootstrap.hostname = "h";
    bootstrap.incarnation = 2;
    bootstrap.epoch = 7;
    bootstrap.secret = "s";
    return bootstrap;
}

}

class IncarnationTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aMarkOfAnotherIncarnationIsFound()
    {
        ProofPlaces places = this->places();
        const auto fresh = proveReset(places, good());
        QVERIFY(fresh.marks.empty());
        QCOMPARE(fresh.places.size(), std::size_t(2));
        QVERIFY(plantMarks(places, good(), "user-1"));
        QVERIFY(proveReset(places, good()).marks.empty()); // the agent was started again
        wire::AgentBootstrap next = good();
        next.incarnation = 3;
        QVERIFY(QFile::remove(m_folder->filePath(QStringLiteral("tmp/.wardesk-incarnation"))));
        const auto left = proveReset(places, next);
        QCOMPARE(left.marks.size(), std::size_t(1));
        QCOMPARE(left.marks.front(), m_path + "/home/.wardesk-incarnation of d 2");
    }

    void theOwnersMarkIsAtHomeOnADiskThatIsKept()
    {
        const ProofPlaces places = this->places();
        QVERIFY(plantMarks(places, good(), "user-1"));
        wire::AgentBootstrap next = good();
        next.incarnation = 3;
        next.owner = "user-1";
        QVERIFY(proveReset(places, next).marks.empty());
        next.owner = "user-11"; // whose name ends, or begins, like the owner's
        QCOMPARE(proveReset(places, next).marks.size(), places.directories.size());
        next.owner = "1";
        QCOMPARE(proveReset(places, next).marks.size(), places.directories.size());
        next.owner = "user-1";
        next.desktop = "another";
        QCOMPARE(proveReset(places, next).marks.size(), places.directories.size());
    }

    // A home that is kept belongs to its user from the second life on.
    void nothingThatAUserPutInTheMarksPlaceIsFollowedOrWaitedFor()
    {
        const ProofPlaces places = this->places();
        const std::string mark = m_path + "/home/.wardesk-incarnation";
        const std::vector<std::string> unread { mark + " of what cannot be read" };
        QCOMPARE(::mkfifo(mark.c_str(), 0644), 0);
        QCOMPARE(proveReset(places, good()).marks, unread);
        QCOMPARE(::unlink(mark.c_str()), 0);

        const std::string secret = m_path + "/secret";
        QVERIFY(replaceFile(secret, "d 2 and what nobody may read\n", { 0600, {} }));
        QCOMPARE(::symlink(secret.c_str(), mark.c_str()), 0);
        QCOMPARE(proveReset(places, good()).marks, unread);
        QCOMPARE(::unlink(mark.c_str()), 0);

        if (::geteuid() != 0)
            QSKIP("only root can make another user's file");
        QVERIFY(plantMarks(places, good(), "user-1"));
        QCOMPARE(::chown(mark.c_str(), 1000, 1000), 0);
        QCOMPARE(proveReset(places, good()).marks, unread);
    }

    void whatMustBeUniqueIsShown()
    {
        const ProofPlaces places = this->places();
        QVERIFY(replaceFile(places.machineId, "4c1f\n", { 0600, std::nullopt }));
        QVERIFY(replaceFile(places.hostKeys + "/ssh_host_ed25519_key.pub", "k", { 0600, {} }));
        QVERIFY(replaceFile(places.hostKeys + "/ssh_config", "no key", { 0600, {} }));
        const auto first = proveReset(places, good());
        QCOMPARE(first.machineId, std::string("4c1f"));
        QCOMPARE(first.hostKeysSha256.size(), std::size_t(1));
        QVERIFY(first.rdpKeySha256.empty());
        QVERIFY(writeRdpKeys(m_path, "h"));
        const auto second = proveReset(places, good());
        QCOMPARE(second.rdpKeySha256.size(), std::size_t(64));
        QVERIFY(writeRdpKeys(m_path, "h"));
        QVERIFY(proveReset(places, good()).rdpKeySha256 != second.rdpKeySha256);
    }

    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_path = m_folder->path().toStdString();
    }

    void theBootstrapIsReadOnceAndRemembered()
    {
        write(good());
        const auto first = loadIncarnation(m_path);
        QVERIFY(first);
        QCOMPARE(first->bootstrap.desktop, std::string("d"));
        QCOMPARE(first->memory.epoch, 7); // R3: the least that is obeyed
        QVERIFY(!QFile::exists(m_folder->filePath(QStringLiteral("bootstrap.json"))));
        struct stat about
        {
        };
        QCOMPARE(::stat((m_path + "/state.json").c_str(), &about), 0);
        QCOMPARE(about.st_mode & 0777U, 0600U);

        auto changed = *first;
        changed.memory.epoch = 9;
        changed.memory.lease = "l";
        changed.memory.isUsed = true;
        changed.place.leader = 12;
        QVERIFY(saveIncarnation(m_path, changed));
        const auto second = loadIncarnation(m_path);
        QVERIFY(second);
        QCOMPARE(second->bootstrap.secret, std::string("s"));
        QCOMPARE(second->memory.epoch, 9);
        QCOMPARE(second->memory.lease, std::string("l"));
        QVERIFY(second->memory.isUsed);
        QCOMPARE(second->place.leader, 12);
    }

    void aNewIncarnationForgetsTheOldOne() // R1
    {
        write(good());
        auto old = loadIncarnation(m_path).value();
        old.memory.lease = "l";
        old.memory.isUsed = true;
        QVERIFY(saveIncarnation(m_path, old));
        auto bootstrap = good();
        bootstrap.incarnation = 3;
        write(bootstrap);
        const auto fresh = loadIncarnation(m_path);
        QVERIFY(fresh);
        QVERIFY(fresh->memory.lease.empty() && !fresh->memory.isUsed);
    }

    void theSameIncarnationKeepsItsEpoch()
    {
        write(good());
        auto old = loadIncarnation(m_path).value();
        old.memory.epoch = 20;
        QVERIFY(saveIncarnation(m_path, old));
        write(good());
        QCOMPARE(loadIncarnation(m_path)->memory.epoch, 20);
        auto higher = good();
        higher.epoch = 30;
        write(higher);
        QCOMPARE(loadIncarnation(m_path)->memory.epoch, 30);
    }

    void badBootstrapsAreRefused()
    {
        const auto refused = [this](auto change) {
            auto bootstrap = good();
            change(bootstrap);
            write(bootstrap);
            const auto loaded = loadIncarnation(m_path);
            return !loaded && loaded.error().code == Errc::invalidArgument;
        };
        QVERIFY(refused([](auto& b) { b.brokerHost.clear(); }));
        QVERIFY(refused([](auto& b) { b.brokerPort = 0; }));
        QVERIFY(refused([](auto& b) { b.brokerPort = 65536; }));
        QVERIFY(refused([](auto& b) { b.brokerKeySha256 = "aa"; }));
        QVERIFY(refused([](auto& b) { b.brokerKeySha256[3] = 'x'; }));
        QVERIFY(refused([](auto& b) { b.desktop.clear(); }));
        QVERIFY(refused([](auto& b) { b.secret.clear(); }));
        QVERIFY(refused([](auto& b) { b.secret = "a\r\nHost: b"; }));
        QVERIFY(refused([](auto& b) { b.desktop = "a b"; }));
        writeText("{");
        QVERIFY(!loadIncarnation(m_path));
    }

    void nothingAtAllIsNotFound()
    {
        QCOMPARE(loadIncarnation(m_path).error().code, Errc::notFound);
    }

private:
    ProofPlaces places()
    {
        QDir(m_folder->path()).mkdir(QStringLiteral("home"));
        QDir(m_folder->path()).mkdir(QStringLiteral("tmp"));
        return { .directories = { m_path + "/home", m_path + "/tmp" },
            .machineId = m_path + "/machine-id",
            .bootId = m_path + "/boot-id",
            .rdpCertificate = m_path + "/rdp-cert.pem",
            .hostKeys = m_path };
    }
    void write(const wire::AgentBootstrap& bootstrap) { writeText(wire::encode(bootstrap)); }
    void writeText(const std::string& text)
    {
        QVERIFY(replaceFile(m_path + "/bootstrap.json", text, { 0600, std::nullopt }));
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::string m_path;
};

QTEST_APPLESS_MAIN(IncarnationTest)
#include "tst_incarnation.moc"
