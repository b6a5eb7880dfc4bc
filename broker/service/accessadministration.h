// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/service/audit.h"
#include "broker/service/eventhub.h"
#include "broker/service/principal.h"
#include "broker/service/shell.h"
#include "protocols/wire/accessmessages.h"

namespace wardesk::broker {

/// Who may use which pool, and how many sessions there may be, for administrators. Main lane only.
class AccessAdministration
{
public:
    AccessAdministration(Shell& shell, EventHub& events);
    void show(const Principal& who, const std::string& named, Done<wire::PoolAccessItem> done);
    void change(const Principal& who, const std::string& named,
        const wire::PoolAccessChange& request, Done<wire::PoolAccessItem> done);
    /// What a user would be told at a terminal now.
    struct Question
    {
        std::string pool;
        std::string user;
        std::string terminal;
    };
    void check(const Principal& who, const Question& question, Done<wire::AccessCheck> done);
    void showLimits(const Principal& who, Done<wire::LimitsItem> done);
    void changeLimits(
        const Principal& who, const wire::LimitsItem& request, Done<wire::LimitsItem> done);

private:
    Shell& m_shell;
    EventHub& m_events;
};

}
