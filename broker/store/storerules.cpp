// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/storerules.h"

#include "protocols/base/encoding.h"

#include <QString>

namespace wardesk::broker::rules {

std::string foldedName(const std::string& name)
{
    return QString::fromStdString(name).toCaseFolded().toStdString();
}

std::string auditHash(const std::string& previous, const AuditRecord& record)
{
    // Each part with its length, so that no two records can be written as the same text.
    std::string text;
    const auto put = [&text](const std::string& part) {
        text += std::to_string(part.size()) + ':' + part + ';';
    };
    put(previous);
    put(std::to_string(record.number));
    put(std::to_string(record.at.time_since_epoch().count()));
    put(record.organisation.value());
    put(record.actor);
    put(record.action);
    put(record.object);
    put(record.outcome);
    put(record.detail);
    return sha256Hex(text);
}

bool mayHaveToken(const User& user, const NewToken& token)
{
    return !token.passwordHash || (!user.disabled && user.passwordHash == *token.passwordHash);
}

bool isForUnused(CloseReason reason)
{
    return reason == CloseReason::neverConnected || reason == CloseReason::neverReady;
}

Result<void> checkClose(const Lease& lease, CloseReason reason)
{
    if (isForUnused(reason) && !lease.closedAt && lease.firstConnectedAt)
        return failure(Errc::conflict, "somebody has connected to this desktop meanwhile");
    return {};
}

Error nothingToResumeError(bool isOpen)
{
    if (isOpen)
        return { Errc::unavailable,
            "The machine that your desktop is on does not answer. Your programs may still run "
            "there: "
            "wait, or open the desktop anew to get another one." };
    return { Errc::stale, "Your session has ended." };
}

Error storageFullError(const std::string& cause)
{
    return { Errc::storageFull,
        "the broker cannot write to its database (" + cause
            + "); desktops in use go on, but nothing new can be recorded until there is room" };
}

}
