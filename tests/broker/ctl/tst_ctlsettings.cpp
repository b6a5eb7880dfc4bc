// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/ctl/settings.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QtTest>
#include <map>

using namespace wardesk;
using namespace wardesk::ctl;

class CtlSettingsTest : public QObject
{
    Q_OBJECT

    QTemporaryDir m_home;
    std::map<std::string, std::string> m_variables;

    Result<Settings> complete(const Settings& given = {})
    {
        return completed(given, [this](const char* name) {
            const auto found = m_variables.find(name);
            return found == m_variables.end() ? std::nullopt
                                              : std::optional<std::string>(found->second);
        });
    }
    void writeFile(const char* content)
    {
        QDir(m_home.path()).mkpath(QStringLiteral(".config/wardesk"));
        QFile file(m_home.filePath(QStringLiteral(".config/wardesk/ctl.toml")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(content);
    }

private Q_SLOTS:
    void init()
    {
        m_variables = { { "HOME", m_home.path().toStdString() } };
        QFile::remove(m_home.filePath(QStringLiteral(".config/wardesk/ctl.toml")));
    }
    void wordsComeBeforeEnvironmentBeforeFile()
    {
        writeFile("url = \"https://file\"\nca = \"file.pem\"\n");
        QCOMPARE(complete().value().url, std::string("https://file"));
        m_variables["WARDESK_URL"] = "https://environment";
        QCOMPARE(complete().value().url, std::string("https://environment"));
        QCOMPARE(complete().value().authority, std::string("file.pem"));
        QCOMPARE(complete({ .url = "https://word", .authority = {}, .tokenFile = {} }).value().url,
            std::string("https://word"));
    }
    void theTokenFileHasAPlace()
    {
        m_variables["WARDESK_URL"] = "https://x";
        QCOMPARE(
            complete().value().tokenFile, m_home.path().toStdString() + "/.config/wardesk/token");
        m_variables["XDG_CONFIG_HOME"] = "/elsewhere";
        QCOMPARE(complete().value().tokenFile, std::string("/elsewhere/wardesk/token"));
    }
    void noBrokerIsToldInWords()
    {
        const auto result = complete();
        QVERIFY(!result);
        QCOMPARE(result.error().code, Errc::invalidArgument);
        QVERIFY(result.error().detail.find("--url") != std::string::npos);
    }
    void wrongFilesAreRefusedWithTheLine_data()
    {
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<QByteArray>("expected");
        QTest::newRow("unknown key") << QByteArray("\nurll = \"https://x\"\n")
                                     << QByteArray("line 2: there is no key 'urll'");
        QTest::newRow("wrong kind")
            << QByteArray("url = 7\n") << QByteArray("line 1: 'url' must be text");
        QTest::newRow("not TOML") << QByteArray("url = \n") << QByteArray("line 1");
    }
    void wrongFilesAreRefusedWithTheLine()
    {
        QFETCH(QByteArray, content);
        QFETCH(QByteArray, expected);
        writeFile(content.constData());
        const auto result = complete();
        QVERIFY(!result);
        QVERIFY2(result.error().detail.find(expected.toStdString()) != std::string::npos,
            result.error().detail.c_str());
    }
};

QTEST_GUILESS_MAIN(CtlSettingsTest)
#include "tst_ctlsettings.moc"
