// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/rdp/worker/displaychannel.h"

#include <algorithm>
#include <freerdp/channels/disp.h>
#include <freerdp/types.h>

namespace wardesk::rdp {

void DisplayChannel::attach(DispClientContext* context)
{
    m_context = context;
    m_ready = false;
    context->custom = this;
    context->DisplayControlCaps = capabilities;
}

UINT DisplayChannel::capabilities(DispClientContext* context, UINT32, UINT32, UINT32)
{
    auto* self = static_cast<DisplayChannel*>(context->custom);
    self->m_ready = true;
    self->sendPending();
    return CHANNEL_RC_OK;
}

void DisplayChannel::resize(const ResizeRequest& request)
{
    m_pending = request;
    sendPending();
}

void DisplayChannel::sendPending()
{
    if (m_context == nullptr || !m_ready || !m_pending)
        return;
    DISPLAY_CONTROL_MONITOR_LAYOUT layout {};
    layout.Flags = DISPLAY_CONTROL_MONITOR_PRIMARY;
    // The limits of MS-RDPEDISP 2.2.2.2.1: the width is even, both sides are 200 to 8192.
    layout.Width = std::clamp<UINT32>(m_pending->width & ~1u, 200, 8192);
    layout.Height = std::clamp<UINT32>(m_pending->height, 200, 8192);
    layout.DesktopScaleFactor = std::clamp<UINT32>(m_pending->scalePercent, 100, 500);
    layout.DeviceScaleFactor = 100;
    m_pending.reset();
    // A refusal means the desktop keeps its size: the view shows it unscaled.
    static_cast<void>(m_context->SendMonitorLayout(m_context, 1, &layout));
}

}
