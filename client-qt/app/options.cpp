// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/app/options.h"

#include "client-qt/app/version.h"

#include <QCommandLineParser>
#include <QDir>
#include <QFileInfo>
#include <QRegularExpression>

namespace wardesk::client {

namespace {

Result<QSize> sizeFrom(const QString& text)
{
    static const QRegularExpression form(QStringLiteral("^([0-9]{3,5})x([0-9]{3,5})$"));
    const auto match = form.match(text);
    if (!match.hasMatch())
        return failure(Errc::invalidArgument,
            "--windowed " + text.toStdString() + ": a size like 1280x800 is expected");
    return QSize(match.captured(1).toInt(), match.captured(2).toInt());
}

Result<Options> fromFiles(const QString& named)
{
    Options options;
    if (!named.isEmpty())
        return readConfiguration(named, options);
    for (const QString& path : { QStringLiteral("/etc/wardesk/client.toml"),
             QDir::homePath() + QStringLiteral("/.config/wardesk/client.toml") }) {
        if (!QFileInfo::exists(path))
            continue;
        auto read = readConfiguration(path, options);
        if (!read)
            return read;
        options = std::move(*read);
    }
    return options;
}

}

Result<std::variant<Options, PrintAndLeave>> readOptions(const QStringList& arguments)
{
    const auto say = [](const char* text) { return QString::fromLatin1(text); };
    QCommandLineParser parser;
    parser.setApplicationDescription(say("Wardesk: opens your desktop, wherever you are."));
    const QCommandLineOption help({ say("h"), say("help") }, say("Print this help."));
    const QCommandLineOption version({ say("v"), say("version") }, say("Print the version."));
    const QCommandLineOption config(
        say("config"), say("Read this file instead of the usual ones."), say("FILE"));
    const QCommandLineOption broker(say("broker"),
        say("The broker's address, e.g. https://broker.example:8443; several with commas, or the "
            "option again."),
        say("URL"));
    const QCommandLineOption authority(say("ca"),
        say("The authority that signed the broker's certificate (PEM); nothing else is trusted."),
        say("FILE"));
    const QCommandLineOption user(say("user"), say("Fill in this name."), say("NAME"));
    const QCommandLineOption password(say("password-file"),
        say("Sign in at once with the password in the first line of this file."), say("FILE"));
    const QCommandLineOption pool(
        say("pool"), say("Open this desktop after the sign-in."), say("NAME"));
    const QCommandLineOption windowed(
        say("windowed"), say("Use a window of this size."), say("WxH"));
    const QCommandLineOption fullScreen(say("full-screen"), say("Use the whole screen."));
    const QCommandLineOption kiosk(say("kiosk"),
        say("Ward terminal: whole screen, no way out, back to the sign-in page after each "
            "session."));
    const QCommandLineOption timings(
        say("timings"), say("Append a line of JSON for each step to this file."), say("FILE"));
    const QCommandLineOption control(say("control"),
        say("Accept commands for tests on this local socket (only from the same user)."),
        say("PATH"));
    parser.addOptions({ help, version, config, broker, authority, user, password, pool, windowed,
        fullScreen, kiosk, timings, control });
    if (!parser.parse(arguments))
        return failure(Errc::invalidArgument, parser.errorText().toStdString());
    if (parser.isSet(help))
        return PrintAndLeave { parser.helpText() };
    if (parser.isSet(version))
        return PrintAndLeave { say("wardesk ") + say(versionText) + QLatin1Char('\n') };
    if (!parser.positionalArguments().isEmpty())
        return failure(Errc::invalidArgument,
            "\"" + parser.positionalArguments().constFirst().toStdString() + "\" is not an option");

    auto read = fromFiles(parser.value(config));
    if (!read)
        return tl::unexpected(read.error());
    Options options = std::move(*read);
    const auto overlay = [&](const QCommandLineOption& option, QString& value) {
        if (parser.isSet(option))
            value = parser.value(option);
    };
    overlay(authority, options.ca);
    overlay(user, options.user);
    overlay(password, options.passwordFile);
    overlay(pool, options.pool);
    overlay(timings, options.timings);
    overlay(control, options.control);
    options.fullScreen = options.fullScreen || parser.isSet(fullScreen);
    options.kiosk = options.kiosk || parser.isSet(kiosk);
    if (parser.isSet(broker)) {
        const QString named = parser.values(broker).join(QLatin1Char(','));
        options.brokers = brokersFrom(named);
        if (options.brokers.isEmpty())
            return failure(Errc::invalidArgument,
                "--broker " + named.toStdString()
                    + ": an address like https://broker.example:8443 is expected");
    }
    if (parser.isSet(windowed)) {
        const auto size = sizeFrom(parser.value(windowed));
        if (!size)
            return tl::unexpected(size.error());
        options.window = *size;
        options.fullScreen = false;
    }
    if (options.brokers.isEmpty())
        return failure(Errc::invalidArgument,
            "no broker is named: use --broker https://HOST:PORT, or 'broker' in the configuration");
    if (options.ca.isEmpty())
        return failure(Errc::invalidArgument,
            "no authority is named: use --ca FILE with the broker's ca.pem, or 'ca' in the "
            "configuration");
    if (!options.passwordFile.isEmpty() && options.user.isEmpty())
        return failure(Errc::invalidArgument, "--password-file needs --user");
    return options;
}

}
