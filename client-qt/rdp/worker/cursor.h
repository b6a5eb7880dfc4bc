// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <freerdp/freerdp.h>

namespace wardesk::rdp {

/// Sends the desktop's cursor shapes to the client. For a WorkerContext.
void registerCursor(rdpContext* context);

}
