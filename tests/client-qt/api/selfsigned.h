// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QByteArray>

namespace wardesk::testing {

struct SelfSigned
{
    QByteArray certificate; ///< PEM
    QByteArray key; ///< PEM
};

enum class Validity { current, expired };

/// A fresh certificate for localhost and 127.0.0.1 that signs itself.
[[nodiscard]] SelfSigned makeSelfSigned(
    const char* names = "DNS:localhost,IP:127.0.0.1", Validity validity = Validity::current);

}
