// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client-qt/rdp/dirtyregion.h"
#include "client-qt/rdp/worker/clipboardchannel.h"
#include "client-qt/rdp/worker/displaychannel.h"
#include "client-qt/rdp/worker/framebuffer.h"
#include "client-qt/rdp/worker/inputforwarding.h"
#include "client-qt/rdp/worker/parentchannel.h"
#include "client-qt/rdp/worker/planarmemory.h"
#include "client-qt/rdp/worker/roundtriptime.h"

#include <freerdp/client/rdpgfx.h>
#include <freerdp/event.h>
#include <freerdp/freerdp.h>
#include <freerdp/gdi/gdi.h>
#include <freerdp/transport_io.h>
#include <memory>
#include <string>

namespace wardesk::rdp {

/// One RDP connection over a socket that is handed in, on one thread: libfreerdp's events and the
/// client's messages are served by the same loop, so nothing here is shared. The static callbacks
/// only translate and forward.
class RdpConnection
{
public:
    /// Makes libfreerdp's context and loads what it needs, before anybody wants to connect.
    [[nodiscard]] static Result<std::unique_ptr<RdpConnection>> create(ParentChannel& parent);
    ~RdpConnection();

    /// Until the connection ends, for whatever reason; never returns before.
    [[nodiscard]] ConnectionEnded serve(const ConnectRequest& request, Descriptor socket);

private:
    /// libfreerdp allocates it, so it must stay plain; the base comes first.
    struct Context
    {
        rdpContext base;
        RdpConnection* connection;
    };

    explicit RdpConnection(ParentChannel& parent);
    static RdpConnection& of(rdpContext* context);

    static BOOL preConnect(freerdp* instance);
    static BOOL postConnect(freerdp* instance);
    static void postDisconnect(freerdp* instance);
    static BOOL loadChannels(freerdp* instance);
    static int verifyCertificate(freerdp* instance, const BYTE* pem, size_t length,
        const char* host, UINT16 port, DWORD flags);
    static int tcpConnect(
        rdpContext* context, rdpSettings* settings, const char* host, int port, DWORD timeout);
    static BOOL tlsConnect(rdpTransport* transport);
    static BOOL beginPaint(rdpContext* context);
    static BOOL endPaint(rdpContext* context);
    static BOOL desktopResize(rdpContext* context);
    static BOOL saveSessionInfo(rdpContext* context, UINT32 type, void* data);
    static UINT surfaceCommand(RdpgfxClientContext* context, const RDPGFX_SURFACE_COMMAND* command);
    static void channelConnected(void* context, const ChannelConnectedEventArgs* event);
    static void channelDisconnected(void* context, const ChannelDisconnectedEventArgs* event);

    [[nodiscard]] bool waitForCredential();
    [[nodiscard]] bool showFramebuffer();
    void attachGraphics(rdpGdi* gdi, RdpgfxClientContext* graphics);
    void sendFrame();
    void loop();
    [[nodiscard]] bool takeMessages();
    [[nodiscard]] bool handle(const ToWorker& message);
    [[nodiscard]] ConnectionEnded reason(bool wasConnected) const;

    ParentChannel& m_parent;
    freerdp* m_instance = nullptr;
    rdpTransportIo m_defaultIo {};
    ConnectRequest m_request;
    Descriptor m_socket; ///< until libfreerdp takes it
    Framebuffer m_framebuffer;
    DirtyRegion m_dirty;
    RoundTripTime m_roundTrip;
    PlanarMemory m_planarMemory;
    std::unique_ptr<InputForwarding> m_input;
    ClipboardChannel m_clipboard;
    DisplayChannel m_display;
    bool m_untrusted = false;
    bool m_closeAsked = false;
    bool m_parentGone = false;
    pcRdpgfxSurfaceCommand m_drawSurface = nullptr;
    bool m_loggedOn = false;
    bool m_drawnBySession = true;
};

}
