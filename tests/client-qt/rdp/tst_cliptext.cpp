// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/rdp/certificatefingerprint.h"
#include "client-qt/rdp/cliptext.h"
#include "protocols/base/encoding.h"

#include <QTest>
#include <random>

using namespace wardesk;
using namespace wardesk::rdp;

namespace {

std::vector<std::uint8_t> bytesOf(const std::u16string& text)
{
    std::vector<std::uint8_t> bytes;
    for (const char16_t unit : text) {
        bytes.push_back(static_cast<std::uint8_t>(unit & 0xff));
        bytes.push_back(static_cast<std::uint8_t>(unit >> 8));
    }
    return bytes;
}

}

class TestClipText : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void textSurvivesBothWays()
    {
        const std::string text = "Größe 5 µg\n\xe2\x82\xac \xf0\x9f\x8f\xa5\nende";
        const std::u16string wire = clipboardToWire(text);
        QVERIFY(wire.find(u"\r\n") != std::u16string::npos);
        QCOMPARE(QString::fromStdU16String(wire),
            QString::fromStdString(text).replace(QLatin1String("\n"), QLatin1String("\r\n")));
        QCOMPARE(clipboardFromWire(bytesOf(wire)), text);
    }

    void lineEndsAreNotDoubled() { QCOMPARE(clipboardToWire("a\r\nb"), std::u16string(u"a\r\nb")); }

    void itEndsAtZeroAndAtAnOddByte()
    {
        auto bytes = bytesOf(std::u16string(u"ab\0cd", 5));
        QCOMPARE(clipboardFromWire(bytes), std::string("ab"));
        bytes = bytesOf(u"xy");
        bytes.push_back('z');
        QCOMPARE(clipboardFromWire(bytes), std::string("xy"));
    }

    void brokenTextBecomesReplacements()
    {
        QCOMPARE(clipboardFromWire(bytesOf(std::u16string(1, char16_t { 0xd800 }))),
            std::string("\xef\xbf\xbd"));
        QCOMPARE(clipboardToWire("a\xff\xc0\x80"
                                 "b")
                     .back(),
            u'b');
        std::mt19937 random(7);
        for (int round = 0; round < 5000; ++round) {
            std::string text(random() % 16, '\0');
            for (char& c : text)
                c = static_cast<char>(random() & 0xff);
            // Valid UTF-8 whatever went in: nothing that decodes differently the second time.
            const std::string once = clipboardFromWire(bytesOf(clipboardToWire(text)));
            QCOMPARE(clipboardFromWire(bytesOf(clipboardToWire(once))), once);
        }
    }

    void theFingerprintIsOfTheFirstCertificate()
    {
        const std::string der = "not really a certificate, but bytes";
        const std::string pem = "-----BEGIN CERTIFICATE-----\n" + toBase64(der)
            + "\n-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\n"
            + toBase64("the next one") + "\n-----END CERTIFICATE-----\n";
        QCOMPARE(*firstCertificateSha256(pem), sha256Hex(der));
        QVERIFY(!firstCertificateSha256("").has_value());
        QVERIFY(!firstCertificateSha256("-----BEGIN CERTIFICATE-----\nAAAA").has_value());
        QVERIFY(
            !firstCertificateSha256("-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----")
                 .has_value());
        QVERIFY(!firstCertificateSha256("-----BEGIN CERTIFICATE----------END CERTIFICATE-----")
                     .has_value());
    }
};

QTEST_APPLESS_MAIN(TestClipText)
#include "tst_cliptext.moc"
