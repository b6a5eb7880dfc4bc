// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client-qt/rdp/rdptarget.h"
#include "protocols/base/error.h"

#include <QCursor>
#include <QImage>
#include <QObject>
#include <QPoint>
#include <QRegion>
#include <memory>

namespace wardesk {

/// One connection to a desktop at a time, and the worker process that speaks RDP for it. Lives in
/// the UI thread.
///
/// A worker is started ahead of need (prewarm) and serves one connection; when that ends the next
/// one is warmed by itself, so that the same object may be opened again and again. image() keeps
/// the last frame after a connection ended or the worker died, until the next one draws.
class RdpSession : public QObject
{
    Q_OBJECT
public:
    enum class State { idle, connecting, connected, closed, failed };
    Q_ENUM(State)
    enum class MouseButton { left, right, middle, back, forward };
    enum class KeyAction { press, release };
    enum class WheelAxis { vertical, horizontal };
    enum LockKey { scrollLock = 1, numLock = 2, capsLock = 4 };
    Q_DECLARE_FLAGS(LockKeys, LockKey)

    /// The worker is found through WARDESK_RDP_WORKER, then beside this program, then in the
    /// libexec folder. Fails with notFound when there is none.
    [[nodiscard]] static Result<std::unique_ptr<RdpSession>> create(QObject* parent = nullptr);
    ~RdpSession() override;

    /// Starts the worker if none waits. Cheap to call twice.
    void prewarm();
    /// Both halves at once.
    void open(const RdpTarget& target);
    /// Connects and checks the certificate while the credential is still on its way. A failed
    /// endpoint is reported through failed(), never thrown at the caller.
    void beginConnect(const RdpEndpoint& endpoint);
    /// Kept until the worker has proved the certificate; no byte of it is handed over before (S3).
    void provideCredential(const QString& account, Secret credential);
    /// Ends the connection (the desktop's session goes on). Ends in State::closed.
    void close();

    [[nodiscard]] State state() const;
    /// The desktop as drawn so far: Format_RGB32 over the memory shared with the worker, device
    /// pixels. A null image before the first connection and after forgetImage().
    [[nodiscard]] const QImage& image() const;
    /// Drops the last frame, so that nobody who comes next can see it.
    void forgetImage();
    [[nodiscard]] bool hasFirstFrame() const;

    /// Asks the desktop for another size (display control channel); frames follow when it agrees.
    void resizeDesktop(QSize devicePixels, double scale);

    /// `scancode` is the RDP one: set 1, with 0x100 for the extended keys (see scancodes.h).
    void sendKey(quint16 scancode, KeyAction action);
    /// For text that no key of the layout makes (input methods).
    void sendText(const QString& text);
    void sendMouseMove(QPoint position);
    void sendMouseButton(QPoint position, MouseButton button, KeyAction action);
    /// In eighths of a degree as Qt counts them (120 is one notch); positive is away from the user
    /// or to the right.
    void sendWheel(QPoint position, int delta, WheelAxis axis);
    void sendLockKeys(LockKeys on);
    void sendCtrlAltDel();
    /// Does nothing unless the endpoint allowed the clipboard.
    void sendClipboardText(const QString& text);
    [[nodiscard]] bool clipboardAllowed() const;

    /// For figures: process id of the worker that serves or waits, 0 if none.
    [[nodiscard]] qint64 workerProcessId() const;

Q_SIGNALS:
    /// A worker waits, with this version of libfreerdp; `h264` when it can decode that.
    void workerReady(const QString& library, bool h264);
    void stateChanged(wardesk::RdpSession::State state);
    /// The socket is connected; the handshake begins.
    void socketConnected();
    /// The certificate was the pinned one; now a credential may go.
    void certificateTrusted();
    /// The whole desktop was drawn once and shows something.
    void firstFrame();
    void frameUpdated(const QRegion& region);
    /// image() has another size.
    void desktopResized(QSize size);
    /// untrusted: not the pinned certificate. wrongCredentials: log-on refused. unavailable:
    /// network or desktop.
    void failed(const wardesk::Error& error);
    /// The worker died or broke its protocol. The state is `failed`; failed() is not emitted
    /// besides.
    void workerCrashed();
    void cursorChanged(const QCursor& cursor);
    /// The desktop moved the pointer by itself (device pixels).
    void cursorMoved(QPoint position);
    void clipboardText(const QString& text);
    void roundTripMs(int milliseconds);

private:
    class Private;
    explicit RdpSession(std::unique_ptr<Private> state, QObject* parent);
    std::unique_ptr<Private> d;
};

}

Q_DECLARE_OPERATORS_FOR_FLAGS(wardesk::RdpSession::LockKeys)
