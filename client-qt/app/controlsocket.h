// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"

#include <QByteArray>
#include <QLocalServer>
#include <QObject>
#include <QPointer>
#include <QString>
#include <QTimer>
#include <memory>
#include <vector>

class QJsonObject;
class QLocalSocket;

namespace wardesk::client {

class Conductor;
class MainWindow;

/// Commands for tests and benchmarks: a line of JSON each, a line of JSON as the answer. Exists
/// only with --control; the socket belongs to the same user. The manual page lists the commands.
class ControlSocket : public QObject
{
    Q_OBJECT
public:
    [[nodiscard]] static Result<std::unique_ptr<ControlSocket>> create(
        const QString& path, Conductor& conductor, MainWindow& window);
    ~ControlSocket() override;

private:
    struct Waiting
    {
        QPointer<QLocalSocket> socket;
        QString stage;
        qint64 deadline = 0;
    };

    ControlSocket(Conductor& conductor, MainWindow& window);
    void onConnection();
    void onReadable(QLocalSocket* socket);
    [[nodiscard]] QJsonObject obey(const QJsonObject& command);
    [[nodiscard]] QJsonObject grab(const QJsonObject& command);
    [[nodiscard]] QJsonObject describeState() const;
    void wait(QLocalSocket* socket, const QJsonObject& command);
    void settle();
    static void answer(QLocalSocket* socket, const QJsonObject& object);

    Conductor& m_conductor;
    MainWindow& m_window;
    QLocalServer m_server;
    std::vector<Waiting> m_waiting;
    QTimer m_patience;
};

}
