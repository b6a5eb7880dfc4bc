// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client-qt/rdp/worker/parentchannel.h"

#include <freerdp/client/cliprdr.h>
#include <string>

namespace wardesk::rdp {

/// The clipboard channel, for plain text and nothing else. It is attached only when the pool's
/// policy allows it (S6).
class ClipboardChannel
{
public:
    explicit ClipboardChannel(ParentChannel& parent)
        : m_parent(parent)
    {
    }
    void attach(CliprdrClientContext* context);
    void detach();
    /// The client's text, UTF-8; the desktop is told and fetches it when somebody pastes.
    void offer(const std::string& text);

private:
    static ClipboardChannel& of(CliprdrClientContext* context);
    static UINT monitorReady(CliprdrClientContext* context, const CLIPRDR_MONITOR_READY* message);
    static UINT serverCapabilities(
        CliprdrClientContext* context, const CLIPRDR_CAPABILITIES* message);
    static UINT serverFormatList(CliprdrClientContext* context, const CLIPRDR_FORMAT_LIST* message);
    static UINT serverFormatListResponse(
        CliprdrClientContext* context, const CLIPRDR_FORMAT_LIST_RESPONSE* message);
    static UINT serverFormatDataRequest(
        CliprdrClientContext* context, const CLIPRDR_FORMAT_DATA_REQUEST* message);
    static UINT serverFormatDataResponse(
        CliprdrClientContext* context, const CLIPRDR_FORMAT_DATA_RESPONSE* message);
    UINT sendFormats();

    ParentChannel& m_parent;
    CliprdrClientContext* m_context = nullptr;
    std::u16string m_offered; ///< with CR LF, as the other end wants it
    bool m_ready = false;
};

}
