// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/clock.h"
#include "protocols/base/secret.h"

#include <string_view>

namespace wardesk::desktop {

/// What the agent keeps of a credential it has handed out (S5): a hash and an end, never the
/// credential itself. 128 random bits need no salt and no slow hash; there is nothing to guess
/// from.
class OneTimeCredential
{
public:
    OneTimeCredential(std::string_view credential, MonotonicTime end);

    /// In a time that does not depend on where a wrong credential differs.
    [[nodiscard]] bool opens(std::string_view offered, MonotonicTime now) const;
    [[nodiscard]] MonotonicTime end() const { return m_end; }

private:
    Secret m_hash;
    MonotonicTime m_end;
};

}
