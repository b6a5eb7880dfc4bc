// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/pool/reconcile.h"

#include <cstdint>
#include <map>
#include <string>

namespace wardesk::broker {

/// What a pool wishes of its spares, in numbers. All that is named here is a desktop that nobody
/// holds.
struct SleepWishes
{
    std::int64_t running = 0; ///< ready beyond those in use
    std::int64_t keepRunning = 0; ///< not taken away although fewer are wished by now
    std::int64_t asleep = 0; ///< on the disk, behind those
    std::int64_t keepAsleep = 0;
    std::int64_t soon = 0; ///< ready, or resumed and about to be
};

/// What has become of the wish to resume some.
struct Resumed
{
    std::int64_t done = 0; ///< run again, or will
    std::int64_t paced = 0; ///< wait for their turn: nothing is started in their place
};

struct SleepPlan
{
    std::int64_t staysAsleep = 0; ///< so many of those that were not resumed are kept
    std::int64_t wake = 0; ///< so many are to run in all, with those that will be saved when ready
    std::int64_t keepAwake = 0;
    std::int64_t lacking = 0; ///< so many more could be saved
};

/// How many of those that sleep are to run again. What boots does not count: one that sleeps is
/// there before it.
[[nodiscard]] std::int64_t resumesWished(const SleepWishes& wishes, std::int64_t sleeping);

/// `sleeping`: how many were on the disk or on their way there. `maySave`: whether more can be
/// saved now; otherwise none is started for that, and none that runs is taken away for it.
[[nodiscard]] SleepPlan sleepPlanOf(
    const SleepWishes& wishes, std::int64_t sleeping, const Resumed& resumed, bool maySave);

/// Memory that is left on the hosts for desktops that are resumed: what sleeps was counted with
/// none.
class SleepRoom
{
public:
    SleepRoom(const Pool& pool, const std::vector<HostView>& hosts);
    /// Takes it; false when there is none.
    [[nodiscard]] bool take(const HostId& host);

private:
    std::int64_t m_each;
    std::map<HostId, std::int64_t> m_left; ///< MiB, of those hosts that are counted
};

/// Why nothing is saved now, for people.
[[nodiscard]] std::string suspendTrouble(const std::string& why);

/// Whether it is saved to the disk, or on its way there.
[[nodiscard]] bool isAsleep(const IncarnationFacts& facts);
/// It is ready, does not drain, and was not resumed a moment ago: who was wanted then is not saved
/// at once.
[[nodiscard]] bool maySleep(const IncarnationFacts& facts, WallTime now, const Limits& limits);

}
