// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/app/options.h"

#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

using namespace wardesk;
using namespace wardesk::client;

class OptionsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void commandLineOverFile();
    void helpAndVersion();
    void wrongOptionsAreRefused_data();
    void wrongOptionsAreRefused();
    void wrongConfigurationNamesTheLine_data();
    void wrongConfigurationNamesTheLine();

private:
    QString write(const QByteArray& text);
    static Result<std::variant<Options, PrintAndLeave>> read(const QString& line)
    {
        return readOptions(QStringList { QStringLiteral("wardesk") }
            + line.split(QLatin1Char(' '), Qt::SkipEmptyParts));
    }
    QTemporaryDir m_folder;
};

void OptionsTest::initTestCase()
{
    qputenv("HOME", m_folder.path().toUtf8()); // nobody's own configuration takes part
}

QString OptionsTest::write(const QByteArray& text)
{
    const QString path = m_folder.filePath(QStringLiteral("client.toml"));
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate))
        qFatal("no place for the file");
    file.write(text);
    return path;
}

void OptionsTest::commandLineOverFile()
{
    const QString path = write(
        "broker = \"https://a.example:8443\"\nca = \"/ca\"\npool = \"Ward\"\nkiosk = true\n");
    const auto got = read(QStringLiteral("--config %1 --pool Other --user nurse").arg(path));
    QVERIFY(got);
    const auto& options = std::get<Options>(*got);
    QCOMPARE(options.brokers, QList<QUrl> { QUrl(QStringLiteral("https://a.example:8443")) });
    QCOMPARE(options.ca, QStringLiteral("/ca"));
    QCOMPARE(options.pool, QStringLiteral("Other"));
    QCOMPARE(options.user, QStringLiteral("nurse"));
    QVERIFY(options.kiosk && !options.fullScreen);
}

void OptionsTest::helpAndVersion()
{
    QVERIFY(std::get<PrintAndLeave>(*read(QStringLiteral("--help")))
                .text.contains(QLatin1String("--kiosk")));
    QVERIFY(std::get<PrintAndLeave>(*read(QStringLiteral("--version")))
                .text.startsWith(QLatin1String("wardesk ")));
}

void OptionsTest::wrongOptionsAreRefused_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<QString>("words");
    const auto row = [](const char* name, const char* line, const char* words) {
        QTest::newRow(name) << QString::fromLatin1(line) << QString::fromLatin1(words);
    };
    row("no broker", "--ca /ca", "--broker");
    row("no authority", "--broker https://a:1", "--ca");
    row("plain http", "--broker http://a:1 --ca /ca", "https://");
    row("no address", "--broker a:1 --ca /ca", "https://");
    row("size", "--broker https://a:1 --ca /ca --windowed big", "1280x800");
    row("unknown", "--broker https://a:1 --ca /ca --insecure", "insecure");
    row("stray word", "--broker https://a:1 --ca /ca please", "please");
    row("password without a name", "--broker https://a:1 --ca /ca --password-file /p", "--user");
}

void OptionsTest::wrongOptionsAreRefused()
{
    QFETCH(QString, line);
    QFETCH(QString, words);
    const auto got = read(line);
    QVERIFY(!got);
    QVERIFY2(
        QString::fromStdString(got.error().detail).contains(words), got.error().detail.c_str());
}

void OptionsTest::wrongConfigurationNamesTheLine_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("place");
    QTest::addColumn<QString>("words");
    const auto row = [](const char* name, const char* text, const char* place, const char* words) {
        QTest::newRow(name) << QByteArray(text) << QString::fromLatin1(place)
                            << QString::fromLatin1(words);
    };
    row("key", "ca = \"/ca\"\n\nbrokr = \"x\"\n", ":3:", "'brokr'");
    row("type", "kiosk = \"yes\"\n", ":1:", "true or false");
    row("number", "\nca = 5\n", ":2:", "name of a file");
    row("address", "broker = \"http://a\"\n", ":1:", "https://");
    row("syntax", "ca = \"/ca\"\nkiosk =\n", ":2:", "");
}

void OptionsTest::wrongConfigurationNamesTheLine()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, place);
    QFETCH(QString, words);
    const auto got = readConfiguration(write(text), {});
    QVERIFY(!got);
    const QString detail = QString::fromStdString(got.error().detail);
    QVERIFY2(detail.contains(place) && detail.contains(words), qPrintable(detail));
}

QTEST_GUILESS_MAIN(OptionsTest)
#include "tst_options.moc"
