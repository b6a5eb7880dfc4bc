// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/identity/argon2hasher.h"

#include "protocols/base/encoding.h"

#include <sodium.h>

namespace wardesk::broker {

namespace {

constexpr unsigned long long passes = 2;
constexpr std::size_t memoryBytes = 19U * 1024U * 1024U;

}

Argon2Hasher::Argon2Hasher()
{
    const auto dummy = hash(Secret(randomToken(16))); // randomToken() starts libsodium, too
    m_dummy = dummy.value_or(std::string());
}

Result<std::string> Argon2Hasher::hash(const Secret& password) const
{
    std::string text(crypto_pwhash_STRBYTES, '\0');
    if (crypto_pwhash_str(
            text.data(), password.reveal().data(), password.reveal().size(), passes, memoryBytes)
        != 0)
        return failure(Errc::overloaded, "there is not enough memory to check a password now");
    text.resize(text.find('\0'));
    return text;
}

bool Argon2Hasher::verify(const std::string& hash, const Secret& password) const
{
    const std::string& known = hash.empty() ? m_dummy : hash;
    const bool matches = crypto_pwhash_str_verify(
                             known.c_str(), password.reveal().data(), password.reveal().size())
        == 0;
    return matches && !hash.empty();
}

}
