// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace wardesk::test {

/// What a client sees of an RDP server before it signs in: X.224 and TLS, or something that goes
/// wrong there.
class FakeRdp
{
public:
    enum class Manner {
        good,
        classicSecurity, ///< answers that it has no TLS
        silent, ///< accepts and says nothing
        oldTls ///< TLS 1.1 at most
    };
    explicit FakeRdp(Manner manner = Manner::good, std::uint16_t port = 0);
    ~FakeRdp();
    FakeRdp(const FakeRdp&) = delete;
    FakeRdp& operator=(const FakeRdp&) = delete;

    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] std::string certificateSha256() const;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

}
