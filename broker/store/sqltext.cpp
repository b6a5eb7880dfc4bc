// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/sqltext.h"

#include <QDir>
#include <QFile>
#include <map>
#include <sstream>

// Needed once for resources in a static library; must stand outside of namespaces.
static void initialiseResources()
{
    Q_INIT_RESOURCE(wardesk_store);
}

namespace wardesk::broker::sql {

namespace {

const QString root = QStringLiteral(":/wardesk/store/");

std::string contentOf(const QString& path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        qFatal("the resource %s is missing", qPrintable(path));
    return file.readAll().toStdString();
}

}

std::vector<std::string> statementsOf(const std::string& text)
{
    std::vector<std::string> statements;
    std::string statement;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const std::size_t start = line.find_first_not_of(" \t");
        if (start == std::string::npos || line.compare(start, 2, "--") == 0)
            continue;
        const std::size_t last = line.find_last_not_of(" \t\r");
        const bool ends = line[last] == ';';
        statement += line.substr(0, ends ? last : last + 1) + '\n';
        if (ends) {
            statements.push_back(std::move(statement));
            statement.clear();
        }
    }
    if (!statement.empty())
        statements.push_back(std::move(statement));
    return statements;
}

std::vector<std::string> statementsNamed(const std::string& dialect, const std::string& name)
{
    initialiseResources();
    const QString file = QString::fromStdString(name) + QStringLiteral(".sql");
    const QString special
        = root + QStringLiteral("sql/") + QString::fromStdString(dialect) + QLatin1Char('/') + file;
    return statementsOf(
        contentOf(QFile::exists(special) ? special : root + QStringLiteral("sql/common/") + file));
}

std::vector<Migration> knownMigrations(const std::string& dialect)
{
    initialiseResources();
    std::map<std::int64_t, std::string> texts;
    for (const QString& sub : { QString(), QLatin1Char('/') + QString::fromStdString(dialect) }) {
        const QDir folder(root + QStringLiteral("migrations") + sub);
        for (const QString& name : folder.entryList(QDir::Files, QDir::Name))
            texts[name.section(QLatin1Char('_'), 0, 0).toLongLong()]
                += contentOf(folder.filePath(name));
    }
    std::vector<Migration> migrations;
    for (auto& [version, text] : texts)
        migrations.push_back({ version, std::move(text) });
    return migrations;
}

}
