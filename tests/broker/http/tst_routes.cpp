// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/http/routes.h"

#include <QtTest>
#include <set>

using namespace wardesk::broker;

class tst_Routes : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init() { addRoutes(m_table, m_services); }
    void cleanup() { m_table = {}; }
    void A7_onlyTheseRoutesArePublic();
    void A7_everyAdminRouteIsForAdministrators();
    void A7_writingNeedsAWritePermission();
    void noRouteIsThereTwice();
    void paramsAreTaken();

private:
    Services m_services;
    RouteTable m_table;
};

void tst_Routes::A7_onlyTheseRoutesArePublic()
{
    std::set<std::string> open;
    for (const Route& route : m_table.routes()) {
        if (route.permission == Permission::everybody)
            open.insert(std::string(nameOf(route.method)) + ' ' + route.pattern);
    }
    QCOMPARE(
        open, (std::set<std::string> { "GET /", "GET /api/v1/health", "POST /api/v1/session" }));
}

void tst_Routes::A7_everyAdminRouteIsForAdministrators()
{
    for (const Route& route : m_table.routes()) {
        const bool admin
            = route.pattern.starts_with("/api/v1/admin/") || route.pattern == "/metrics";
        if (route.permission != Permission::agent && route.permission != Permission::broker)
            QCOMPARE(mayUse(Role::clinician, route.permission), !admin);
        else
            QVERIFY(!mayUse(Role::administrator, route.permission));
    }
}

void tst_Routes::A7_writingNeedsAWritePermission()
{
    for (const Route& route : m_table.routes()) {
        if (!route.pattern.starts_with("/api/v1/admin/"))
            continue;
        const std::string_view name = nameOf(route.permission);
        QCOMPARE(name.ends_with(".write"), route.method != Method::get);
    }
}

void tst_Routes::noRouteIsThereTwice()
{
    std::set<std::string> seen;
    for (const Route& route : m_table.routes())
        QVERIFY(seen.insert(std::string(nameOf(route.method)) + route.pattern).second);
    QVERIFY(seen.size() > 25);
}

void tst_Routes::paramsAreTaken()
{
    const RouteMatch match = m_table.find(Method::get, "/api/v1/admin/pools/Ward 3");
    QVERIFY(match.route != nullptr);
    QCOMPARE(match.params.at("pool"), std::string("Ward 3"));
    QVERIFY(m_table.find(Method::get, "/api/v1/admin/pools/").route == nullptr);
    QVERIFY(m_table.find(Method::get, "/api/v1/admin/pools/a/b").route == nullptr);
}

QTEST_GUILESS_MAIN(tst_Routes)
#include "tst_routes.moc"
