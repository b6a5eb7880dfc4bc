// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/rdp/worker/clipboardchannel.h"

#include "client-qt/rdp/cliptext.h"

#include <freerdp/channels/cliprdr.h>

namespace wardesk::rdp {

namespace {

constexpr UINT32 unicodeText = 13; // CF_UNICODETEXT

}

ClipboardChannel& ClipboardChannel::of(CliprdrClientContext* context)
{
    return *static_cast<ClipboardChannel*>(context->custom);
}

void ClipboardChannel::attach(CliprdrClientContext* context)
{
    m_context = context;
    m_ready = false;
    context->custom = this;
    context->MonitorReady = monitorReady;
    context->ServerCapabilities = serverCapabilities;
    context->ServerFormatList = serverFormatList;
    context->ServerFormatListResponse = serverFormatListResponse;
    context->ServerFormatDataRequest = serverFormatDataRequest;
    context->ServerFormatDataResponse = serverFormatDataResponse;
}

void ClipboardChannel::detach()
{
    m_context = nullptr;
    m_ready = false;
    m_offered.clear();
}

void ClipboardChannel::offer(const std::string& text)
{
    m_offered = clipboardToWire(text);
    if (m_context != nullptr && m_ready)
        static_cast<void>(sendFormats());
}

UINT ClipboardChannel::sendFormats()
{
    CLIPRDR_FORMAT format {};
    format.formatId = unicodeText;
    CLIPRDR_FORMAT_LIST list {};
    list.common.msgType = CB_FORMAT_LIST;
    list.numFormats = m_offered.empty() ? 0 : 1;
    list.formats = &format;
    return m_context->ClientFormatList(m_context, &list);
}

UINT ClipboardChannel::monitorReady(CliprdrClientContext* context, const CLIPRDR_MONITOR_READY*)
{
    ClipboardChannel& self = of(context);
    CLIPRDR_GENERAL_CAPABILITY_SET general {};
    general.capabilitySetType = CB_CAPSTYPE_GENERAL;
    general.capabilitySetLength = 12;
    general.version = CB_CAPS_VERSION_2;
    general.generalFlags = CB_USE_LONG_FORMAT_NAMES; // and no files
    CLIPRDR_CAPABILITIES capabilities {};
    capabilities.cCapabilitiesSets = 1;
    capabilities.capabilitySets = reinterpret_cast<CLIPRDR_CAPABILITY_SET*>(&general);
    const UINT result = context->ClientCapabilities(context, &capabilities);
    if (result != CHANNEL_RC_OK)
        return result;
    self.m_ready = true;
    return self.sendFormats();
}

UINT ClipboardChannel::serverCapabilities(CliprdrClientContext*, const CLIPRDR_CAPABILITIES*)
{
    return CHANNEL_RC_OK;
}

UINT ClipboardChannel::serverFormatList(
    CliprdrClientContext* context, const CLIPRDR_FORMAT_LIST* message)
{
    CLIPRDR_FORMAT_LIST_RESPONSE response {};
    response.common.msgType = CB_FORMAT_LIST_RESPONSE;
    response.common.msgFlags = CB_RESPONSE_OK;
    const UINT result = context->ClientFormatListResponse(context, &response);
    if (result != CHANNEL_RC_OK)
        return result;
    for (UINT32 i = 0; i < message->numFormats; ++i) {
        if (message->formats[i].formatId != unicodeText)
            continue;
        CLIPRDR_FORMAT_DATA_REQUEST request {};
        request.common.msgType = CB_FORMAT_DATA_REQUEST;
        request.requestedFormatId = unicodeText;
        context->lastRequestedFormatId = unicodeText;
        return context->ClientFormatDataRequest(context, &request);
    }
    return CHANNEL_RC_OK;
}

UINT ClipboardChannel::serverFormatListResponse(
    CliprdrClientContext*, const CLIPRDR_FORMAT_LIST_RESPONSE*)
{
    return CHANNEL_RC_OK;
}

UINT ClipboardChannel::serverFormatDataRequest(
    CliprdrClientContext* context, const CLIPRDR_FORMAT_DATA_REQUEST* message)
{
    const ClipboardChannel& self = of(context);
    CLIPRDR_FORMAT_DATA_RESPONSE response {};
    response.common.msgType = CB_FORMAT_DATA_RESPONSE;
    response.common.msgFlags = CB_RESPONSE_FAIL;
    if (message->requestedFormatId == unicodeText) {
        response.common.msgFlags = CB_RESPONSE_OK;
        // With the closing zero, which u16string keeps behind its end.
        response.common.dataLen
            = static_cast<UINT32>((self.m_offered.size() + 1) * sizeof(char16_t));
        response.requestedFormatData = reinterpret_cast<const BYTE*>(self.m_offered.c_str());
    }
    return context->ClientFormatDataResponse(context, &response);
}

UINT ClipboardChannel::serverFormatDataResponse(
    CliprdrClientContext* context, const CLIPRDR_FORMAT_DATA_RESPONSE* message)
{
    ClipboardChannel& self = of(context);
    if ((message->common.msgFlags & CB_RESPONSE_OK) == 0 || message->requestedFormatData == nullptr)
        return CHANNEL_RC_OK;
    std::string text = clipboardFromWire({ message->requestedFormatData, message->common.dataLen });
    if (text.size() <= maximumClipboard)
        static_cast<void>(self.m_parent.send(ClipboardContent { std::move(text) }));
    return CHANNEL_RC_OK;
}

}
