// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/hypervisor/fake/fakehypervisor.h"
#include "tests/contract/hypervisor/hypervisorcontract.h"

#include <QtTest>

namespace wardesk::broker {

class FakeHypervisorContract : public HypervisorContract
{
    Q_OBJECT

protected:
    std::unique_ptr<Hypervisor> make(const std::string&) override
    {
        auto made = std::make_unique<FakeHypervisor>();
        m_fake = made.get();
        return made;
    }
    void destroyOutside(const DomainUuid& uuid) override { m_fake->lose(uuid); }
    void equip(DomainSpec&) const override { }

private:
    FakeHypervisor* m_fake = nullptr;

private Q_SLOTS:
    void mishapsComeAsScripted()
    {
        FakeHypervisor fake;
        const DomainSpec wanted = spec();
        fake.failNextStarts(1, { Errc::internal, "no luck" });
        QCOMPARE(fake.start(wanted).error().detail, std::string("no luck"));
        QVERIFY(!fake.has(wanted.uuid));
        fake.startButFailNext(1, { Errc::timeout, "too late" });
        QCOMPARE(fake.start(wanted).error().code, Errc::timeout);
        QVERIFY(fake.has(wanted.uuid));
        QVERIFY(fake.start(wanted));
        fake.failNextDestroys(1, { Errc::internal, "no luck" });
        QVERIFY(!fake.destroy(wanted.uuid));
        QVERIFY(fake.has(wanted.uuid));
        fake.failNextLists(1, { Errc::unavailable, "gone" });
        QVERIFY(!fake.list());
        QVERIFY(fake.list());
        QCOMPARE(fake.startCalls(), 3);
        QVERIFY(fake.specOf(wanted.uuid)->bootstrap.equals(wanted.bootstrap.reveal()));
    }
    void outagesEndWithNews()
    {
        FakeHypervisor fake;
        int told = 0;
        fake.onChange([&] { ++told; });
        fake.hang();
        QCOMPARE(fake.list().error().code, Errc::timeout);
        fake.disconnect();
        QCOMPARE(fake.probe().error().code, Errc::unavailable);
        fake.recover();
        QVERIFY(fake.probe());
        QCOMPARE(told, 1);
    }
};

}

QTEST_GUILESS_MAIN(wardesk::broker::FakeHypervisorContract)
#include "tst_fakehypervisor_contract.moc"
