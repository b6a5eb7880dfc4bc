// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/passwordhasher.h"

namespace wardesk::broker {

/// Argon2id by libsodium, 19 MiB and two passes (A1).
class Argon2Hasher final : public PasswordHasher
{
public:
    Argon2Hasher();
    [[nodiscard]] Result<std::string> hash(const Secret& password) const override;
    [[nodiscard]] bool verify(const std::string& hash, const Secret& password) const override;

private:
    std::string m_dummy; ///< of a random password with the same costs
};

}
