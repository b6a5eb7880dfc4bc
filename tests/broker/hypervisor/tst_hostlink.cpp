// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/hypervisor/libvirt/hostlink.h"

#include <QTest>

namespace wardesk::broker {

using namespace std::chrono_literals;
using Wake = HostLink::Wake;

/// What of libvirt's events is news for a reconciler (R5).
class HostLinkTest : public QObject
{
    Q_OBJECT

private:
    HostLink m_link { LibvirtSettings {} };

private Q_SLOTS:
    void anEndIsNewsOnce()
    {
        m_link.onDomainStopped("told twice");
        QVERIFY(m_link.waitForNews(0ms) == Wake::change);
        m_link.onDomainStopped("told twice");
        QVERIFY(m_link.waitForNews(0ms) == Wake::time);
    }

    void whatWeEndIsNoNewsHoweverOftenItIsTold()
    {
        m_link.expectEnd("ours");
        m_link.onDomainStopped("ours");
        m_link.onDomainStopped("ours");
        QVERIFY(m_link.waitForNews(0ms) == Wake::time);
    }

    void whatWasStartedAgainOrDidNotEndIsNews()
    {
        m_link.expectEnd("back");
        m_link.onDomainStopped("back");
        m_link.forgetEnd("back");
        m_link.onDomainStopped("back");
        QVERIFY(m_link.waitForNews(0ms) == Wake::change);
    }

    void onlyTheLastEndsAreRemembered()
    {
        m_link.expectEnd("first");
        for (int n = 0; n < 1'000; ++n)
            m_link.expectEnd(std::to_string(n));
        m_link.onDomainStopped("999");
        QVERIFY(m_link.waitForNews(0ms) == Wake::time);
        m_link.onDomainStopped("first");
        QVERIFY(m_link.waitForNews(0ms) == Wake::change);
    }
};

}

QTEST_GUILESS_MAIN(wardesk::broker::HostLinkTest)
#include "tst_hostlink.moc"
