// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
//
// wardesk-rdp: speaks RDP for one connection and nothing else. Started by `wardesk` ahead of need
// with the channel at descriptor 3; prints nothing; ends with its connection or when the client
// goes away.
#include "client-qt/rdp/worker/hardening.h"
#include "client-qt/rdp/worker/rdpconnection.h"

#include <cstdlib>
#include <fcntl.h>
#include <freerdp/codec/h264.h>
#include <freerdp/freerdp.h>
#include <malloc.h>

namespace {

using namespace wardesk;
using namespace wardesk::rdp;

enum ExitCode { good = 0, notHardened = 1, noChannel = 2, noLibrary = 3, nonsense = 4 };

/// Loads the decoder, so that the first connection need not; tells whether this build of libfreerdp
/// has one.
bool warmDecoder()
{
    H264_CONTEXT* decoder = h264_context_new(FALSE);
    if (decoder == nullptr)
        return false;
    h264_context_free(decoder);
    return true;
}

/// Pictures and decoders come and go at each resize: large pieces go back to the system, however
/// many were freed before (glibc would raise its threshold), and the decoders' helper threads share
/// one heap.
void tuneMemory()
{
    ::mallopt(M_MMAP_THRESHOLD, 1024 * 1024);
    ::mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
    ::mallopt(M_ARENA_MAX, 1);
}

ExitCode run()
{
    if (!hardenProcess())
        return notHardened;
    tuneMemory();
    // libfreerdp's log would go to the client's terminal, and at its finer levels it has what is
    // typed in it.
    ::setenv("WLOG_LEVEL", "OFF", 0);
    if (::fcntl(workerChannelDescriptor, F_GETFD) < 0)
        return noChannel;
    ParentChannel parent { Descriptor(workerChannelDescriptor) };
    auto connection = RdpConnection::create(parent);
    if (!connection)
        return noLibrary;
    if (!parent.send(WorkerReady { .version = protocolVersion,
            .h264 = warmDecoder(),
            .library = freerdp_get_version_string() }))
        return good;
    const auto request = parent.wait();
    if (!request || std::holds_alternative<CloseRequest>(*request))
        return good;
    Descriptor socket = parent.takeDescriptor();
    if (!std::holds_alternative<ConnectRequest>(*request) || !socket.isValid())
        return nonsense;
    const ConnectionEnded ended
        = (*connection)->serve(std::get<ConnectRequest>(*request), std::move(socket));
    static_cast<void>(parent.send(ended));
    return good;
}

}

int main()
{
    return run();
}
