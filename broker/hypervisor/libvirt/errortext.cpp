// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/hypervisor/libvirt/errortext.h"

#include <libvirt/virterror.h>

namespace wardesk::broker {

namespace {

bool lastCodeIs(int code)
{
    const virErrorPtr error = virGetLastError();
    return error != nullptr && error->code == code;
}

/// Errors of the transport: the connection is of no use any more, or never was.
bool isTransportError(const virError& error)
{
    if (error.code == VIR_ERR_NO_CONNECT || error.code == VIR_ERR_INVALID_CONN
        || error.code == VIR_ERR_RPC)
        return true;
    const bool fromTransport = error.domain == VIR_FROM_RPC || error.domain == VIR_FROM_REMOTE
        || error.domain == VIR_FROM_STREAMS;
    return fromTransport
        && (error.code == VIR_ERR_SYSTEM_ERROR || error.code == VIR_ERR_INTERNAL_ERROR);
}

}

Error lastLibvirtError(const std::string& attempt)
{
    const virErrorPtr last = virGetLastError();
    if (last == nullptr || last->code == VIR_ERR_OK)
        return Error { Errc::internal, attempt + "; libvirt gave no reason" };
    const virError& error = *last;
    const std::string reason = error.message != nullptr ? error.message : "no reason given";
    if (isTransportError(error))
        return Error { Errc::unavailable,
            attempt + ": libvirt on the host cannot be reached; is it running? (" + reason + ")" };
    // Only the codes that people can do something about get words of their own.
    switch (error.code) {
    case VIR_ERR_AUTH_FAILED:
    case VIR_ERR_AUTH_CANCELLED:
    case VIR_ERR_AUTH_UNAVAILABLE:
    case VIR_ERR_ACCESS_DENIED:
    case VIR_ERR_OPERATION_DENIED:
        return Error { Errc::forbidden,
            attempt + ": libvirt on the host does not let the broker in (" + reason + ")" };
    case VIR_ERR_OPERATION_TIMEOUT:
    case VIR_ERR_AGENT_UNRESPONSIVE:
        return Error { Errc::timeout, attempt + ": the host took too long (" + reason + ")" };
    case VIR_ERR_NO_NETWORK:
        return Error { Errc::unavailable,
            attempt + ": the pool's network does not exist on the host (" + reason + ")" };
    case VIR_ERR_NO_STORAGE_POOL:
        return Error { Errc::unavailable,
            attempt + ": the storage pool for machines does not exist on the host (" + reason
                + ")" };
    case VIR_ERR_DOM_EXIST:
        return Error { Errc::conflict,
            attempt + ": another domain has its name or UUID (" + reason + ")" };
    case VIR_ERR_NO_MEMORY:
        return Error { Errc::unavailable, attempt + ": the host has no memory left" };
    default:
        return Error { Errc::internal, attempt + ": " + reason };
    }
}

bool lastErrorIsNoDomain()
{
    return lastCodeIs(VIR_ERR_NO_DOMAIN);
}

bool lastErrorIsNoMetadata()
{
    return lastCodeIs(VIR_ERR_NO_DOMAIN_METADATA);
}

bool lastErrorIsNoVolume()
{
    return lastCodeIs(VIR_ERR_NO_STORAGE_VOL);
}

bool lastErrorIsNotRunning()
{
    return lastCodeIs(VIR_ERR_OPERATION_INVALID);
}

}
