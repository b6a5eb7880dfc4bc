// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/service/audit.h"
#include "broker/service/eventhub.h"
#include "broker/service/principal.h"
#include "broker/service/shell.h"
#include "protocols/wire/accessmessages.h"

namespace wardesk::broker {

/// Groups of users and of terminals, for administrators. Main lane only.
class GroupAdministration
{
public:
    GroupAdministration(Shell& shell, EventHub& events);
    void list(const Principal& who, Done<wire::ItemList<wire::UserGroupItem>> done);
    void add(
        const Principal& who, const wire::NewUserGroup& request, Done<wire::UserGroupItem> done);
    void change(const Principal& who, const std::string& named,
        const wire::UserGroupChange& request, Done<wire::UserGroupItem> done);
    void remove(const Principal& who, const std::string& named, Done<bool> done);

    void listTerminals(const Principal& who, Done<wire::ItemList<wire::TerminalGroupItem>> done);
    void addTerminals(const Principal& who, const wire::NewTerminalGroup& request,
        Done<wire::TerminalGroupItem> done);
    void changeTerminals(const Principal& who, const std::string& named,
        const wire::TerminalGroupChange& request, Done<wire::TerminalGroupItem> done);
    void removeTerminals(const Principal& who, const std::string& named, Done<bool> done);

private:
    /// One audited act, after which everybody's tiles are looked at anew.
    template <typename Item, typename Work>
    void act(const Principal& who, const char* action, const std::string& object, Work work,
        Done<Item> done);

    Shell& m_shell;
    EventHub& m_events;
};

}
