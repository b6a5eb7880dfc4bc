// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client-qt/rdp/rdpsession.h"

#include <QFile>
#include <QSignalSpy>
#include <QTcpServer>
#include <QTemporaryDir>
#include <QTest>

/// A port that accepts, and sessions whose worker is the fake one in a given mode.
class FakeDesktop
{
public:
    FakeDesktop() { m_server.listen(QHostAddress::LocalHost); }

    [[nodiscard]] std::unique_ptr<wardesk::RdpSession> session(const char* mode)
    {
        const QString path = workerPath(mode);
        QFile::link(QString::fromLatin1(WARDESK_FAKE_WORKER), path);
        qputenv("WARDESK_RDP_WORKER", path.toLocal8Bit());
        auto session = wardesk::RdpSession::create();
        return session ? std::move(*session) : nullptr;
    }
    [[nodiscard]] QString workerPath(const char* mode) const
    {
        return m_folder.filePath(QString::fromLatin1(mode));
    }
    [[nodiscard]] wardesk::RdpTarget target() const
    {
        wardesk::RdpTarget target;
        target.address = QStringLiteral("127.0.0.1");
        target.port = m_server.serverPort();
        target.certificateSha256 = QByteArray(64, 'a');
        target.account = QStringLiteral("nurse");
        target.credential = wardesk::Secret("one-time");
        target.size = QSize(320, 240);
        target.clipboard = true;
        return target;
    }
    [[nodiscard]] QTcpServer& server() { return m_server; }

private:
    QTcpServer m_server;
    QTemporaryDir m_folder;
};

/// Everything the fake worker echoed so far.
class Echo : public QObject
{
public:
    explicit Echo(wardesk::RdpSession& session)
    {
        connect(&session, &wardesk::RdpSession::clipboardText, this,
            [this](const QString& text) { lines.append(text); });
    }
    [[nodiscard]] bool has(const char* line) const
    {
        return lines.contains(QString::fromLatin1(line));
    }
    QStringList lines;
};
