// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/rdp/probe/probe.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QFile>
#include <QTextStream>
#include <QTimer>
#include <optional>

namespace {

using namespace wardesk;

constexpr int usageError = 2;

QString text(const char* literal)
{
    return QString::fromLatin1(literal);
}

std::optional<Secret> readCredential(const QString& path)
{
    QFile file(path);
    const bool opened = path == text("-") ? file.open(stdin, QIODevice::ReadOnly)
                                          : file.open(QIODevice::ReadOnly);
    if (!opened)
        return std::nullopt;
    QByteArray bytes = file.readLine(4096);
    while (bytes.endsWith('\n') || bytes.endsWith('\r'))
        bytes.chop(1);
    Secret secret(bytes.toStdString());
    bytes.fill('\0');
    return secret;
}

std::optional<QSize> parseSize(const QString& value)
{
    bool widthGood = false;
    bool heightGood = false;
    const QSize size(value.section(QLatin1Char('x'), 0, 0).toInt(&widthGood),
        value.section(QLatin1Char('x'), 1).toInt(&heightGood));
    if (!widthGood || !heightGood || size.isEmpty())
        return std::nullopt;
    return size;
}

int complain(const QString& sentence)
{
    QTextStream(stderr) << "wardesk-rdp-probe: " << sentence << Qt::endl;
    return usageError;
}

}

int main(int argc, char** argv)
{
    QApplication application(argc, argv);
    QCommandLineParser parser;
    parser.setApplicationDescription(
        text("Connects to a desktop, waits for its first frame and prints the times as JSON."));
    parser.addHelpOption();
    const QCommandLineOption address(text("address"), text("Host or address."), text("HOST"));
    const QCommandLineOption port(text("port"), text("Port."), text("N"), text("3389"));
    const QCommandLineOption fingerprint(
        text("fingerprint"), text("SHA-256 of the certificate, hexadecimal."), text("HEX"));
    const QCommandLineOption account(text("account"), text("Account."), text("NAME"));
    const QCommandLineOption credential(text("credential-file"),
        text("File with the credential; - for standard input."), text("FILE"));
    const QCommandLineOption size(
        text("size"), text("Size of the desktop."), text("WxH"), text("1280x800"));
    const QCommandLineOption screenshot(text("screenshot"), text("Save a PNG."), text("FILE"));
    const QCommandLineOption clipboard(text("clipboard"), text("Share the clipboard's text."));
    const QCommandLineOption nla(text("nla"), text("Use network level authentication."));
    const QCommandLineOption warm(
        text("warm"), text("Start the clock when the worker waits, as in a running client."));
    const QCommandLineOption window(text("window"), text("Show the desktop in a window."));
    const QCommandLineOption hold(
        text("hold"), text("Stay connected after the first frame."), text("SECONDS"), text("0"));
    const QCommandLineOption limit(
        text("timeout"), text("Give up after."), text("SECONDS"), text("30"));
    parser.addOptions({ address, port, fingerprint, account, credential, size, screenshot,
        clipboard, nla, warm, window, hold, limit });
    parser.process(application);

    ProbeOptions options;
    RdpTarget& target = options.target;
    target.address = parser.value(address);
    target.port = parser.value(port).toUShort();
    target.certificateSha256 = parser.value(fingerprint).toLatin1().replace(":", "").toLower();
    target.account = parser.value(account);
    target.clipboard = parser.isSet(clipboard);
    target.networkLevelAuthentication = parser.isSet(nla);
    options.screenshot = parser.value(screenshot);
    options.warm = parser.isSet(warm);
    options.window = parser.isSet(window);
    options.hold = std::chrono::seconds(parser.value(hold).toInt());
    options.limit = std::chrono::seconds(parser.value(limit).toInt());
    if (target.address.isEmpty() || target.port == 0 || target.certificateSha256.size() != 64)
        return complain(text("--address, --port and --fingerprint (64 hex digits) are needed"));
    const auto parsedSize = parseSize(parser.value(size));
    if (!parsedSize)
        return complain(text("--size is WIDTHxHEIGHT"));
    target.size = *parsedSize;
    auto secret = readCredential(parser.value(credential));
    if (!secret)
        return complain(text("--credential-file cannot be read"));
    target.credential = std::move(*secret);

    auto session = RdpSession::create();
    if (!session)
        return complain(QString::fromStdString(session.error().detail));
    Probe probe(std::move(options), std::move(*session));
    QTimer::singleShot(0, &probe, &Probe::start);
    return QApplication::exec();
}
