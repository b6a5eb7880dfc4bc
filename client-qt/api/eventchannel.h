// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/secret.h"
#include "protocols/wire/clientmessages.h"

#include <QNetworkRequest>
#include <QObject>
#include <QTimer>
#include <QUrl>
#include <memory>
#include <vector>

class QSslConfiguration;
class QWebSocket;

namespace wardesk::client {

/// The broker's events (GET /api/v1/events). Comes back by itself, with growing pauses, until it is
/// closed: a desktop on the screen does not need it (R8). Of several brokers any one will do.
class EventChannel : public QObject
{
    Q_OBJECT
public:
    EventChannel(
        std::vector<QUrl> addresses, const QSslConfiguration& trust, QObject* parent = nullptr);
    ~EventChannel() override;

    void open(const Secret& token);
    void close();
    /// That broker answers, so go there; the one that is connected may be standing still.
    void prefer(std::size_t broker);

Q_SIGNALS:
    void arrived(const wardesk::wire::Event& event);
    /// Open again after a gap: what was told in between is lost, so look at everything afresh.
    void restored();

private:
    void connectNow();
    void onText(const QString& text);
    void onGone();
    void beat();

    std::vector<QUrl> m_addresses;
    std::size_t m_current = 0;
    bool m_isMoving = false;
    Secret m_token;
    std::unique_ptr<QWebSocket> m_socket;
    QTimer m_again;
    QTimer m_beat;
    int m_failures = 0;
    bool m_wasOpen = false;
    bool m_isAnswered = true;
};

}
