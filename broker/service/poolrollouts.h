// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/service/audit.h"
#include "broker/service/poolkeeper.h"
#include "broker/service/principal.h"
#include "protocols/wire/adminmessages.h"

namespace wardesk::broker {

/// How pools go from one version of an image to another, for administrators. What follows from it
/// is done by the pool's rounds. Main lane only.
class PoolRollouts
{
public:
    PoolRollouts(Shell& shell, PoolKeeper& keeper);
    /// Of all pools when none is named.
    void list(const Principal& who, const std::string& poolNamed,
        Done<wire::ItemList<wire::RolloutItem>> done);
    void show(const Principal& who, const std::string& poolNamed, Done<wire::RolloutItem> done);
    void start(const Principal& who, const std::string& poolNamed, const wire::NewRollout& request,
        Done<wire::RolloutItem> done);
    void stop(const Principal& who, const std::string& poolNamed,
        const wire::RolloutReason& request, Done<wire::RolloutItem> done);
    void resume(const Principal& who, const std::string& poolNamed,
        const wire::RolloutReason& request, Done<wire::RolloutItem> done);
    void cancel(const Principal& who, const std::string& poolNamed,
        const wire::RolloutReason& request, Done<wire::RolloutItem> done);
    /// To the version that the pool had before its last rollout.
    void rollBack(const Principal& who, const std::string& poolNamed,
        const wire::RolloutReason& request, Done<wire::RolloutItem> done);

private:
    /// Finds the pool, has work(store, pool, note) done as one audited act, and lets the pool be
    /// looked at; the answer is the pool's rollout.
    template <typename Work>
    void act(const Principal& who, const char* action, const std::string& poolNamed, Work work,
        Done<wire::RolloutItem> done);
    void change(const Principal& who, const char* action, const std::string& poolNamed,
        const wire::RolloutReason& request, RolloutState expected, RolloutState next,
        Done<wire::RolloutItem> done);

    Shell& m_shell;
    PoolKeeper& m_keeper;
};

/// Begins a rollout to an image, inside a job; what is not named has its default. The note says it.
[[nodiscard]] Result<void> beginRollout(Store& store, const Pool& pool, const Image& to,
    const wire::NewRollout& request, const std::string& by, WallTime now, AuditNote& note);

}
