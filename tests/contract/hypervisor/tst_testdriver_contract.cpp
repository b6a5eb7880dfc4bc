// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/hypervisor/libvirt/libvirthypervisor.h"
#include "tests/contract/hypervisor/hypervisorcontract.h"

#include <QtTest>
#include <libvirt/libvirt.h>

namespace wardesk::broker {

/// libvirt's own in-memory driver: the same code path as LXC, without a daemon.
class TestDriverContract : public SharedHostContract
{
    Q_OBJECT

protected:
    std::unique_ptr<Hypervisor> make(const std::string& site) override
    {
        return LibvirtHypervisor::create({ .uri = "test:///default", .site = site }).value();
    }
    void destroyOutside(const DomainUuid& uuid) override
    {
        const virConnectPtr connection = virConnectOpen("test:///default");
        const virDomainPtr domain = virDomainLookupByUUIDString(connection, uuid.value().c_str());
        QCOMPARE(virDomainDestroy(domain), 0);
        virDomainFree(domain);
        virConnectClose(connection);
    }
    void equip(DomainSpec&) const override { }
    bool hasDisks() const override { return false; }

private Q_SLOTS:
    // The driver comes with a domain named "test": it must be neither listed nor touched.
    void aDomainWithoutMetadataIsLeftAlone()
    {
        QCOMPARE(hypervisor().list().value().size(), 0U);
        const DomainUuid theirs("6695eb01-f6a4-8304-79aa-97f2502e193f");
        QCOMPARE(hypervisor().destroy(theirs).error().code, Errc::conflict);
    }
    void settingsThatMakeNoSenseAreRefused()
    {
        const auto code = [](LibvirtSettings settings) {
            const auto made = LibvirtHypervisor::create(std::move(settings));
            return made ? std::string("good") : std::string(wireCode(made.error().code));
        };
        const std::string invalid = "invalidArgument";
        QCOMPARE(code({ .uri = "vmware://x", .site = "s" }), invalid);
        QCOMPARE(code({ .uri = "", .site = "s" }), invalid);
        QCOMPARE(code({ .uri = "lxc:///system", .site = "" }), invalid);
    }
};

}

QTEST_GUILESS_MAIN(wardesk::broker::TestDriverContract)
#include "tst_testdriver_contract.moc"
