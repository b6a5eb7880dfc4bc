// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/store.h"

#include <QTest>
#include <chrono>
#include <string>

/// A test's function ends here unless this was refused, with this code and with words.
#define REFUSED(expression, expectedCode)                                                          \
    do {                                                                                           \
        const auto refusedResult = (expression);                                                   \
        QVERIFY2(!refusedResult, #expression " should have been refused");                         \
        QCOMPARE(refusedResult.error().code, expectedCode);                                        \
        QVERIFY(!refusedResult.error().detail.empty());                                            \
    } while (false)

/// A small hospital in a store: one organisation, users, an image, a pool.
namespace wardesk::broker::test {

/// The same moment in every test, so that nothing depends on the machine's clock.
[[nodiscard]] WallTime at(std::chrono::milliseconds sinceStart);

/// The value, or the end of the test program with the error's text.
template <typename T> T orDie(Result<T> result);

struct Hospital
{
    OrganisationId organisation { "org-1" };
    ImageId image { "image-1" };
    PoolId pool { "pool-1" };
    std::string firstAddress = "10.20.0.2";
    std::string lastAddress = "10.20.255.254";

    void build(Store& store) const; ///< organisation, image, pool
    /// Another version of the image, published; not used by any pool yet.
    ImageId addVersion(Store& store, const std::string& version) const;
    /// From `image` to that one, running.
    [[nodiscard]] Rollout rollout(const ImageId& to, const std::string& id = "rollout-1") const;
    [[nodiscard]] UserId addUser(Store& store, const std::string& name) const;
    [[nodiscard]] Desktop desktop(const std::string& name) const; ///< first incarnation, no address
    Desktop addDesktop(Store& store, const std::string& name) const;
    Desktop addReadyDesktop(Store& store, const std::string& name) const;
    [[nodiscard]] LeaseRequest request(
        const UserId& user, const std::string& key, WallTime now = at({})) const;
};

/// Dies with the error's text unless the result is good.
void check(const Result<void>& result);
[[noreturn]] void die(const Error& error);

template <typename T> T orDie(Result<T> result)
{
    if (!result)
        die(result.error());
    return std::move(*result);
}

}
