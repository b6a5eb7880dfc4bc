// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client-qt/rdp/workerprotocol.h"

#include <freerdp/client/disp.h>
#include <optional>

namespace wardesk::rdp {

/// The display control channel (MS-RDPEDISP): asks the desktop for another size. Requests that come
/// before the channel is open wait; only the newest counts.
class DisplayChannel
{
public:
    void attach(DispClientContext* context);
    void detach() { m_context = nullptr; }
    void resize(const ResizeRequest& request);

private:
    static UINT capabilities(
        DispClientContext* context, UINT32 monitors, UINT32 factorA, UINT32 factorB);
    void sendPending();

    DispClientContext* m_context = nullptr;
    std::optional<ResizeRequest> m_pending;
    bool m_ready = false;
};

}
