// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/hypervisor/libvirt/domainmetadata.h"
#include "broker/hypervisor/libvirt/domainxml.h"
#include "broker/hypervisor/libvirt/networkxml.h"

#include <QXmlStreamReader>
#include <QtTest>
#include <map>
#include <set>

using namespace wardesk;
using namespace wardesk::broker;

class DomainXmlTest : public QObject
{
    Q_OBJECT

    static DomainSpec spec()
    {
        return { .uuid = DomainUuid("6695eb01-f6a4-4304-89aa-97f2502e193f"),
            .name = "<ward> & 'co'",
            .organisation = OrganisationId("o"),
            .pool = PoolId("p"),
            .desktop = DesktopId("d"),
            .incarnation = Incarnation(3),
            .epoch = Epoch(9),
            .hostName = "ward",
            .imageSource = "/images/a & b",
            .memoryMiB = 512,
            .address = "10.213.0.16",
            .prefix = 24,
            .network = "wardesk",
            .image = ImageId("image"),
            .bootstrapHash = SecretHash(std::string(64, 'e')),
            .bootstrap = Secret("c2VjcmV0") };
    }
    /// "element" and "element@attribute" with their texts.
    static std::map<QString, QString> read(const std::string& xml)
    {
        std::map<QString, QString> found;
        QXmlStreamReader reader(QString::fromStdString(xml));
        while (!reader.atEnd()) {
            if (reader.readNext() == QXmlStreamReader::StartElement) {
                const QString name = reader.name().toString();
                for (const auto& attribute : reader.attributes())
                    found[name + u'@' + attribute.name().toString()] = attribute.value().toString();
                if (name == QLatin1String("name") || name == QLatin1String("initenv"))
                    found[name] = reader.readElementText();
            }
        }
        found[QStringLiteral("error")] = reader.errorString();
        return found;
    }

private Q_SLOTS:
    void everythingIsEscaped()
    {
        const Secret xml
            = domainXml(spec(), { .uri = {}, .site = "s" }, DomainType::lxc, "10.213.0.1");
        auto found = read(std::string(xml.reveal()));
        QCOMPARE(found[QStringLiteral("error")], QString());
        QCOMPARE(found[QStringLiteral("name")], QStringLiteral("<ward> & 'co'"));
        QCOMPARE(found[QStringLiteral("initenv")], QStringLiteral("c2VjcmV0"));
        QCOMPARE(found[QStringLiteral("route@gateway")], QStringLiteral("10.213.0.1"));
        QCOMPARE(found[QStringLiteral("desktop@site")], QStringLiteral("s"));
        QCOMPARE(found[QStringLiteral("desktop@incarnation")], QStringLiteral("3"));
        QCOMPARE(found[QStringLiteral("desktop@epoch")], QStringLiteral("9"));
        QCOMPARE(found[QStringLiteral("desktop@name")], QStringLiteral("ward"));
        QCOMPARE(found[QStringLiteral("desktop@address")], QStringLiteral("10.213.0.16"));
        QCOMPARE(found[QStringLiteral("desktop@image")], QStringLiteral("image"));
        QCOMPARE(found[QStringLiteral("desktop@bootstrap-sha256")], QString(64, u'e'));
    }
    void aMacAddressIsOfItsAddressAndUnicast()
    {
        std::set<std::string> all;
        for (int i = 0; i < 1000; ++i) {
            const std::string ip
                = "10.213." + std::to_string(i / 250) + '.' + std::to_string(i % 250);
            const std::string address = macAddressOf(ip);
            QCOMPARE(address.size(), 17U);
            QVERIFY(address.starts_with("52:")); // locally administered, not multicast
            QCOMPARE(address, macAddressOf(ip));
            all.insert(address);
        }
        QCOMPARE(all.size(), 1000U);
    }
    // R11: of a broker that did not write all of it yet
    void olderMetadataIsReadAsFarAsItGoes()
    {
        const auto seen = readMetadata("<desktop site='s' organisation='o' pool='p' desktop='d' "
                                       "incarnation='3' epoch='9'/>");
        QVERIFY(seen);
        QCOMPARE(seen->desktop, DesktopId("d"));
        QCOMPARE(seen->organisation, OrganisationId("o"));
        QVERIFY(seen->hostName.empty() && seen->address.empty() && seen->image.isEmpty()
            && seen->bootstrapHash.isEmpty());
    }
    // R5: a domain of ours that cannot be read must be seen, not overlooked
    void damagedMetadataIsStillOurs()
    {
        const auto seen = readMetadata("<desktop site='s' desktop='d' incarnation='seven'/>");
        QVERIFY(seen);
        QCOMPARE(seen->incarnation, Incarnation(0));
        QVERIFY(!readMetadata("<desktop desktop='d'/>"));
        QVERIFY(!readMetadata("<other site='s'/>"));
        QVERIFY(!readMetadata("not XML"));
    }
    void theGatewayIsTheHostOnTheSameSubnet()
    {
        const std::string network = "<network><name>n</name><dns><host ip='10.0.0.9'/></dns>"
                                    "<ip address='192.168.1.1' netmask='255.255.255.0'/>"
                                    "<ip family='ipv6' address='fd00::1' prefix='64'/>"
                                    "<ip address='10.213.0.1' prefix='24'><dhcp/></ip></network>";
        QCOMPARE(gatewayFor(network, "10.213.0.16"), std::string("10.213.0.1"));
        QCOMPARE(gatewayFor(network, "192.168.1.77"), std::string("192.168.1.1"));
        QCOMPARE(gatewayFor(network, "10.214.0.16"), std::string());
        QCOMPARE(gatewayFor("<network/>", "10.213.0.16"), std::string());
        QCOMPARE(gatewayFor("", "10.213.0.16"), std::string());
    }
};

QTEST_GUILESS_MAIN(DomainXmlTest)
#include "tst_domainxml.moc"
