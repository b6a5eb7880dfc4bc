// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/values.h"
#include "broker/service/agentlinks.h"
#include "broker/service/shell.h"

namespace wardesk::broker {

/// The lease was closed by the broker, while its desktop goes on for others: its agent ends that
/// account's session and removes what is left of it, and is told again for as long as it is there
/// and does not answer. Nothing for a lease of a whole desktop, whose incarnation ends with it. An
/// agent that is away is told when it reports the session (AgentReports). `deaf`: called once, when
/// it is away or has not answered the first time; may be empty. On the main lane; both outlive it.
void endSeat(
    Shell& shell, AgentLinks& agents, const Lease& closed, std::function<void()> deaf = {});

}
