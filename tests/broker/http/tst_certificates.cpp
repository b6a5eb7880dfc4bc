// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/http/certificates.h"

#include "broker/http/durablefile.h"
#include "broker/http/opensslhandles.h"

#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>
#include <QtTest>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

using namespace wardesk;
using namespace wardesk::broker;

class tst_Certificates : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void keysStayAcrossRestarts();
    void aNewNameMeansANewCertificateWithTheSameKey();
    void theServerIsSignedByTheAuthority();
    void renewedBeforeItEnds();
    void A9_keysAreForTheBrokerOnly();
    void aDamagedKeyIsNotReplaced();

private:
    const WallTime m_now = SystemClock().wall();
};

void tst_Certificates::keysStayAcrossRestarts()
{
    const QTemporaryDir directory;
    const std::string path = directory.path().toStdString();
    const auto first = ensureCertificates(path, { "localhost" }, m_now);
    const auto second = ensureCertificates(path, { "localhost" }, m_now);
    QVERIFY(first && second);
    QCOMPARE(second->keySha256, first->keySha256);
    QCOMPARE(second->chainPem, first->chainPem);
    QCOMPARE(first->keySha256.size(), std::size_t(64));
}

void tst_Certificates::aNewNameMeansANewCertificateWithTheSameKey()
{
    const QTemporaryDir directory;
    const std::string path = directory.path().toStdString();
    const auto first = ensureCertificates(path, { "localhost" }, m_now);
    const auto second = ensureCertificates(path, { "localhost", "10.1.2.3" }, m_now);
    QVERIFY(first && second);
    QCOMPARE(second->keySha256, first->keySha256);
    QVERIFY(second->chainPem != first->chainPem);
}

void tst_Certificates::theServerIsSignedByTheAuthority()
{
    const QTemporaryDir directory;
    const auto made
        = ensureCertificates(directory.path().toStdString(), { "ward.example", "10.1.2.3" }, m_now);
    QVERIFY(made);
    const BioHandle chain(
        BIO_new_mem_buf(made->chainPem.data(), static_cast<int>(made->chainPem.size())));
    const CertificateHandle server(PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr));
    const CertificateHandle ca(PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr));
    QVERIFY(server && ca);
    QCOMPARE(X509_verify(server.get(), X509_get0_pubkey(ca.get())), 1);
    QCOMPARE(X509_check_host(server.get(), "ward.example", 0, 0, nullptr), 1);
    QCOMPARE(X509_check_ip_asc(server.get(), "10.1.2.3", 0), 1);
    QCOMPARE(X509_check_host(server.get(), "other.example", 0, 0, nullptr), 0);
    QVERIFY(X509_check_ca(ca.get()) > 0);
    QCOMPARE(X509_check_ca(server.get()), 0);
}

void tst_Certificates::renewedBeforeItEnds()
{
    const QTemporaryDir directory;
    const std::string path = directory.path().toStdString();
    const auto first = ensureCertificates(path, { "localhost" }, m_now);
    const auto later
        = ensureCertificates(path, { "localhost" }, m_now + std::chrono::hours(24 * 800));
    QVERIFY(first && later);
    QVERIFY(later->chainPem != first->chainPem);
    QCOMPARE(later->keySha256, first->keySha256);
}

void tst_Certificates::A9_keysAreForTheBrokerOnly()
{
    const QTemporaryDir directory;
    QVERIFY(ensureCertificates(directory.path().toStdString(), { "localhost" }, m_now));
    const auto others = QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther;
    for (const auto& name : { QStringLiteral("/ca.key"), QStringLiteral("/server.key") })
        QCOMPARE(QFileInfo(directory.path() + name).permissions() & others, QFile::Permissions());
    QVERIFY(
        QFileInfo(directory.path() + QStringLiteral("/ca.pem")).permissions() & QFile::ReadOther);
}

void tst_Certificates::aDamagedKeyIsNotReplaced()
{
    const QTemporaryDir directory;
    const std::string path = directory.path().toStdString();
    QVERIFY(writeDurably(path + "/server.key", "not a key", 0600));
    const auto refused = ensureCertificates(path, { "localhost" }, m_now);
    QVERIFY(!refused);
    QVERIFY(refused.error().detail.find("server.key") != std::string::npos);
    QCOMPARE(*readWhole(path + "/server.key"), std::string("not a key"));
}

QTEST_GUILESS_MAIN(tst_Certificates)
#include "tst_certificates.moc"
