// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client-qt/rdp/workerprotocol.h"

#include <freerdp/settings.h>

namespace wardesk::rdp {

/// Everything but the credential. False when libfreerdp refuses one of them; nothing is connected
/// then.
[[nodiscard]] bool applySettings(rdpSettings* settings, const ConnectRequest& request);
/// The account and its one-time credential, once the certificate is known to be the right one.
[[nodiscard]] bool applyCredential(rdpSettings* settings, const CredentialHandover& handover);
/// Overwrites what applyCredential() put there.
void wipeCredential(rdpSettings* settings);

}
