// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/app/options.h"

#include <QFile>
#include <functional>
#include <map>
#include <string>
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

namespace wardesk::client {

namespace {

struct Key
{
    const char* expected;
    std::function<bool(const toml::node&, Options&)> take;
};

bool takeText(const toml::node& node, QString& into)
{
    const auto text = node.value_exact<std::string>();
    if (text)
        into = QString::fromStdString(*text);
    return text.has_value();
}

bool takeSwitch(const toml::node& node, bool& into)
{
    const auto value = node.value_exact<bool>();
    into = value.value_or(into);
    return value.has_value();
}

const std::map<std::string_view, Key>& keys()
{
    static const std::map<std::string_view, Key> known {
        { "broker",
            { "an address like \"https://broker.example:8443\", or a list of them",
                [](const toml::node& node, Options& options) {
                    QStringList texts;
                    if (const toml::array* list = node.as_array()) {
                        for (const toml::node& element : *list) {
                            QString text;
                            if (!takeText(element, text))
                                return false;
                            texts.append(text);
                        }
                    } else if (texts.append(QString()); !takeText(node, texts.front())) {
                        return false;
                    }
                    options.brokers = brokersFrom(texts.join(QLatin1Char(',')));
                    return !options.brokers.isEmpty();
                } } },
        { "ca",
            { "the name of a file",
                [](const toml::node& node, Options& options) {
                    return takeText(node, options.ca);
                } } },
        { "user",
            { "a name",
                [](const toml::node& node, Options& options) {
                    return takeText(node, options.user);
                } } },
        { "pool",
            { "the name of a desktop",
                [](const toml::node& node, Options& options) {
                    return takeText(node, options.pool);
                } } },
        { "full_screen",
            { "true or false",
                [](const toml::node& node, Options& options) {
                    return takeSwitch(node, options.fullScreen);
                } } },
        { "kiosk_idle_seconds",
            { "a number of seconds from 0 (never) to 86400",
                [](const toml::node& node, Options& options) {
                    const auto seconds = node.value_exact<std::int64_t>();
                    if (!seconds || *seconds < 0 || *seconds > 86'400)
                        return false;
                    options.kioskIdleSeconds = static_cast<int>(*seconds);
                    return true;
                } } },
        { "kiosk",
            { "true or false",
                [](const toml::node& node, Options& options) {
                    return takeSwitch(node, options.kiosk);
                } } },
    };
    return known;
}

QUrl brokerFrom(const QString& text)
{
    const QUrl url(text.trimmed(), QUrl::StrictMode);
    return url.scheme() == QLatin1String("https") && !url.host().isEmpty() ? url : QUrl();
}

tl::unexpected<Error> wrong(
    const QString& path, const toml::source_region& where, const std::string& what)
{
    return failure(Errc::invalidArgument,
        path.toStdString() + ":" + std::to_string(where.begin.line) + ": " + what);
}

}

QList<QUrl> brokersFrom(const QString& text)
{
    QList<QUrl> brokers;
    for (const QString& one : text.split(QLatin1Char(','))) {
        brokers.append(brokerFrom(one));
        if (brokers.back().isEmpty())
            return {};
    }
    return brokers;
}

Result<Options> readConfiguration(const QString& path, Options options)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return failure(
            Errc::notFound, path.toStdString() + ": " + file.errorString().toStdString());
    const QByteArray text = file.read(1 << 20);
    const toml::parse_result parsed
        = toml::parse(std::string_view(text.constData(), static_cast<std::size_t>(text.size())));
    if (!parsed)
        return wrong(path, parsed.error().source(), std::string(parsed.error().description()));
    for (const auto& [name, node] : parsed.table()) {
        const auto known = keys().find(name.str());
        if (known == keys().end()) {
            std::string names;
            for (const auto& [key, value] : keys())
                names += (names.empty() ? "" : ", ") + std::string(key);
            return wrong(path, name.source(),
                "there is no setting '" + std::string(name.str()) + "'; there are " + names);
        }
        if (!known->second.take(node, options))
            return wrong(path, node.source(),
                "'" + std::string(name.str()) + "' is wrong: " + known->second.expected
                    + " is expected");
    }
    return options;
}

}
