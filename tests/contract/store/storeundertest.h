// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/store.h"
#include "broker/store/postgressettings.h"
#include "protocols/base/clock.h"

#include <QSqlDatabase>
#include <QTemporaryDir>
#include <memory>
#include <string>
#include <vector>

/// The stores that the contract is held against.
namespace wardesk::broker::test {

enum class StoreKind { memory, sqlite, postgresql };

/// A clock that the test moves.
class TestClock final : public Clock
{
public:
    [[nodiscard]] WallTime wall() const override { return m_now; }
    [[nodiscard]] MonotonicTime monotonic() const override
    {
        return MonotonicTime(m_now.time_since_epoch());
    }
    void advance(std::chrono::milliseconds step) { m_now += step; }

private:
    WallTime m_now { std::chrono::milliseconds(1'700'000'000'000) };
};

enum class Opened { atOnce, later };

/// An empty database of its own, gone with the object.
class StoreUnderTest
{
public:
    explicit StoreUnderTest(StoreKind kind, Opened opened = Opened::atOnce);
    [[nodiscard]] Store& store() { return *m_store; }
    /// Another one on the same database, as another broker has it; none for the store in memory.
    [[nodiscard]] std::unique_ptr<Store> another();
    /// A plain connection to the same database, past the store.
    [[nodiscard]] QSqlDatabase connect(const QString& name) const;
    void sql(const QString& statement) const; ///< by one; ends the program when it fails
    /// Lets the database's own time pass.
    void pass(std::chrono::milliseconds time);

private:
    StoreKind m_kind;
    TestClock m_clock;
    QTemporaryDir m_folder;
    PostgresSettings m_settings;
    std::unique_ptr<Store> m_store;
};

/// A global data column "kind" with a row for each store, or for each that several can open.
void addStoreRows();
void addSharedStoreRows();

}

Q_DECLARE_METATYPE(wardesk::broker::test::StoreKind)
