// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/api/eventchannel.h"

#include "protocols/wire/codec.h"

#include <QNetworkProxy>
#include <QRandomGenerator>
#include <QSslConfiguration>
#include <QWebSocket>
#include <algorithm>
#include <utility>

namespace wardesk::client {

namespace {

constexpr quint64 maxMessageBytes = 64 * 1024;
/// A cut line must be noticed although nobody sends anything.
constexpr int beatMs = 30'000;

}

EventChannel::EventChannel(
    std::vector<QUrl> addresses, const QSslConfiguration& trust, QObject* parent)
    : QObject(parent)
    , m_addresses(std::move(addresses))
    , m_socket(std::make_unique<QWebSocket>())
{
    m_socket->setSslConfiguration(trust);
    m_socket->setProxy(QNetworkProxy::NoProxy);
    m_socket->setMaxAllowedIncomingMessageSize(maxMessageBytes);
    m_socket->setMaxAllowedIncomingFrameSize(maxMessageBytes);
    m_again.setSingleShot(true);
    connect(&m_again, &QTimer::timeout, this, &EventChannel::connectNow);
    connect(&m_beat, &QTimer::timeout, this, &EventChannel::beat);
    connect(m_socket.get(), &QWebSocket::connected, this, [this] {
        m_failures = 0;
        m_isAnswered = true;
        m_beat.start(beatMs);
        if (std::exchange(m_wasOpen, true))
            Q_EMIT restored();
    });
    // Not disconnected(): a connection that was refused never emits it.
    connect(m_socket.get(), &QWebSocket::stateChanged, this,
        [this](QAbstractSocket::SocketState state) {
            if (state == QAbstractSocket::UnconnectedState)
                onGone();
        });
    connect(m_socket.get(), &QWebSocket::pong, this, [this] { m_isAnswered = true; });
    connect(m_socket.get(), &QWebSocket::textMessageReceived, this, &EventChannel::onText);
}

EventChannel::~EventChannel()
{
    m_socket->disconnect(this);
}

void EventChannel::open(const Secret& token)
{
    m_token = token;
    m_wasOpen = false;
    m_failures = 0;
    connectNow();
}

void EventChannel::close()
{
    m_token = Secret();
    m_again.stop();
    m_beat.stop();
    m_socket->abort();
}

void EventChannel::prefer(std::size_t broker)
{
    if (broker == m_current)
        return;
    m_current = broker;
    if (m_token.isEmpty())
        return;
    if (m_socket->state() == QAbstractSocket::UnconnectedState) {
        m_again.start(0);
        return;
    }
    m_isMoving = true;
    m_socket->abort(); // onGone follows
}

void EventChannel::connectNow()
{
    QNetworkRequest request(m_addresses[m_current]);
    const auto token = m_token.reveal();
    request.setRawHeader("Authorization",
        "Bearer " + QByteArray(token.data(), static_cast<qsizetype>(token.size())));
    m_socket->open(request);
}

void EventChannel::onText(const QString& text)
{
    // A newer broker may know kinds of events that this client does not: skip them.
    if (const auto event = wire::decode<wire::Event>(text.toStdString()))
        Q_EMIT arrived(*event);
}

void EventChannel::onGone()
{
    m_beat.stop();
    if (m_token.isEmpty())
        return;
    if (std::exchange(m_isMoving, false)) {
        m_again.start(0);
        return;
    }
    m_current = (m_current + 1) % m_addresses.size();
    // All of them are asked before the pause grows.
    const int round = m_failures++ / static_cast<int>(m_addresses.size());
    const int pause = std::min(1000 << std::min(round, 5), 30'000);
    // A ward's clients must not come back in the same instant after the broker was restarted.
    m_again.start(pause / 2 + static_cast<int>(QRandomGenerator::global()->bounded(pause)));
}

void EventChannel::beat()
{
    if (!std::exchange(m_isAnswered, false)) {
        m_socket->abort();
        return;
    }
    m_socket->ping();
}

}
