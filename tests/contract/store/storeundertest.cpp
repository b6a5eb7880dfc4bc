// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/store/storeundertest.h"

#include "broker/store/storefactory.h"
#include "tests/contract/store/storefixture.h"

#include <QTest>

namespace wardesk::broker::test {

StoreUnderTest::StoreUnderTest(StoreKind kind)
    : m_kind(kind)
{
    m_store = kind == StoreKind::memory ? makeMemoryStore(m_clock) : another();
}

std::unique_ptr<Store> StoreUnderTest::another()
{
    switch (m_kind) {
    case StoreKind::memory:
        return nullptr;
    case StoreKind::sqlite:
        return orDie(
            openSqlite(m_folder.filePath(QStringLiteral("broker.db")).toStdString(), m_clock));
    }
    return nullptr;
}

void StoreUnderTest::pass(std::chrono::milliseconds time)
{
    m_clock.advance(time);
}

void addStoreRows()
{
    QTest::addColumn<StoreKind>("kind");
    QTest::newRow("memory") << StoreKind::memory;
    QTest::newRow("sqlite") << StoreKind::sqlite;
}

}
