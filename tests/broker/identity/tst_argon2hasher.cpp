// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/identity/argon2hasher.h"

#include <QtTest>

using namespace wardesk;
using namespace wardesk::broker;

class tst_Argon2Hasher : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void A1_theCostsAreInTheHash();
    void verifies();
    void A1_anEmptyHashIsAlwaysWrong();
    void everyHashHasItsOwnSalt();

private:
    Argon2Hasher m_hasher;
};

void tst_Argon2Hasher::A1_theCostsAreInTheHash()
{
    const auto hash = m_hasher.hash(Secret("a password"));
    QVERIFY(hash);
    QVERIFY2(hash->starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), hash->c_str());
}

void tst_Argon2Hasher::verifies()
{
    const auto hash = m_hasher.hash(Secret("a password"));
    QVERIFY(m_hasher.verify(*hash, Secret("a password")));
    QVERIFY(!m_hasher.verify(*hash, Secret("a Password")));
    QVERIFY(!m_hasher.verify("not a hash", Secret("a password")));
}

void tst_Argon2Hasher::A1_anEmptyHashIsAlwaysWrong()
{
    QVERIFY(!m_hasher.verify("", Secret("")));
    QVERIFY(!m_hasher.verify("", Secret("a password")));
}

void tst_Argon2Hasher::everyHashHasItsOwnSalt()
{
    QVERIFY(*m_hasher.hash(Secret("same")) != *m_hasher.hash(Secret("same")));
}

QTEST_GUILESS_MAIN(tst_Argon2Hasher)
#include "tst_argon2hasher.moc"
