// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/app/controlsocket.h"

#include "client-qt/app/conductor.h"
#include "client-qt/app/timings.h"
#include "client-qt/ui/desktoppage.h"
#include "client-qt/ui/mainwindow.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLocalSocket>
#include <QPixmap>
#include <map>

namespace wardesk::client {

namespace {

constexpr qint64 maxLine = 64 * 1024;

QString nameOf(Stage stage)
{
    switch (stage) {
    case Stage::signedOut:
        return QStringLiteral("signedOut");
    case Stage::signingIn:
        return QStringLiteral("signingIn");
    case Stage::loading:
        return QStringLiteral("loading");
    case Stage::choosing:
        return QStringLiteral("choosing");
    case Stage::connecting:
        return QStringLiteral("connecting");
    case Stage::showing:
        return QStringLiteral("showing");
    case Stage::reconnecting:
        return QStringLiteral("reconnecting");
    case Stage::leaving:
        return QStringLiteral("leaving");
    case Stage::ended:
        return QStringLiteral("ended");
    case Stage::moved:
        return QStringLiteral("moved");
    }
    return {};
}

QJsonObject refused(const QString& why)
{
    return { { QStringLiteral("ok"), false }, { QStringLiteral("error"), why } };
}

std::string textOf(const QJsonObject& command, const char* name)
{
    return command.value(QLatin1String(name)).toString().toStdString();
}

using Make = FlowEvent (*)(const QJsonObject&);

const std::map<QString, Make>& simpleCommands()
{
    static const std::map<QString, Make> known {
        { QStringLiteral("signIn"),
            [](const QJsonObject& command) -> FlowEvent {
                return SignInRequested { textOf(command, "user"),
                    Secret(textOf(command, "password")) };
            } },
        { QStringLiteral("choose"),
            [](const QJsonObject& command) -> FlowEvent {
                return DesktopChosen { textOf(command, "pool") };
            } },
        { QStringLiteral("refresh"),
            [](const QJsonObject&) -> FlowEvent { return RefreshRequested {}; } },
        { QStringLiteral("cancel"),
            [](const QJsonObject&) -> FlowEvent { return CancelRequested {}; } },
        { QStringLiteral("disconnect"),
            [](const QJsonObject&) -> FlowEvent { return DisconnectRequested {}; } },
        { QStringLiteral("logoff"),
            [](const QJsonObject&) -> FlowEvent { return LogoffRequested {}; } },
        { QStringLiteral("restart"),
            [](const QJsonObject&) -> FlowEvent { return RestartRequested {}; } },
        { QStringLiteral("signOut"),
            [](const QJsonObject&) -> FlowEvent { return SignOutRequested {}; } },
        { QStringLiteral("back"),
            [](const QJsonObject&) -> FlowEvent { return BackRequested {}; } },
        { QStringLiteral("reopen"),
            [](const QJsonObject&) -> FlowEvent { return ReopenRequested {}; } },
    };
    return known;
}

}

Result<std::unique_ptr<ControlSocket>> ControlSocket::create(
    const QString& path, Conductor& conductor, MainWindow& window)
{
    std::unique_ptr<ControlSocket> made(new ControlSocket(conductor, window));
    QLocalSocket probe;
    probe.connectToServer(path);
    if (probe.waitForConnected(100))
        return failure(
            Errc::conflict, "--control " + path.toStdString() + ": another program listens there");
    QLocalServer::removeServer(path); // left behind by one that was killed
    if (!made->m_server.listen(path))
        return failure(Errc::unavailable,
            "--control " + path.toStdString() + ": " + made->m_server.errorString().toStdString());
    return made;
}

ControlSocket::ControlSocket(Conductor& conductor, MainWindow& window)
    : m_conductor(conductor)
    , m_window(window)
{
    m_server.setSocketOptions(QLocalServer::UserAccessOption);
    connect(&m_server, &QLocalServer::newConnection, this, &ControlSocket::onConnection);
    connect(&m_conductor, &Conductor::changed, this, &ControlSocket::settle);
    m_patience.setSingleShot(true);
    connect(&m_patience, &QTimer::timeout, this, &ControlSocket::settle);
}

ControlSocket::~ControlSocket() = default;

void ControlSocket::onConnection()
{
    while (auto* socket = m_server.nextPendingConnection()) {
        connect(socket, &QLocalSocket::readyRead, this, [this, socket] { onReadable(socket); });
        connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
    }
}

void ControlSocket::onReadable(QLocalSocket* socket)
{
    while (socket->canReadLine()) {
        const auto document = QJsonDocument::fromJson(socket->readLine(maxLine));
        if (!document.isObject()) {
            answer(socket, refused(QStringLiteral("a JSON object is expected")));
            continue;
        }
        const QJsonObject command = document.object();
        if (command.value(QLatin1String("do")) == QLatin1String("wait"))
            wait(socket, command);
        else
            answer(socket, obey(command));
    }
    if (socket->bytesAvailable() > maxLine)
        socket->abort();
}

QJsonObject ControlSocket::obey(const QJsonObject& command)
{
    const QString what = command.value(QLatin1String("do")).toString();
    if (what == QLatin1String("grab"))
        return grab(command);
    if (what == QLatin1String("resize"))
        m_window.resize(command.value(QLatin1String("width")).toInt(),
            command.value(QLatin1String("height")).toInt());
    else if (what == QLatin1String("fullScreen"))
        m_window.toggleFullScreen();
    else if (what == QLatin1String("showBar"))
        m_window.desktopPage()->showBar();
    else if (what == QLatin1String("quit"))
        m_conductor.finish();
    else if (const auto known = simpleCommands().find(what); known != simpleCommands().end())
        m_conductor.handle(known->second(command));
    else if (what != QLatin1String("state"))
        return refused(QStringLiteral("there is no command '%1'").arg(what));
    return describeState();
}

QJsonObject ControlSocket::grab(const QJsonObject& command)
{
    const QString file = command.value(QLatin1String("file")).toString();
    QWidget* what = &m_window;
    if (command.value(QLatin1String("what")) == QLatin1String("desktop"))
        what = m_conductor.desktop() != nullptr ? m_conductor.desktop()->view() : nullptr;
    if (what == nullptr)
        return refused(QStringLiteral("there is no desktop"));
    if (file.isEmpty() || !what->grab().save(file, "PNG"))
        return refused(QStringLiteral("'%1' cannot be written").arg(file));
    return describeState();
}

QJsonObject ControlSocket::describeState() const
{
    const FlowState& state = m_conductor.state();
    QJsonArray tiles;
    for (const auto& tile : state.tiles)
        tiles.append(QJsonObject { { QStringLiteral("pool"), QString::fromStdString(tile.pool) },
            { QStringLiteral("name"), QString::fromStdString(tile.name) },
            { QStringLiteral("state"),
                QLatin1String(boost::describe::enum_to_string(tile.state, "")) } });
    const auto* desktop = m_conductor.desktop();
    return { { QStringLiteral("ok"), true }, { QStringLiteral("stage"), nameOf(state.stage) },
        { QStringLiteral("user"), QString::fromStdString(state.user) },
        { QStringLiteral("desktop"), QString::fromStdString(state.poolName) },
        { QStringLiteral("lease"), QString::fromStdString(state.lease) },
        { QStringLiteral("words"), m_window.visibleText() }, { QStringLiteral("tiles"), tiles },
        { QStringLiteral("worker"), desktop != nullptr ? desktop->workerProcessId() : 0 } };
}

void ControlSocket::wait(QLocalSocket* socket, const QJsonObject& command)
{
    const int patience = command.value(QLatin1String("timeoutMs")).toInt(30'000);
    m_waiting.push_back({ socket, command.value(QLatin1String("stage")).toString(),
        static_cast<qint64>(Timings::nowMs()) + patience });
    settle();
}

void ControlSocket::settle()
{
    const auto now = static_cast<qint64>(Timings::nowMs());
    const QJsonObject state = describeState();
    qint64 next = -1;
    std::erase_if(m_waiting, [&](const Waiting& waiting) {
        if (waiting.socket.isNull())
            return true;
        if (waiting.stage == state.value(QLatin1String("stage")).toString()) {
            answer(waiting.socket, state);
            return true;
        }
        if (now >= waiting.deadline) {
            QJsonObject late = state;
            late.insert(QStringLiteral("ok"), false);
            late.insert(QStringLiteral("error"), QStringLiteral("not reached in time"));
            answer(waiting.socket, late);
            return true;
        }
        next = next < 0 ? waiting.deadline : std::min(next, waiting.deadline);
        return false;
    });
    if (next >= 0)
        m_patience.start(static_cast<int>(next - now) + 1);
}

void ControlSocket::answer(QLocalSocket* socket, const QJsonObject& object)
{
    socket->write(QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n');
    socket->flush();
}

}
