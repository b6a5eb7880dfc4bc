// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <freerdp/freerdp.h>

namespace wardesk::rdp {

class ParentChannel;
class PlanarMemory;
class RdpConnection;

/// libfreerdp allocates and frees it and hands it to every callback, so it stays plain and the base
/// comes first. The pointers are not owned and outlive it.
struct WorkerContext
{
    rdpContext base;
    RdpConnection* connection;
    ParentChannel* parent;
    PlanarMemory* planarMemory;

    static WorkerContext& of(rdpContext* context)
    {
        return *reinterpret_cast<WorkerContext*>(context);
    }
};

}
