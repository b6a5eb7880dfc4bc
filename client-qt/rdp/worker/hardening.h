// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace wardesk::rdp {

/// Before anything else in the process: no core dumps (a credential passes through), no debugger of
/// the same user, no gain of privileges by executing something, and no life after the client's
/// death.
[[nodiscard]] bool hardenProcess();

}
