// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/service/eventhub.h"
#include "broker/service/hosts.h"
#include "broker/service/poolkeeper.h"
#include "broker/service/principal.h"
#include "protocols/wire/adminmessages.h"

namespace wardesk::broker {

/// The virtualisation hosts, for administrators. Main lane only.
class HostAdministration
{
public:
    HostAdministration(
        Shell& shell, PoolKeeper& keeper, Hosts& hosts, AgentLinks& agents, EventHub& events);
    void list(const Principal& who, Done<wire::ItemList<wire::HostItem>> done);
    void show(const Principal& who, const std::string& named, Done<wire::HostItem> done);
    void add(const Principal& who, const wire::NewHost& request, Done<wire::HostItem> done);
    void change(const Principal& who, const std::string& named, const wire::HostChange& request,
        Done<wire::HostItem> done);
    /// Nothing new is given out there; who is inside goes on, or until the time is over.
    void drain(const Principal& who, const std::string& named, const wire::HostDrain& request,
        Done<wire::HostItem> done);
    void resume(const Principal& who, const std::string& named, Done<wire::HostItem> done);
    void remove(const Principal& who, const std::string& named, Done<bool> done);
    /// For one that never comes back: it and its desktops leave the books, also while a restored
    /// database is set right (R11). `conflict` while libvirt or an agent on it answers (R7).
    void writeOff(const Principal& who, const std::string& named, Done<wire::HostLoss> done);

private:
    [[nodiscard]] Result<void> checkLost(
        const Host& host, const std::vector<DesktopRow>& rows) const;
    void tellOfLoss(const std::vector<DesktopRow>& rows);
    using Change = std::function<Result<void>(Host&, AuditNote&)>;
    void write(const Principal& who, const std::string& action, const std::string& named,
        Change change, Done<wire::HostItem> done);
    [[nodiscard]] Done<wire::HostItem> completed(Done<wire::HostItem> done);
    void complete(wire::HostItem& item) const;

    Shell& m_shell;
    PoolKeeper& m_keeper;
    Hosts& m_hosts;
    AgentLinks& m_agents;
    EventHub& m_events;
};

/// Draining hosts without desktops are in maintenance from now on. In a job of the database.
void finishDrains(
    Store& store, const OrganisationId& organisation, std::vector<Host>& hosts, WallTime now);

}
