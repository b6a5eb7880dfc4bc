// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/rdp/rdpsession.h"

#include "client-qt/rdp/cursorfromimage.h"
#include "client-qt/rdp/firstframe.h"
#include "client-qt/rdp/localkeyboard.h"
#include "client-qt/rdp/scancodes.h"
#include "client-qt/rdp/sharedimage.h"
#include "client-qt/rdp/workerprocess.h"

#include <QNetworkProxy>
#include <QTcpSocket>
#include <QTimer>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <sys/socket.h>

namespace wardesk {

namespace {

/// From the first packet to a session: a desktop that takes longer does not answer.
constexpr std::chrono::seconds connectLimit { 20 };

std::uint16_t coordinate(int value)
{
    return static_cast<std::uint16_t>(std::clamp(value, 0, 65535));
}

std::uint16_t percent(double scale)
{
    return static_cast<std::uint16_t>(std::clamp(std::lround(scale * 100), 100L, 500L));
}

Errc errcFor(rdp::EndReason reason)
{
    switch (reason) {
    case rdp::EndReason::untrusted:
        return Errc::untrusted;
    case rdp::EndReason::wrongCredentials:
        return Errc::wrongCredentials;
    case rdp::EndReason::replaced:
        return Errc::conflict;
    case rdp::EndReason::unavailable:
        return Errc::unavailable;
    case rdp::EndReason::closed:
    case rdp::EndReason::internal:
        break;
    }
    return Errc::internal;
}

}

class RdpSession::Private
{
public:
    explicit Private(QString program)
        : m_program(std::move(program))
    {
    }

    void setState(State state);
    bool warm();
    void connectSocket();
    void onSocketConnected();
    void handOverCredential();
    void onMessage(const rdp::FromWorker& message);
    void onFrame(const rdp::FrameDrawn& frame);
    void onSurface(const rdp::NewSurface& surface);
    void onEnded(const rdp::ConnectionEnded& ended);
    void onDead(const QString& why);
    void fail(Error error);
    void dropConnection();
    void crash();
    void send(const rdp::ToWorker& message);

    RdpSession* q = nullptr;
    QString m_program;
    State m_state = State::idle;
    std::unique_ptr<WorkerProcess> m_worker; ///< warm, or serving
    std::unique_ptr<QTcpSocket> m_socket;
    QTimer m_limit;
    RdpEndpoint m_endpoint;
    QString m_account;
    std::optional<Secret> m_credential;
    bool m_serving = false; ///< m_worker belongs to the connection
    bool m_trusted = false;
    QImage m_image;
    FirstFrame m_firstFrame;
};

Result<std::unique_ptr<RdpSession>> RdpSession::create(QObject* parent)
{
    const Result<QString> program = WorkerProcess::findProgram();
    if (!program)
        return tl::unexpected(program.error());
    return std::unique_ptr<RdpSession>(new RdpSession(std::make_unique<Private>(*program), parent));
}

RdpSession::RdpSession(std::unique_ptr<Private> state, QObject* parent)
    : QObject(parent)
    , d(std::move(state))
{
    d->q = this;
    d->m_limit.setSingleShot(true);
    d->m_limit.setInterval(connectLimit);
    connect(&d->m_limit, &QTimer::timeout, this, [this] {
        d->fail({ Errc::timeout, "the desktop does not answer" });
    });
}

RdpSession::~RdpSession() = default;

void RdpSession::Private::setState(State state)
{
    if (m_state == state)
        return;
    m_state = state;
    Q_EMIT q->stateChanged(state);
}

bool RdpSession::Private::warm()
{
    if (m_worker)
        return true;
    auto worker = WorkerProcess::start(m_program);
    if (!worker)
        return false;
    m_worker = std::move(*worker);
    QObject::connect(m_worker.get(), &WorkerProcess::received, q,
        [this](const rdp::FromWorker& message) { onMessage(message); });
    QObject::connect(
        m_worker.get(), &WorkerProcess::dead, q, [this](const QString& why) { onDead(why); });
    return true;
}

void RdpSession::prewarm()
{
    // Nobody waits for it: a worker that cannot be started is reported when it is needed.
    static_cast<void>(d->warm());
}

void RdpSession::open(const RdpTarget& target)
{
    beginConnect({ .address = target.address,
        .port = target.port,
        .certificateSha256 = target.certificateSha256,
        .size = target.size,
        .scale = target.scale,
        .clipboard = target.clipboard,
        .networkLevelAuthentication = target.networkLevelAuthentication });
    provideCredential(target.account, target.credential);
}

void RdpSession::beginConnect(const RdpEndpoint& endpoint)
{
    if (d->m_serving)
        d->dropConnection();
    d->m_endpoint = endpoint;
    d->m_account.clear();
    d->m_credential.reset();
    d->m_trusted = false;
    d->m_firstFrame.reset();
    d->m_limit.start();
    d->m_serving = true;
    d->setState(State::connecting);
    if (d->m_state != State::connecting)
        return; // somebody closed it on hearing that
    if (!d->warm()) {
        // After the caller has returned, like every other failure.
        QTimer::singleShot(0, this, [this] {
            d->fail({ Errc::internal, "the RDP worker cannot be started" });
        });
        return;
    }
    d->connectSocket();
}

void RdpSession::Private::connectSocket()
{
    m_socket = std::make_unique<QTcpSocket>();
    m_socket->setProxy(QNetworkProxy::NoProxy);
    QObject::connect(m_socket.get(), &QTcpSocket::connected, q, [this] { onSocketConnected(); });
    QObject::connect(
        m_socket.get(), &QTcpSocket::errorOccurred, q,
        [this] {
            fail({ Errc::unavailable,
                "the desktop cannot be reached: " + m_socket->errorString().toStdString() });
        },
        Qt::QueuedConnection);
    m_socket->connectToHost(m_endpoint.address, m_endpoint.port);
}

void RdpSession::Private::onSocketConnected()
{
    // Qt's socket has read nothing yet, because an RDP server waits for the client; from here the
    // copy lives on in the worker.
    rdp::Descriptor copy(
        ::fcntl(static_cast<int>(m_socket->socketDescriptor()), F_DUPFD_CLOEXEC, 3));
    m_socket->disconnect(q);
    m_socket->abort();
    m_socket.release()->deleteLater();
    if (!copy.isValid()) {
        fail({ Errc::internal, "no more open files allowed" });
        return;
    }
    const int on = 1;
    ::setsockopt(copy.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    m_worker->send(rdp::ConnectRequest { .address = m_endpoint.address.toStdString(),
                       .port = m_endpoint.port,
                       .certificateSha256 = m_endpoint.certificateSha256.toStdString(),
                       .width = coordinate(m_endpoint.size.width()),
                       .height = coordinate(m_endpoint.size.height()),
                       .scalePercent = percent(m_endpoint.scale),
                       .keyboardLayout = localKeyboardLayout(),
                       .clipboard = m_endpoint.clipboard,
                       .networkLevelAuthentication = m_endpoint.networkLevelAuthentication },
        std::move(copy));
    Q_EMIT q->socketConnected();
}

void RdpSession::provideCredential(const QString& account, Secret credential)
{
    if (d->m_state != State::connecting)
        return;
    d->m_account = account;
    d->m_credential = std::move(credential);
    d->handOverCredential();
}

void RdpSession::Private::handOverCredential()
{
    if (!m_trusted || !m_credential)
        return;
    send(rdp::CredentialHandover {
        .account = m_account.toStdString(), .credential = std::move(*m_credential) });
    m_credential.reset();
}

void RdpSession::close()
{
    if (!d->m_serving)
        return;
    if (d->m_state == State::connected)
        d->send(rdp::CloseRequest {});
    d->dropConnection();
    d->setState(State::closed);
    QTimer::singleShot(0, this, &RdpSession::prewarm);
}

void RdpSession::Private::dropConnection()
{
    m_limit.stop();
    m_credential.reset();
    if (m_socket) {
        m_socket->disconnect(q);
        m_socket->abort();
        m_socket.release()->deleteLater();
    }
    if (m_serving && m_worker) {
        m_worker->disconnect(q);
        m_worker.release()->abandon(q);
    }
    m_serving = false;
}

void RdpSession::Private::fail(Error error)
{
    if (!m_serving)
        return;
    dropConnection();
    QTimer::singleShot(0, q, &RdpSession::prewarm);
    setState(State::failed);
    Q_EMIT q->failed(error);
}

void RdpSession::Private::crash()
{
    dropConnection();
    QTimer::singleShot(0, q, &RdpSession::prewarm);
    setState(State::failed);
    Q_EMIT q->workerCrashed();
}

void RdpSession::Private::onDead(const QString& why)
{
    Q_UNUSED(why)
    if (m_serving) {
        crash();
    } else {
        // A warm one; not started again until it is needed, so that a broken installation does not
        // spin.
        m_worker->disconnect(q);
        m_worker.release()->abandon(q);
    }
}

void RdpSession::Private::onMessage(const rdp::FromWorker& message)
{
    if (const auto* ready = std::get_if<rdp::WorkerReady>(&message)) {
        if (ready->version != rdp::protocolVersion)
            onDead(QStringLiteral("a worker of another version"));
        else
            Q_EMIT q->workerReady(QString::fromStdString(ready->library), ready->h264);
        return;
    }
    if (!m_serving)
        return;
    if (std::holds_alternative<rdp::CertificateTrusted>(message)) {
        m_trusted = true;
        Q_EMIT q->certificateTrusted();
        if (m_serving)
            handOverCredential();
    } else if (std::holds_alternative<rdp::ConnectionEstablished>(message)) {
        m_limit.stop();
        setState(State::connected);
    } else if (const auto* surface = std::get_if<rdp::NewSurface>(&message)) {
        onSurface(*surface);
    } else if (const auto* frame = std::get_if<rdp::FrameDrawn>(&message)) {
        onFrame(*frame);
    } else if (const auto* image = std::get_if<rdp::CursorImage>(&message)) {
        Q_EMIT q->cursorChanged(cursorFromImage(*image, m_endpoint.scale));
    } else if (const auto* shape = std::get_if<rdp::CursorShape>(&message)) {
        Q_EMIT q->cursorChanged(shape->shape == rdp::CursorShapeName::hidden
                ? QCursor(Qt::BlankCursor)
                : QCursor(Qt::ArrowCursor));
    } else if (const auto* moved = std::get_if<rdp::CursorMoved>(&message)) {
        Q_EMIT q->cursorMoved({ moved->x, moved->y });
    } else if (const auto* content = std::get_if<rdp::ClipboardContent>(&message)) {
        if (m_endpoint.clipboard)
            Q_EMIT q->clipboardText(QString::fromStdString(content->text));
    } else if (const auto* time = std::get_if<rdp::RoundTrip>(&message)) {
        Q_EMIT q->roundTripMs(
            static_cast<int>(std::min<std::uint32_t>(time->milliseconds, 60'000)));
    } else if (const auto* ended = std::get_if<rdp::ConnectionEnded>(&message)) {
        onEnded(*ended);
    }
}

void RdpSession::Private::onSurface(const rdp::NewSurface& surface)
{
    Result<QImage> image = mapSharedImage(surface, m_worker->takeDescriptor());
    if (!image) {
        crash();
        return;
    }
    m_image = std::move(*image);
    Q_EMIT q->desktopResized(m_image.size());
}

void RdpSession::Private::onFrame(const rdp::FrameDrawn& frame)
{
    // At once: while this thread paints it reads no messages, and that holds the worker back.
    send(rdp::FrameAcknowledged { frame.sequence });
    QRegion region;
    for (const rdp::Rect& rect : frame.rects)
        region += QRect(rect.x, rect.y, rect.width, rect.height);
    region &= m_image.rect();
    if (region.isEmpty())
        return;
    const bool first = m_firstFrame.completedBy(m_image, region,
        frame.bySession ? FirstFrame::Painter::session : FirstFrame::Painter::server);
    Q_EMIT q->frameUpdated(region);
    if (first && m_serving)
        Q_EMIT q->firstFrame();
}

void RdpSession::Private::onEnded(const rdp::ConnectionEnded& ended)
{
    if (ended.reason != rdp::EndReason::closed) {
        fail({ errcFor(ended.reason), ended.detail });
        return;
    }
    dropConnection();
    QTimer::singleShot(0, q, &RdpSession::prewarm);
    setState(State::closed);
}

void RdpSession::Private::send(const rdp::ToWorker& message)
{
    if (m_serving && m_worker)
        m_worker->send(message);
}

RdpSession::State RdpSession::state() const
{
    return d->m_state;
}

const QImage& RdpSession::image() const
{
    return d->m_image;
}

void RdpSession::forgetImage()
{
    // Frames that still come for it have nothing to be drawn on; only a new picture brings one.
    d->m_image = QImage();
    d->m_firstFrame.reset();
}

bool RdpSession::hasFirstFrame() const
{
    return d->m_firstFrame.isComplete();
}

void RdpSession::resizeDesktop(QSize devicePixels, double scale)
{
    if (d->m_state != State::connected || devicePixels.isEmpty())
        return;
    constexpr int largest = static_cast<int>(rdp::maximumSide);
    d->m_endpoint.scale = scale;
    d->send(rdp::ResizeRequest { .width = coordinate(std::min(devicePixels.width(), largest)),
        .height = coordinate(std::min(devicePixels.height(), largest)),
        .scalePercent = percent(scale) });
}

void RdpSession::sendKey(quint16 scancode, KeyAction action)
{
    if (d->m_state == State::connected)
        d->send(rdp::KeyEvent { scancode, action == KeyAction::press });
}

void RdpSession::sendText(const QString& text)
{
    if (d->m_state != State::connected)
        return;
    for (const QChar unit : text)
        d->send(rdp::TextUnit { unit.unicode() });
}

void RdpSession::sendMouseMove(QPoint position)
{
    if (d->m_state == State::connected)
        d->send(rdp::PointerMove { coordinate(position.x()), coordinate(position.y()) });
}

void RdpSession::sendMouseButton(QPoint position, MouseButton button, KeyAction action)
{
    const auto name = [&] {
        switch (button) {
        case MouseButton::left:
            return rdp::PointerButtonName::left;
        case MouseButton::right:
            return rdp::PointerButtonName::right;
        case MouseButton::middle:
            return rdp::PointerButtonName::middle;
        case MouseButton::back:
            return rdp::PointerButtonName::back;
        case MouseButton::forward:
            break;
        }
        return rdp::PointerButtonName::forward;
    }();
    if (d->m_state == State::connected)
        d->send(rdp::PointerButton { .x = coordinate(position.x()),
            .y = coordinate(position.y()),
            .button = name,
            .down = action == KeyAction::press });
}

void RdpSession::sendWheel(QPoint position, int delta, WheelAxis axis)
{
    if (d->m_state == State::connected)
        d->send(rdp::PointerWheel { .x = coordinate(position.x()),
            .y = coordinate(position.y()),
            .delta = static_cast<std::int16_t>(std::clamp(delta, -255, 255)),
            .horizontal = axis == WheelAxis::horizontal });
}

void RdpSession::sendLockKeys(LockKeys on)
{
    if (d->m_state == State::connected)
        d->send(rdp::LockKeyState { static_cast<std::uint8_t>(on.toInt() & 7) });
}

void RdpSession::sendCtrlAltDel()
{
    for (const std::uint16_t key :
        { rdp::scancodeControlLeft, rdp::scancodeAltLeft, rdp::scancodeDelete })
        sendKey(key, KeyAction::press);
    for (const std::uint16_t key :
        { rdp::scancodeDelete, rdp::scancodeAltLeft, rdp::scancodeControlLeft })
        sendKey(key, KeyAction::release);
}

void RdpSession::sendClipboardText(const QString& text)
{
    std::string utf8 = text.toStdString();
    if (d->m_state == State::connected && d->m_endpoint.clipboard
        && utf8.size() <= rdp::maximumClipboard)
        d->send(rdp::ClipboardContent { std::move(utf8) });
}

bool RdpSession::clipboardAllowed() const
{
    return d->m_serving && d->m_endpoint.clipboard;
}

qint64 RdpSession::workerProcessId() const
{
    return d->m_worker ? d->m_worker->processId() : 0;
}

}
