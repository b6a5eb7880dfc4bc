// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/service/agentlinks.h"
#include "broker/service/eventhub.h"
#include "broker/service/poolwatch.h"
#include "broker/service/principal.h"
#include "broker/service/sessioncontrol.h"
#include "protocols/wire/adminmessages.h"

namespace wardesk::broker {

/// Desktops and the sessions on them, for administrators. Main lane only.
class DesktopAdministration
{
public:
    DesktopAdministration(Shell& shell, PoolWatch& pools, SessionControl& sessions);
    void list(const Principal& who, const std::string& poolNamed,
        Done<wire::ItemList<wire::DesktopItem>> done);
    void show(const Principal& who, const std::string& named, Done<wire::DesktopItem> done);
    /// Wipes it, whatever runs on it: the answer to a desktop that hangs.
    void recycle(const Principal& who, const std::string& named, Done<wire::DesktopItem> done);
    /// Lets nobody new into a shared desktop; who is inside goes on, and it is made anew when the
    /// last one has logged off.
    void drain(const Principal& who, const std::string& named, Done<wire::DesktopItem> done);
    /// Sets it aside: a session on it goes on, nobody else gets it.
    void quarantine(const Principal& who, const std::string& named, const wire::Quarantine& request,
        Done<wire::DesktopItem> done);
    /// Back to work, as a new incarnation unless somebody still uses it.
    void release(const Principal& who, const std::string& named,
        const wire::QuarantineRelease& request, Done<wire::DesktopItem> done);
    /// Keeps it for this user, who gets no other one of its pool (dedicated pools).
    void assign(const Principal& who, const std::string& named, const wire::Assignment& request,
        Done<wire::DesktopItem> done);
    /// It is not this user's any more, and what is on its disk is removed. Refused when it is
    /// somebody else's by now.
    void unassign(const Principal& who, const std::string& named, const wire::Assignment& request,
        Done<wire::DesktopItem> done);
    void listSessions(const Principal& who, Done<wire::ItemList<wire::SessionItem>> done);

private:
    struct Acted
    {
        wire::DesktopItem item;
        PoolId pool;
        std::vector<Lease> closed;
    };
    template <typename Job>
    void act(const Principal& who, const char* action, const std::string& named, Job job,
        Done<wire::DesktopItem> done);

    Shell& m_shell;
    PoolWatch& m_pools;
    SessionControl& m_sessions;
};

}
