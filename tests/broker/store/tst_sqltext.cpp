// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/sqltext.h"

#include <QDir>
#include <QTest>

using namespace wardesk::broker::sql;

class TstSqlText : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void statementsAreSplitAtLineEnds();
    void everyQueryIsOneStatement();
    void migrationsAreNumberedWithoutGaps();
};

void TstSqlText::statementsAreSplitAtLineEnds()
{
    const std::vector<std::string> statements
        = statementsOf("-- a comment; with: marks\n\nCREATE TABLE a (\n    b TEXT\n);  \nSELECT 1");
    QCOMPARE(statements.size(), std::size_t(2));
    QCOMPARE(statements[0], std::string("CREATE TABLE a (\n    b TEXT\n)\n"));
    QCOMPARE(statements[1], std::string("SELECT 1\n"));
    QVERIFY(statementsOf("").empty());
}

void TstSqlText::everyQueryIsOneStatement()
{
    static_cast<void>(knownMigrations("sqlite")); // loads the resources
    // These are several or none, and run one by one.
    const QStringList lists { QStringLiteral("connection_settings"),
        QStringLiteral("migration_settings") };
    int queries = 0;
    for (const char* dialect : { "sqlite", "postgresql" }) {
        for (const char* folder : { "common", dialect }) {
            const QDir files(QStringLiteral(":/wardesk/store/sql/") + QLatin1String(folder));
            for (const QString& name : files.entryList(QDir::Files)) {
                const QString stem = name.section(QLatin1Char('.'), 0, 0);
                const std::size_t count = statementsNamed(dialect, stem.toStdString()).size();
                QVERIFY2(count == 1 || lists.contains(stem), qPrintable(name));
                ++queries;
            }
        }
    }
    QVERIFY(queries > 100);
}

void TstSqlText::migrationsAreNumberedWithoutGaps()
{
    for (const char* dialect : { "sqlite", "postgresql" }) {
        std::int64_t expected = 0;
        for (const Migration& migration : knownMigrations(dialect))
            QCOMPARE(migration.version, ++expected);
        QVERIFY(expected >= 2);
    }
    // One series; what only one dialect needs is added to a step, never a step of its own.
    QCOMPARE(knownMigrations("sqlite").size(), knownMigrations("postgresql").size());
    QVERIFY(knownMigrations("postgresql")[1].text.find("CREATE SEQUENCE") != std::string::npos);
    QVERIFY(knownMigrations("sqlite")[1].text.find("CREATE SEQUENCE") == std::string::npos);
}

QTEST_GUILESS_MAIN(TstSqlText)
#include "tst_sqltext.moc"
