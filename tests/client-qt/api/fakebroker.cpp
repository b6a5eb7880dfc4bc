// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "fakebroker.h"

#include <QSslCertificate>
#include <QSslConfiguration>
#include <QSslKey>
#include <QSslSocket>
#include <QWebSocket>
#include <QWebSocketServer>
#include <utility>

namespace wardesk::testing {

FakeBroker::FakeBroker(SelfSigned identity)
    : m_identity(std::move(identity))
    , m_channels(
          new QWebSocketServer(QStringLiteral("fake"), QWebSocketServer::NonSecureMode, this))
{
    QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
    configuration.setLocalCertificate(QSslCertificate(m_identity.certificate));
    configuration.setPrivateKey(QSslKey(m_identity.key, QSsl::Ec));
    configuration.setPeerVerifyMode(QSslSocket::VerifyNone);
    m_server.setSslConfiguration(configuration);
    connect(&m_server, &QTcpServer::pendingConnectionAvailable, this, &FakeBroker::onConnection);
    connect(m_channels, &QWebSocketServer::newConnection, this, [this] {
        auto* channel = m_channels->nextPendingConnection();
        channel->setParent(this);
        eventChannels.append(channel);
        connect(channel, &QWebSocket::disconnected, this,
            [this, channel] { eventChannels.removeAll(channel); });
        Q_EMIT eventsOpened();
    });
    m_server.listen(QHostAddress::LocalHost);
}

FakeBroker::~FakeBroker()
{
    m_server.disconnect(this);
}

QUrl FakeBroker::url() const
{
    return QUrl(QStringLiteral("https://127.0.0.1:%1").arg(m_server.serverPort()));
}

void FakeBroker::stop()
{
    m_server.close();
}

void FakeBroker::tell(const QByteArray& event)
{
    for (auto* channel : std::as_const(eventChannels))
        channel->sendTextMessage(QString::fromUtf8(event));
}

void FakeBroker::dropEventChannels()
{
    const auto channels = std::exchange(eventChannels, {});
    for (auto* channel : channels)
        channel->abort();
}

void FakeBroker::onConnection()
{
    while (m_server.hasPendingConnections()) {
        auto* socket = qobject_cast<QSslSocket*>(m_server.nextPendingConnection());
        ++connections;
        connect(socket, &QSslSocket::readyRead, this, [this, socket] { onReadable(socket); });
        connect(socket, &QSslSocket::disconnected, socket, &QObject::deleteLater);
        onReadable(socket);
    }
}

void FakeBroker::onReadable(QSslSocket* socket)
{
    const QByteArray seen = socket->peek(1 << 20);
    const qsizetype end = seen.indexOf("\r\n\r\n");
    if (end < 0)
        return;
    FakeRequest request;
    const auto lines = seen.left(end).split('\n');
    const auto first = lines.first().trimmed().split(' ');
    request.method = first.value(0);
    request.path = first.value(1);
    for (const QByteArray& line : lines.mid(1)) {
        const qsizetype colon = line.indexOf(':');
        request.headers.insert(line.left(colon).trimmed().toLower(), line.mid(colon + 1).trimmed());
    }
    const qsizetype length = request.headers.value("content-length").toInt();
    if (seen.size() < end + 4 + length)
        return;
    request.body = seen.mid(end + 4, length);
    asked.append(request);
    const FakeReply reply = answer ? answer(request) : FakeReply {};
    if (request.headers.value("upgrade").toLower() == "websocket" && reply.status == 200) {
        socket->disconnect(this);
        m_channels->handleConnection(socket); // reads the request again by itself
        Q_EMIT wasAsked();
        return;
    }
    socket->skip(end + 4 + length);
    switch (reply.kind) {
    case FakeReply::Kind::silent:
        break;
    case FakeReply::Kind::hangUp:
        socket->abort();
        break;
    case FakeReply::Kind::whole:
        socket->write("HTTP/1.1 " + QByteArray::number(reply.status)
            + " Fake\r\nContent-Length: " + QByteArray::number(reply.body.size())
            + "\r\nContent-Type: application/json\r\n" + reply.headers + "\r\n" + reply.body);
        break;
    }
    Q_EMIT wasAsked();
}

}
