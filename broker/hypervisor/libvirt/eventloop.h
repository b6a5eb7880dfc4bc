// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace wardesk::broker {

/// Starts libvirt and its event loop on a thread of its own, once per process. Must come before the
/// first connection: keep-alive, close callbacks and domain events all live on that loop.
void ensureLibvirtEventLoop();

}
