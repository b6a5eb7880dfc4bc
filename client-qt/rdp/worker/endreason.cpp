// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/rdp/worker/endreason.h"

#include <freerdp/error.h>

namespace wardesk::rdp {

namespace {

// Not switches: the codes are macros and numbers of the wire, not an enum of ours.
bool isRefusedLogOn(std::uint32_t error)
{
    return error == FREERDP_ERROR_AUTHENTICATION_FAILED
        || error == FREERDP_ERROR_CONNECT_LOGON_FAILURE
        || error == FREERDP_ERROR_CONNECT_WRONG_PASSWORD
        || error == FREERDP_ERROR_CONNECT_ACCESS_DENIED
        || error == FREERDP_ERROR_CONNECT_ACCOUNT_RESTRICTION
        || error == FREERDP_ERROR_CONNECT_ACCOUNT_LOCKED_OUT
        || error == FREERDP_ERROR_CONNECT_ACCOUNT_EXPIRED
        || error == FREERDP_ERROR_CONNECT_ACCOUNT_DISABLED
        || error == FREERDP_ERROR_CONNECT_PASSWORD_EXPIRED
        || error == FREERDP_ERROR_CONNECT_PASSWORD_CERTAINLY_EXPIRED
        || error == FREERDP_ERROR_CONNECT_PASSWORD_MUST_CHANGE
        || error == FREERDP_ERROR_CONNECT_LOGON_TYPE_NOT_GRANTED
        || error == FREERDP_ERROR_CONNECT_NO_OR_MISSING_CREDENTIALS
        || error == FREERDP_ERROR_SERVER_INSUFFICIENT_PRIVILEGES;
}

bool isOrderlyEnd(std::uint32_t info)
{
    return info == ERRINFO_RPC_INITIATED_DISCONNECT || info == ERRINFO_RPC_INITIATED_LOGOFF
        || info == ERRINFO_IDLE_TIMEOUT || info == ERRINFO_LOGON_TIMEOUT
        || info == ERRINFO_RPC_INITIATED_DISCONNECT_BY_USER || info == ERRINFO_LOGOFF_BY_USER;
}

}

ConnectionEnded endReason(freerdp* instance, Phase phase, LogOn logOn)
{
    const std::uint32_t info = freerdp_error_info(instance);
    const std::uint32_t error = freerdp_get_last_error(instance->context);
    if (info == ERRINFO_DISCONNECTED_BY_OTHER_CONNECTION)
        return { EndReason::replaced, "the desktop was taken over from another place" };
    // xrdp ends a session whose log-on failed as if its user had logged off.
    if (isRefusedLogOn(error) || (info == ERRINFO_LOGOFF_BY_USER && logOn == LogOn::notSeen))
        return { EndReason::wrongCredentials, "the desktop refused the log-on" };
    if (isOrderlyEnd(info))
        return { EndReason::closed, "the desktop ended the session" };
    if (phase == Phase::connected)
        return { EndReason::unavailable, "the connection to the desktop was lost" };
    if (error == FREERDP_ERROR_SECURITY_NEGO_CONNECT_FAILED)
        return { EndReason::unavailable, "the desktop does not offer a secure connection" };
    return { EndReason::unavailable, "the desktop does not answer as it should" };
}

}
