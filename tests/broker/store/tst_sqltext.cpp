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
    // Only the settings of a connection are several, and are run one by one.
    static_cast<void>(knownMigrations()); // loads the resources
    int queries = 0;
    for (const QString& folder : { QStringLiteral("common"), QStringLiteral("sqlite") }) {
        const QDir files(QStringLiteral(":/wardesk/store/sql/") + folder);
        for (const QString& name : files.entryList(QDir::Files)) {
            const QString stem = name.section(QLatin1Char('.'), 0, 0);
            const std::size_t count = statementsNamed("sqlite", stem.toStdString()).size();
            QVERIFY2(count == 1 || stem == QStringLiteral("connection_settings"), qPrintable(name));
            ++queries;
        }
    }
    QVERIFY(queries > 50);
}

void TstSqlText::migrationsAreNumberedWithoutGaps()
{
    std::int64_t expected = 0;
    for (const Migration& migration : knownMigrations())
        QCOMPARE(migration.version, ++expected);
    QVERIFY(expected >= 1);
}

QTEST_GUILESS_MAIN(TstSqlText)
#include "tst_sqltext.moc"
