// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/reconcile.h"
#include "tests/bench/plan/filledsite.h"

#include <QCoreApplication>
#include <QTemporaryDir>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <unordered_map>

using namespace wardesk;
using namespace wardesk::broker;
using namespace wardesk::bench;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

constexpr WallTime now { std::chrono::hours(1) };

double microseconds(Clock::duration span)
{
    return std::chrono::duration<double, std::micro>(span).count();
}

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

void tell(const char* bench, double value, const char* unit, double peer)
{
    std::printf(
        "{\"bench\": \"%s\", \"value\": %.4g, \"unit\": \"%s\", \"peer\": %.4g, \"ratio\": %.4g}\n",
        bench, value, unit, peer, value / peer);
}

/// Each pool with its rows, read as the broker's rounds read them.
Result<std::vector<PoolView>> viewsOf(Store& store, const std::vector<Pool>& pools)
{
    std::vector<PoolView> views(pools.size());
    for (std::size_t i = 0; i < pools.size(); ++i) {
        auto rows = store.listDesktops(pools[i].id);
        if (!rows)
            return tl::unexpected(rows.error());
        views[i].pool = pools[i];
        views[i].desktops = std::move(*rows);
        views[i].addressesLeft = 1000;
    }
    return views;
}

/// What the hosts show, moved to the pools that it belongs to.
void sortDomains(std::vector<PoolView>& views, std::vector<std::vector<ObservedDomain>> domains)
{
    std::unordered_map<PoolId, PoolView*> byId;
    for (PoolView& view : views) {
        view.domains.emplace();
        view.domains->reserve(view.desktops.size());
        byId.emplace(view.pool.id, &view);
    }
    for (auto& host : domains) {
        for (ObservedDomain& domain : host)
            byId.at(domain.pool)->domains->push_back(std::move(domain));
    }
}

struct Times
{
    double read = 0; ///< microseconds, as the others
    double plan = 0;
    double grant = 0; ///< the plan of one pool again, after one of its desktops was given out
    std::size_t actions = 0;
};

Result<Times> measure(int pools, int desktops, int hosts, int rounds)
{
    const QTemporaryDir folder;
    const auto store
        = fillSite(folder.filePath(QStringLiteral("site.db")).toStdString(), pools, desktops);
    if (!store)
        return tl::unexpected(store.error());
    std::vector<double> reads;
    std::vector<double> plans;
    std::vector<double> grants;
    Times times;
    for (int round = 0; round <= rounds; ++round) {
        const auto known = (*store)->listPools();
        const auto begin = Clock::now();
        auto rows = (*store)->listDesktops();
        const auto read = Clock::now();
        if (!known || !rows)
            return tl::unexpected((!known ? known.error() : rows.error()));
        auto domains = domainsOf(*rows, hosts);
        rows->clear();
        auto seen = viewsOf(**store, *known);
        if (!seen)
            return tl::unexpected(seen.error());
        std::vector<PoolView>& views = *seen;
        const auto looked = Clock::now();
        sortDomains(views, std::move(domains));
        for (const PoolView& view : views)
            times.actions += reconcile(view, now, {}).actions.size();
        const auto planned = Clock::now();
        if (round == 0)
            continue; // the first one warms the caches
        reads.push_back(microseconds(read - begin));
        plans.push_back(microseconds(planned - looked));
        // A grant: one row is another one now, and its pool has one spare less than it wants.
        PoolView& touched = views[static_cast<std::size_t>(round) % views.size()];
        const auto spare = std::find_if(touched.desktops.begin(), touched.desktops.end(),
            [](const DesktopRow& row) { return !row.lease; });
        if (spare == touched.desktops.end())
            return failure(Errc::internal, "a pool without a spare");
        Lease lease;
        lease.desktop = spare->desktop.id;
        lease.incarnation = spare->desktop.incarnation.number;
        lease.grantedAt = now;
        spare->lease = lease;
        const auto granted = Clock::now();
        const Plan plan = reconcile(touched, now, {});
        grants.push_back(microseconds(Clock::now() - granted));
        if (plan.actions != std::vector<Action> { AddDesktop {} })
            return failure(Errc::internal, "a grant is not followed by one more desktop");
    }
    times.read = median(reads);
    times.plan = median(plans);
    times.grant = median(grants);
    if (times.actions > 0)
        return failure(Errc::internal, "a site that is as it should be has a plan");
    return times;
}

}

int main(int argc, char** argv)
{
    QCoreApplication application(argc, argv);
    const int rounds = argc > 1 ? std::max(1, QString::fromLocal8Bit(argv[1]).toInt()) : 11;
    const auto site = measure(200, 10000, 20, rounds);
    const auto few = measure(200, 1000, 20, rounds);
    const auto many = measure(200, 100000, 20, std::min(rounds, 5));
    for (const auto* times : { &site, &few, &many }) {
        if (!*times) {
            std::fprintf(stderr, "bench-plan: %s\n", times->error().detail.c_str());
            return 1;
        }
    }
    tell("plan", site->plan / 1000,
        "ms for 200 pools, 10000 desktops, 20 hosts; peer: reading the rows", site->read / 1000);
    tell("plan", site->grant, "us from a grant to the plan of its pool; peer: the limit", 100);
    tell("plan", many->grant, "us the same in a pool of 500; peer: the limit", 100);
    const double growth = many->plan / few->plan;
    const double allowed = 100 * std::log(100000.0) / std::log(1000.0);
    tell("plan", growth, "times as long for 100000 desktops as for 1000; peer: n log n", allowed);
    return 0;
}
