// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/hypervisor/libvirt/machinexml.h"
#include "broker/hypervisor/libvirt/saveimage.h"

#include <QtTest>
#include <array>
#include <cstring>

using namespace wardesk;
using namespace wardesk::broker;

namespace {

/// As libvirt 9 writes it.
std::string saved(const std::string& xml, const std::string& cookie, std::size_t room)
{
    std::string fixed("LibvirtQemudSave");
    std::array<std::uint32_t, 19> numbers { 2, static_cast<std::uint32_t>(room), 1, 0,
        cookie.empty() ? 0U : static_cast<std::uint32_t>(xml.size() + 1) };
    fixed.append(reinterpret_cast<const char*>(numbers.data()), sizeof numbers);
    std::string data = xml + '\0' + (cookie.empty() ? std::string() : cookie + '\0');
    data.resize(room, '\0');
    return fixed + data + "the machine's memory";
}

const char* const description = R"(<domain type='qemu'>
  <name>wardesk-image-1</name>
  <uuid>11111111-1111-4111-8111-111111111111</uuid>
  <metadata><wardesk:model xmlns:wardesk="urn:wardesk:model:1" site="ward"/></metadata>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2' cache='unsafe'/>
      <source file='/volumes/state &amp; more'/>
      <address type='pci' domain='0x0000' bus='0x03' slot='0x00' function='0x0'/>
    </disk>
    <interface type='network'>
      <mac address='52:54:00:aa:aa:01'/>
      <source network='other'/>
    </interface>
  </devices>
</domain>)";

DomainSpec spec()
{
    DomainSpec made;
    made.uuid = DomainUuid("6695eb01-f6a4-4304-89aa-97f2502e193f");
    made.name = "<ward> & 'co'";
    made.pool = PoolId("p");
    made.desktop = DesktopId("d");
    made.incarnation = Incarnation(3);
    made.epoch = Epoch(9);
    made.address = "10.213.0.16";
    made.network = "wardesk";
    made.bootstrap = Secret("c2VjcmV0");
    return made;
}

}

class SavedMachineTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aHeadComesBackAsItWas()
    {
        const std::string bytes = saved("<domain/>", "<cookie/>", 4096);
        QCOMPARE(saveHeadBytes(bytes).value(), 92U + 4096U);
        const auto head = readSaveHead(bytes);
        QVERIFY(head);
        QCOMPARE(head->xml, std::string("<domain/>"));
        QCOMPARE(head->cookie, std::string("<cookie/>"));
        QCOMPARE(writeSaveHead(*head, head->xml).value(), bytes.substr(0, 92 + 4096));
    }
    void anotherDescriptionTakesTheSameRoom()
    {
        const auto head = readSaveHead(saved("<domain/>", "<cookie/>", 4096)).value();
        const std::string longer = "<domain>" + std::string(1000, 'x') + "</domain>";
        const auto written = writeSaveHead(head, longer);
        QVERIFY(written);
        QCOMPARE(written->size(), 92U + 4096U);
        const auto again = readSaveHead(*written);
        QVERIFY(again);
        QCOMPARE(again->xml, longer);
        QCOMPARE(again->cookie, std::string("<cookie/>"));
    }
    void aDescriptionThatDoesNotFitIsRefused()
    {
        const auto head = readSaveHead(saved("<domain/>", {}, 64)).value();
        QCOMPARE(writeSaveHead(head, std::string(64, 'x')).error().code, Errc::tooLarge);
        QVERIFY(writeSaveHead(head, std::string(63, 'x')));
    }
    void whatIsNotCompleteOrNotKnownIsRefused()
    {
        std::string bytes = saved("<domain/>", "<cookie/>", 4096);
        QVERIFY(!readSaveHead({}));
        QVERIFY(!readSaveHead(bytes.substr(0, 91)));
        QVERIFY(!readSaveHead(bytes.substr(0, 200)));
        std::string partial = bytes;
        partial.replace(12, 4, "Part"); // libvirt's own mark of a save that was cut off
        QVERIFY(!readSaveHead(partial));
        std::string newer = bytes;
        newer[16] = 3;
        QVERIFY(!readSaveHead(newer));
        std::string wild = bytes;
        const std::uint32_t far = 100'000;
        std::memcpy(wild.data() + 32, &far, sizeof far); // a second part outside of the head
        QVERIFY(!readSaveHead(wild));
    }

    void aCopyIsAnotherMachineWithTheSameDevices()
    {
        const auto xml = copyXml(description, spec(), "ward-site", "/volumes/d & co");
        QVERIFY(xml);
        const QString text = QString::fromStdString(*xml);
        QVERIFY(text.contains(QStringLiteral("<name>&lt;ward&gt; &amp; 'co'</name>")));
        QVERIFY(text.contains(QStringLiteral("<uuid>6695eb01-f6a4-4304-89aa-97f2502e193f</uuid>")));
        QVERIFY(text.contains(QStringLiteral("<source file=\"/volumes/d &amp; co\"")));
        QVERIFY(text.contains(QStringLiteral("<source network=\"wardesk\"")));
        QVERIFY(text.contains(QStringLiteral("incarnation=\"3\"")));
        QVERIFY(text.contains(QStringLiteral("site=\"ward-site\"")));
        QVERIFY(text.contains(QStringLiteral("bus=\"0x03\""))); // where the guest knows its disk
        QVERIFY(text.contains(QStringLiteral("cache=\"unsafe\""))); // gone with the desktop
        QVERIFY(!text.contains(QStringLiteral("urn:wardesk:model:1")));
        QVERIFY(!text.contains(QStringLiteral("52:54:00:aa:aa:01")));
        QVERIFY(!text.contains(QStringLiteral("c2VjcmV0"))); // the bootstrap goes another way (A9)
    }
    void aKeptDiskIsWrittenDown()
    {
        DomainSpec kept = spec();
        kept.keptDisk = DomainUuid("6695eb01-f6a4-4304-89aa-97f2502e193f");
        const auto xml = copyXml(description, kept, "ward-site", "/volumes/d");
        QVERIFY(xml);
        QVERIFY(xml->find("cache=\"writeback\"") != std::string::npos);
    }
    void aDescriptionOfSomethingElseIsRefused()
    {
        QVERIFY(!copyXml("<domain><name>x</name></domain>", spec(), "s", "/d"));
        QVERIFY(!copyXml("no XML", spec(), "s", "/d"));
        const std::string twoCards = QString::fromLatin1(description)
                                         .replace(QStringLiteral("</devices>"),
                                             QStringLiteral("<interface><mac address='1'/>"
                                                            "</interface></devices>"))
                                         .toStdString();
        QVERIFY(!copyXml(twoCards, spec(), "s", "/d")); // both would get one address
    }
    void aModelHasNoSecretAndCanBeCopied()
    {
        const std::string xml = modelXml({ .name = "wardesk-image-1",
                                             .uuid = "11111111-1111-4111-8111-111111111111",
                                             .kernel = "/v/kernel",
                                             .initrd = "/v/initrd",
                                             .disk = "/v/state",
                                             .network = "wardesk",
                                             .shape = { .memoryMiB = 2048, .vcpus = 2 } },
            "ward");
        const QString text = QString::fromStdString(xml);
        QVERIFY(text.contains(QStringLiteral("<memory unit=\"MiB\">2048</memory>")));
        QVERIFY(text.contains(QStringLiteral("<vcpu>2</vcpu>")));
        QVERIFY(text.contains(QStringLiteral("<genid/>")));
        QVERIFY(copyXml(xml, spec(), "ward", "/v/d"));
    }
};

QTEST_GUILESS_MAIN(SavedMachineTest)
#include "tst_savedmachine.moc"
