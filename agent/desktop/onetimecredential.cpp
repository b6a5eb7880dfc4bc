// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/desktop/onetimecredential.h"

#include "protocols/base/encoding.h"

namespace wardesk::desktop {

OneTimeCredential::OneTimeCredential(std::string_view credential, MonotonicTime end)
    : m_hash(sha256Hex(credential))
    , m_end(end)
{
}

bool OneTimeCredential::opens(std::string_view offered, MonotonicTime now) const
{
    const bool same
        = m_hash.equals(sha256Hex(offered)); // always computed, also when it is too late
    return same && now < m_end;
}

}
