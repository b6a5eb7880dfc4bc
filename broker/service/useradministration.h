// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/service/eventhub.h"
#include "broker/service/principal.h"
#include "broker/service/sessioncontrol.h"
#include "broker/service/shell.h"
#include "protocols/wire/adminmessages.h"

namespace wardesk::broker {

/// Users and the audit, for administrators. Main lane only.
class UserAdministration
{
public:
    UserAdministration(Shell& shell, EventHub& events, SessionControl& sessions);
    void list(const Principal& who, Done<wire::ItemList<wire::UserItem>> done);
    void add(const Principal& who, const wire::NewUser& request, Done<wire::UserItem> done);
    /// Also ends everything that the old password opened (A5).
    void setPassword(const Principal& who, const std::string& named,
        const wire::NewPassword& request, Done<bool> done);
    /// Switches a user off or on. Off also means signed out everywhere (A5); what runs on the
    /// desktops goes on until it is logged off, unless its end is asked for too.
    void change(const Principal& who, const std::string& named, const wire::UserChange& request,
        Done<wire::UserItem> done);
    void listAudit(const Principal& who, std::int64_t after, int limit,
        Done<wire::ItemList<wire::AuditItem>> done);
    /// The number of the first record that does not fit, or 0.
    void verifyAudit(const Principal& who, Done<std::int64_t> done);

private:
    Shell& m_shell;
    EventHub& m_events;
    SessionControl& m_sessions;
};

/// 8 to 1024 bytes.
[[nodiscard]] Result<void> checkPassword(std::string_view password);

}
