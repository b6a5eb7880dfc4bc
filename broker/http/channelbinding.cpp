// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/http/channelbinding.h"

#include <string_view>

namespace wardesk::broker {

std::string channelBindingOf(SSL* connection)
{
    constexpr std::string_view label = "EXPORTER-Channel-Binding";
    std::string material(32, '\0');
    // Before TLS 1.3 the material is only unique with an extension that a peer may leave out.
    if (SSL_version(connection) < TLS1_3_VERSION
        || SSL_export_keying_material(connection, reinterpret_cast<unsigned char*>(material.data()),
               material.size(), label.data(), label.size(), nullptr, 0, 0)
            != 1)
        return {};
    return material;
}

}
