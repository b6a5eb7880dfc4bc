// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "selfsigned.h"

#include <QByteArray>
#include <QList>
#include <QMap>
#include <QObject>
#include <QSslServer>
#include <QUrl>
#include <functional>

class QSslSocket;
class QWebSocket;
class QWebSocketServer;

namespace wardesk::testing {

struct FakeRequest
{
    QByteArray method;
    QByteArray path;
    QMap<QByteArray, QByteArray> headers; ///< names in lower case
    QByteArray body;
};

struct FakeReply
{
    int status = 200;
    QByteArray body = "{}";
    QByteArray headers = {}; ///< further lines, each with its end
    enum class Kind { whole, silent, hangUp } kind = Kind::whole;
};

/// A small HTTPS server on loopback that answers what the test says and remembers what it was
/// asked.
class FakeBroker : public QObject
{
    Q_OBJECT
public:
    explicit FakeBroker(SelfSigned identity = makeSelfSigned());
    ~FakeBroker() override;

    [[nodiscard]] QUrl url() const;
    [[nodiscard]] QByteArray authority() const { return m_identity.certificate; }
    void stop();

    std::function<FakeReply(const FakeRequest&)> answer; ///< unset: 200 {}
    QList<FakeRequest> asked;
    int connections = 0; ///< that finished their handshake
    QList<QWebSocket*> eventChannels;
    void tell(const QByteArray& event);
    void dropEventChannels();

Q_SIGNALS:
    void wasAsked();
    void eventsOpened();

private:
    void onConnection();
    void onReadable(QSslSocket* socket);

    SelfSigned m_identity;
    QSslServer m_server;
    QWebSocketServer* m_channels;
};

}
