// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/rdp/worker/rdpconnection.h"

#include "client-qt/rdp/certificatefingerprint.h"
#include "client-qt/rdp/worker/cursor.h"
#include "client-qt/rdp/worker/endreason.h"
#include "client-qt/rdp/worker/settings.h"
#include "client-qt/rdp/worker/workercontext.h"

#include <array>
#include <cstddef>
#include <cstring>
#include <freerdp/addin.h>
#include <freerdp/channels/channels.h>
#include <freerdp/channels/cliprdr.h>
#include <freerdp/channels/disp.h>
#include <freerdp/channels/drdynvc.h>
#include <freerdp/channels/rdpgfx.h>
#include <freerdp/client/channels.h>
#include <freerdp/client/cmdline.h>
#include <freerdp/gdi/gdi.h>
#include <freerdp/gdi/gfx.h>
#include <winpr/ssl.h>
#include <winpr/synch.h>

namespace wardesk::rdp {

RdpConnection::RdpConnection(ParentChannel& parent)
    : m_parent(parent)
    , m_clipboard(parent)
{
}

RdpConnection::~RdpConnection()
{
    if (m_instance != nullptr) {
        freerdp_context_free(m_instance);
        freerdp_free(m_instance);
    }
}

RdpConnection& RdpConnection::of(rdpContext* context)
{
    return *WorkerContext::of(context).connection;
}

Result<std::unique_ptr<RdpConnection>> RdpConnection::create(ParentChannel& parent)
{
    std::unique_ptr<RdpConnection> connection(new RdpConnection(parent));
    if (!winpr_InitializeSSL(WINPR_SSL_INIT_DEFAULT))
        return failure(Errc::internal, "OpenSSL cannot be initialised");
    freerdp* instance = freerdp_new();
    if (instance == nullptr)
        return failure(Errc::internal, "libfreerdp cannot be initialised");
    connection->m_instance = instance;
    instance->ContextSize = sizeof(WorkerContext);
    instance->PreConnect = preConnect;
    instance->PostConnect = postConnect;
    instance->PostDisconnect = postDisconnect;
    instance->LoadChannels = loadChannels;
    instance->VerifyX509Certificate = verifyCertificate;
    if (!freerdp_context_new(instance))
        return failure(Errc::internal, "libfreerdp cannot be initialised");
    WorkerContext& context = WorkerContext::of(instance->context);
    context.connection = connection.get();
    context.parent = &parent;
    if (freerdp_register_addin_provider(freerdp_channels_load_static_addin_entry, 0)
        != CHANNEL_RC_OK)
        return failure(Errc::internal, "libfreerdp has no channels");

    connection->m_defaultIo = *freerdp_get_io_callbacks(instance->context);
    rdpTransportIo io = connection->m_defaultIo;
    io.TCPConnect = tcpConnect;
    io.TLSConnect = tlsConnect;
    if (!freerdp_set_io_callbacks(instance->context, &io))
        return failure(Errc::internal, "libfreerdp cannot use a socket of ours");
    return connection;
}

ConnectionEnded RdpConnection::serve(const ConnectRequest& request, Descriptor socket)
{
    m_request = request;
    m_socket = std::move(socket);
    m_roundTrip.watch(m_socket.get());
    if (!applySettings(m_instance->context->settings, request))
        return { EndReason::internal, "libfreerdp refuses the settings of this connection" };
    const bool connected = freerdp_connect(m_instance);
    wipeCredential(m_instance->context->settings);
    if (connected) {
        if (m_parent.send(ConnectionEstablished {}))
            loop();
        else
            m_parentGone = true;
    }
    ConnectionEnded ended = reason(connected);
    if (connected)
        freerdp_disconnect(m_instance);
    return ended;
}

// The socket is connected already: this process opens none (S9). A second call is an attempt to
// connect again, which only the client may do, because the credential is good for one log-on.
int RdpConnection::tcpConnect(rdpContext* context, rdpSettings*, const char*, int, DWORD)
{
    return of(context).m_socket.release();
}

BOOL RdpConnection::tlsConnect(rdpTransport* transport)
{
    RdpConnection& self = of(transport_get_context(transport));
    if (!self.m_defaultIo.TLSConnect(transport))
        return FALSE;
    // From here on the other end has proved itself; only now does this process even hold the
    // credential (S3).
    return self.waitForCredential() ? TRUE : FALSE;
}

bool RdpConnection::waitForCredential()
{
    if (!m_parent.send(CertificateTrusted {})) {
        m_parentGone = true;
        return false;
    }
    while (true) {
        Result<ToWorker> message = m_parent.wait();
        if (!message) {
            m_parentGone = true;
            return false;
        }
        if (const auto* handover = std::get_if<CredentialHandover>(&*message))
            return applyCredential(m_instance->context->settings, *handover);
        if (std::holds_alternative<CloseRequest>(*message)) {
            m_closeAsked = true;
            return false;
        }
        m_parent.defer(std::move(*message));
    }
}

int RdpConnection::verifyCertificate(
    freerdp* instance, const BYTE* pem, size_t length, const char*, UINT16, DWORD)
{
    RdpConnection& self = of(instance->context);
    const auto actual
        = firstCertificateSha256(std::string_view(reinterpret_cast<const char*>(pem), length));
    const bool same = actual && *actual == self.m_request.certificateSha256;
    self.m_untrusted = !same;
    // 2: for this connection only. A negative value refuses; there is nobody to ask and nothing to
    // remember.
    return same ? 2 : -1;
}

BOOL RdpConnection::preConnect(freerdp* instance)
{
    rdpContext* context = instance->context;
    return PubSub_SubscribeChannelConnected(context->pubSub, channelConnected) >= 0
        && PubSub_SubscribeChannelDisconnected(context->pubSub, channelDisconnected) >= 0;
}

BOOL RdpConnection::loadChannels(freerdp* instance)
{
    rdpSettings* settings = instance->context->settings;
    for (const char* name : { RDPGFX_CHANNEL_NAME, DISP_CHANNEL_NAME }) {
        const std::array<const char*, 1> arguments { name };
        if (!freerdp_client_add_dynamic_channel(settings, arguments.size(), arguments.data()))
            return FALSE;
    }
    const auto load = [&](const char* name) {
        const PVIRTUALCHANNELENTRY entry = freerdp_load_channel_addin_entry(
            name, nullptr, nullptr, FREERDP_ADDIN_CHANNEL_STATIC | FREERDP_ADDIN_CHANNEL_ENTRYEX);
        // libfreerdp hands both kinds of entry out under one type; asked for with ENTRYEX it is
        // this one.
        const auto entryEx
            = reinterpret_cast<PVIRTUALCHANNELENTRYEX>(reinterpret_cast<void*>(entry));
        return entryEx != nullptr
            && freerdp_channels_client_load_ex(
                   instance->context->channels, settings, entryEx, settings)
            == 0;
    };
    if (of(instance->context).m_request.clipboard && !load(CLIPRDR_SVC_CHANNEL_NAME))
        return FALSE;
    return load(DRDYNVC_SVC_CHANNEL_NAME) ? TRUE : FALSE;
}

BOOL RdpConnection::postConnect(freerdp* instance)
{
    rdpContext* context = instance->context;
    RdpConnection& self = of(context);
    auto framebuffer
        = Framebuffer::create(freerdp_settings_get_uint32(context->settings, FreeRDP_DesktopWidth),
            freerdp_settings_get_uint32(context->settings, FreeRDP_DesktopHeight));
    if (!framebuffer)
        return FALSE;
    self.m_framebuffer = std::move(*framebuffer);
    if (!gdi_init_ex(instance, PIXEL_FORMAT_BGRX32, self.m_framebuffer.stride(),
            self.m_framebuffer.pixels(), nullptr))
        return FALSE;
    context->update->BeginPaint = beginPaint;
    context->update->EndPaint = endPaint;
    context->update->DesktopResize = desktopResize;
    context->update->SaveSessionInfo = saveSessionInfo;
    self.m_planarMemory.attach(context);
    registerCursor(context);
    self.m_input = std::make_unique<InputForwarding>(context->input);
    return self.showFramebuffer() ? TRUE : FALSE;
}

void RdpConnection::postDisconnect(freerdp* instance)
{
    of(instance->context).m_input.reset();
    gdi_free(instance);
}

bool RdpConnection::showFramebuffer()
{
    m_dirty.reset(static_cast<std::uint16_t>(m_framebuffer.width()),
        static_cast<std::uint16_t>(m_framebuffer.height()));
    return m_parent.send(NewSurface { .width = m_framebuffer.width(),
                             .height = m_framebuffer.height(),
                             .stride = m_framebuffer.stride() },
        m_framebuffer.descriptor());
}

BOOL RdpConnection::beginPaint(rdpContext* context)
{
    GDI_WND* window = context->gdi->primary->hdc->hwnd;
    window->invalid->null = TRUE;
    window->ninvalid = 0;
    return TRUE;
}

BOOL RdpConnection::endPaint(rdpContext* context)
{
    RdpConnection& self = of(context);
    GDI_WND* window = context->gdi->primary->hdc->hwnd;
    for (INT32 i = 0; i < window->ninvalid; ++i) {
        const GDI_RGN& region = window->cinvalid[i];
        self.m_dirty.add(region.x, region.y, region.w, region.h);
    }
    window->invalid->null = TRUE;
    window->ninvalid = 0;
    self.sendFrame();
    return TRUE;
}

BOOL RdpConnection::desktopResize(rdpContext* context)
{
    RdpConnection& self = of(context);
    const std::uint32_t width
        = freerdp_settings_get_uint32(context->settings, FreeRDP_DesktopWidth);
    const std::uint32_t height
        = freerdp_settings_get_uint32(context->settings, FreeRDP_DesktopHeight);
    if (width == self.m_framebuffer.width() && height == self.m_framebuffer.height())
        return TRUE;
    auto framebuffer = Framebuffer::create(width, height);
    if (!framebuffer)
        return FALSE;
    // The old memory stays mapped until libfreerdp draws into the new one.
    if (!gdi_resize_ex(context->gdi, width, height, framebuffer->stride(), PIXEL_FORMAT_BGRX32,
            framebuffer->pixels(), nullptr))
        return FALSE;
    self.m_framebuffer = std::move(*framebuffer);
    return self.showFramebuffer() ? TRUE : FALSE;
}

BOOL RdpConnection::saveSessionInfo(rdpContext* context, UINT32, void*)
{
    of(context).m_loggedOn = true;
    return TRUE;
}

void RdpConnection::channelConnected(void* context, const ChannelConnectedEventArgs* event)
{
    auto* base = static_cast<rdpContext*>(context);
    RdpConnection& self = of(base);
    const std::string_view name(event->name);
    if (name == RDPGFX_DVC_CHANNEL_NAME)
        self.attachGraphics(base->gdi, static_cast<RdpgfxClientContext*>(event->pInterface));
    else if (name == DISP_DVC_CHANNEL_NAME)
        self.m_display.attach(static_cast<DispClientContext*>(event->pInterface));
    else if (name == CLIPRDR_SVC_CHANNEL_NAME)
        self.m_clipboard.attach(static_cast<CliprdrClientContext*>(event->pInterface));
}

void RdpConnection::channelDisconnected(void* context, const ChannelDisconnectedEventArgs* event)
{
    auto* base = static_cast<rdpContext*>(context);
    RdpConnection& self = of(base);
    const std::string_view name(event->name);
    if (name == RDPGFX_DVC_CHANNEL_NAME) {
        self.m_planarMemory.detachGraphics();
        gdi_graphics_pipeline_uninit(
            base->gdi, static_cast<RdpgfxClientContext*>(event->pInterface));
    } else if (name == DISP_DVC_CHANNEL_NAME)
        self.m_display.detach();
    else if (name == CLIPRDR_SVC_CHANNEL_NAME)
        self.m_clipboard.detach();
}

void RdpConnection::attachGraphics(rdpGdi* gdi, RdpgfxClientContext* graphics)
{
    if (!gdi_graphics_pipeline_init(gdi, graphics))
        return;
    m_planarMemory.attachGraphics(graphics);
    m_drawSurface = graphics->SurfaceCommand;
    graphics->SurfaceCommand = surfaceCommand;
    m_drawnBySession = false;
}

// xrdp draws its own screens (connecting, log-on refused) with the planar codec, and the session's
// with the codec that was negotiated; it says nothing else about a log-on [seen with 0.10.6].
UINT RdpConnection::surfaceCommand(
    RdpgfxClientContext* context, const RDPGFX_SURFACE_COMMAND* command)
{
    RdpConnection& self = of(static_cast<rdpGdi*>(context->custom)->context);
    if (command->codecId == RDPGFX_CODECID_PLANAR) {
        if (!self.m_planarMemory.claim())
            return ERROR_NOT_ENOUGH_MEMORY;
    } else {
        self.m_drawnBySession = self.m_loggedOn = true;
        self.m_planarMemory.release();
    }
    return self.m_drawSurface(context, command);
}

void RdpConnection::sendFrame()
{
    std::optional<FrameDrawn> frame = m_dirty.take();
    if (!frame)
        return;
    frame->bySession = m_drawnBySession;
    m_parentGone = m_parentGone || !m_parent.send(*frame);
    if (const std::optional<RoundTrip> time = m_roundTrip.whenChanged())
        m_parentGone = m_parentGone || !m_parent.send(*time);
}

void RdpConnection::loop()
{
    HANDLE parentEvent
        = CreateFileDescriptorEvent(nullptr, FALSE, FALSE, m_parent.descriptor(), WINPR_FD_READ);
    if (parentEvent == nullptr)
        return;
    std::array<HANDLE, MAXIMUM_WAIT_OBJECTS> handles {};
    // What came while the credential was awaited is served first.
    while (takeMessages()) {
        handles[0] = parentEvent;
        const DWORD count = freerdp_get_event_handles(
            m_instance->context, &handles[1], static_cast<DWORD>(handles.size() - 1));
        if (count == 0)
            break;
        // No time limit: an idle desktop costs no wake-ups.
        if (WaitForMultipleObjects(count + 1, handles.data(), FALSE, INFINITE) == WAIT_FAILED)
            break;
        if (!freerdp_check_event_handles(m_instance->context)
            || freerdp_shall_disconnect_context(m_instance->context))
            break;
    }
    CloseHandle(parentEvent);
}

bool RdpConnection::takeMessages()
{
    while (!m_parentGone) {
        const Result<std::optional<ToWorker>> message = m_parent.next();
        if (!message) {
            m_parentGone = true;
            break;
        }
        if (!message->has_value())
            return true;
        if (!handle(**message))
            return false;
    }
    return false;
}

bool RdpConnection::handle(const ToWorker& message)
{
    if (std::holds_alternative<CloseRequest>(message)) {
        m_closeAsked = true;
        return false;
    }
    if (const auto* acknowledged = std::get_if<FrameAcknowledged>(&message)) {
        m_dirty.acknowledge(acknowledged->sequence);
        sendFrame();
        return true;
    }
    if (const auto* resize = std::get_if<ResizeRequest>(&message)) {
        m_display.resize(*resize);
        return true;
    }
    if (const auto* content = std::get_if<ClipboardContent>(&message)) {
        m_clipboard.offer(content->text);
        return true;
    }
    return m_input->forward(message);
}

ConnectionEnded RdpConnection::reason(bool wasConnected) const
{
    if (m_untrusted)
        return { EndReason::untrusted, "the desktop's certificate is not the expected one" };
    if (m_closeAsked || m_parentGone)
        return { EndReason::closed, "" };
    return endReason(m_instance, wasConnected ? Phase::connected : Phase::connecting,
        m_loggedOn ? LogOn::seen : LogOn::notSeen);
}

}
