// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/secret.h"

#include <QByteArray>
#include <QSize>
#include <QString>

namespace wardesk {

/// Where a desktop listens and what it must prove; everything that is known before the credential
/// is.
struct RdpEndpoint
{
    QString address; ///< host name or IP address
    quint16 port = 3389;
    QByteArray certificateSha256; ///< lower-case hex of the DER certificate; exactly this one is
                                  ///< trusted (S3)
    QSize size { 1280, 800 }; ///< of the desktop, in device pixels
    double scale = 1.0; ///< device pixel ratio of the screen it is shown on
    bool clipboard = false; ///< text both ways, only when the pool's policy says so (S6)
    bool networkLevelAuthentication = false; ///< for desktops that have it; xrdp has not (S4)
};

/// An endpoint and the one-time credential for it (S5).
struct RdpTarget
{
    QString address;
    quint16 port = 3389;
    QByteArray certificateSha256;
    QString account;
    Secret credential;
    QSize size { 1280, 800 };
    double scale = 1.0;
    bool clipboard = false;
    bool networkLevelAuthentication = false;
};

}
