// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/rdp/desktopview.h"

#include "client-qt/rdp/keyboardinput.h"
#include "client-qt/rdp/localkeyboard.h"
#include "client-qt/rdp/rdpsession.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QInputMethodEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPaintEvent>
#include <QPainter>
#include <QWheelEvent>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

namespace wardesk {

namespace {

constexpr int notch = 120;
/// While a window is being dragged it changes many times a second; each size costs the desktop a
/// whole new screen.
constexpr std::chrono::milliseconds resizePause { 150 };

std::optional<RdpSession::MouseButton> buttonOf(Qt::MouseButton button)
{
    if (button == Qt::LeftButton)
        return RdpSession::MouseButton::left;
    if (button == Qt::RightButton)
        return RdpSession::MouseButton::right;
    if (button == Qt::MiddleButton)
        return RdpSession::MouseButton::middle;
    if (button == Qt::BackButton)
        return RdpSession::MouseButton::back;
    if (button == Qt::ForwardButton)
        return RdpSession::MouseButton::forward;
    return std::nullopt;
}

}

DesktopView::DesktopView(QWidget* parent)
    : QWidget(parent)
    , m_keyboard(std::make_unique<KeyboardInput>())
{
    setAttribute(Qt::WA_OpaquePaintEvent);
    setAttribute(Qt::WA_NoSystemBackground);
    // Dead keys are the desktop's business: with input methods on, the local one would swallow
    // them.
    setAttribute(Qt::WA_InputMethodEnabled, false);
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    m_resizeTimer.setSingleShot(true);
    m_resizeTimer.setInterval(resizePause);
    connect(&m_resizeTimer, &QTimer::timeout, this, &DesktopView::askForSize);
    connect(
        QGuiApplication::clipboard(), &QClipboard::dataChanged, this, &DesktopView::offerClipboard);
}

DesktopView::~DesktopView() = default;

void DesktopView::setSession(RdpSession* session)
{
    if (m_session != nullptr) {
        m_keyboard->releaseAll(*m_session);
        m_session->disconnect(this);
    }
    m_session = session;
    m_blank = true;
    unsetCursor();
    update();
    if (session == nullptr)
        return;
    connect(session, &RdpSession::frameUpdated, this, &DesktopView::onFrame);
    connect(session, &RdpSession::desktopResized, this, qOverload<>(&QWidget::update));
    connect(session, &RdpSession::cursorChanged, this,
        [this](const QCursor& cursor) { setCursor(cursor); });
    connect(session, &RdpSession::clipboardText, this, &DesktopView::takeClipboard);
    connect(session, &QObject::destroyed, this, [this] {
        m_session = nullptr;
        update();
    });
    connect(session, &RdpSession::stateChanged, this, [this](RdpSession::State state) {
        m_keyboard->forget();
        if (state != RdpSession::State::connected) {
            unsetCursor();
            return;
        }
        askForSize(); // the window may have changed while connecting
        if (hasFocus()) {
            sendLockKeys();
            offerClipboard();
        }
    });
}

RdpSession* DesktopView::session() const
{
    return m_session;
}

void DesktopView::setOverlay(const QString& text)
{
    if (m_overlay == text)
        return;
    if (m_session != nullptr && m_overlay.isEmpty())
        m_keyboard->releaseAll(*m_session);
    m_overlay = text;
    update();
}

QString DesktopView::overlay() const
{
    return m_overlay;
}

void DesktopView::clearScreen()
{
    m_blank = true;
    if (m_session != nullptr)
        m_session->forgetImage();
    unsetCursor();
    // Not when Qt finds the time: the old picture must be gone from the screen when this returns.
    repaint();
}

void DesktopView::setKeyboardGrab(KeyboardGrab grab)
{
    m_grab = grab;
    if (grab == KeyboardGrab::whileActive && hasFocus())
        grabKeyboard();
    else if (grab == KeyboardGrab::never && keyboardGrabber() == this)
        releaseKeyboard();
}

double DesktopView::desktopScale() const
{
    const double ratio = devicePixelRatioF();
    return ratio / std::max(1.0, std::floor(ratio + 0.01));
}

QSize DesktopView::desktopSize() const
{
    const double ratio = desktopScale();
    const int pixelWidth = static_cast<int>(std::lround(width() * ratio));
    const int pixelHeight = static_cast<int>(std::lround(height() * ratio));
    // MS-RDPEDISP: an even width, both sides 200 to 8192.
    return { std::clamp(pixelWidth & ~1, 200, 8192), std::clamp(pixelHeight, 200, 8192) };
}

void DesktopView::sendCtrlAltDel()
{
    if (acceptsInput())
        m_session->sendCtrlAltDel();
}

bool DesktopView::event(QEvent* event)
{
    // A shortcut of the window would otherwise win over the key that the desktop is meant to get.
    if (event->type() == QEvent::ShortcutOverride && acceptsInput()) {
        event->accept();
        return true;
    }
    if (event->type() == QEvent::ScreenChangeInternal)
        m_resizeTimer.start(); // the other screen may have another scale
    return QWidget::event(event);
}

QRectF DesktopView::pictureRect() const
{
    const double ratio = desktopScale();
    const QSizeF picture = QSizeF(m_session->image().size()) / ratio;
    // Whole device pixels, so that no pixel is blended with its neighbour.
    const auto centre = [&](double outer, double inner) {
        return std::max(0.0, std::floor((outer - inner) / 2 * ratio) / ratio);
    };
    return { QPointF(centre(width(), picture.width()), centre(height(), picture.height())),
        picture };
}

void DesktopView::onFrame(const QRegion& region)
{
    m_blank = false;
    const QRectF picture = pictureRect();
    const double ratio = desktopScale();
    QRegion dirty;
    for (const QRect& rect : region) {
        dirty += QRectF(
            picture.topLeft() + QPointF(rect.topLeft()) / ratio, QSizeF(rect.size()) / ratio)
                     .toAlignedRect();
    }
    update(dirty);
}

void DesktopView::paintEvent(QPaintEvent* event)
{
    QPainter painter(this);
    const bool hasPicture = !m_blank && m_session != nullptr && !m_session->image().isNull();
    QRegion background = event->region();
    if (hasPicture) {
        const QRectF picture = pictureRect();
        const double ratio = desktopScale();
        const QImage& image = m_session->image();
        const QRegion covered = event->region() & picture.toAlignedRect();
        background -= QRegion(QRect(picture.topLeft().toPoint(), picture.size().toSize()));
        for (const QRect& rect : covered) {
            const QRect source = QRectF((QPointF(rect.topLeft()) - picture.topLeft()) * ratio,
                                     QSizeF(rect.size()) * ratio)
                                     .toAlignedRect()
                & image.rect();
            const QRectF target(picture.topLeft() + QPointF(source.topLeft()) / ratio,
                QSizeF(source.size()) / ratio);
            painter.drawImage(target, image, source);
        }
    }
    for (const QRect& rect : background)
        painter.fillRect(rect, Qt::black);
    if (m_overlay.isEmpty())
        return;
    painter.fillRect(event->rect(), QColor(0, 0, 0, 160));
    QFont larger = font();
    larger.setPointSizeF(larger.pointSizeF() * 1.6);
    painter.setFont(larger);
    painter.setPen(Qt::white);
    painter.drawText(
        rect().adjusted(24, 24, -24, -24), Qt::AlignCenter | Qt::TextWordWrap, m_overlay);
}

void DesktopView::resizeEvent(QResizeEvent*)
{
    m_resizeTimer.start();
    update();
}

void DesktopView::askForSize()
{
    if (m_session != nullptr && m_session->state() == RdpSession::State::connected
        && m_session->image().size() != desktopSize())
        m_session->resizeDesktop(desktopSize(), desktopScale());
}

bool DesktopView::acceptsInput() const
{
    return m_session != nullptr && m_overlay.isEmpty()
        && m_session->state() == RdpSession::State::connected;
}

QPoint DesktopView::toDesktop(QPointF position) const
{
    const QPointF pixels = (position - pictureRect().topLeft()) * desktopScale();
    const QSize size = m_session->image().size();
    return { std::clamp(static_cast<int>(pixels.x()), 0, std::max(0, size.width() - 1)),
        std::clamp(static_cast<int>(pixels.y()), 0, std::max(0, size.height() - 1)) };
}

void DesktopView::mouseMoveEvent(QMouseEvent* event)
{
    if (event->position().y() < 1)
        Q_EMIT topEdgeTouched();
    if (acceptsInput())
        m_session->sendMouseMove(toDesktop(event->position()));
}

void DesktopView::sendButton(QMouseEvent* event, bool down)
{
    const auto button = buttonOf(event->button());
    if (acceptsInput() && button)
        m_session->sendMouseButton(toDesktop(event->position()), *button,
            down ? RdpSession::KeyAction::press : RdpSession::KeyAction::release);
}

void DesktopView::mousePressEvent(QMouseEvent* event)
{
    sendButton(event, true);
}

void DesktopView::mouseReleaseEvent(QMouseEvent* event)
{
    sendButton(event, false);
}

// The desktop makes its own double clicks of two presses.
void DesktopView::mouseDoubleClickEvent(QMouseEvent* event)
{
    sendButton(event, true);
}

void DesktopView::wheelEvent(QWheelEvent* event)
{
    event->accept();
    if (!acceptsInput())
        return;
    // Whole notches only: xrdp scrolls a line for each event, however small the turn was.
    m_wheelRest += event->angleDelta();
    const QPoint position = toDesktop(event->position());
    const auto drain = [&](int rest, RdpSession::WheelAxis axis, int sign) {
        while (std::abs(rest) >= notch) {
            const int step = rest > 0 ? notch : -notch;
            m_session->sendWheel(position, sign * step, axis);
            rest -= step;
        }
        return rest;
    };
    m_wheelRest.setY(drain(m_wheelRest.y(), RdpSession::WheelAxis::vertical, 1));
    // Qt counts to the left, RDP to the right.
    m_wheelRest.setX(drain(m_wheelRest.x(), RdpSession::WheelAxis::horizontal, -1));
}

void DesktopView::keyPressEvent(QKeyEvent* event)
{
    event->accept();
    if (acceptsInput())
        m_keyboard->press(*event, *m_session);
}

void DesktopView::keyReleaseEvent(QKeyEvent* event)
{
    event->accept();
    if (m_session != nullptr)
        m_keyboard->release(*event, *m_session);
}

void DesktopView::inputMethodEvent(QInputMethodEvent* event)
{
    event->accept();
    if (acceptsInput())
        m_session->sendText(event->commitString());
}

void DesktopView::focusInEvent(QFocusEvent* event)
{
    QWidget::focusInEvent(event);
    if (m_grab == KeyboardGrab::whileActive)
        grabKeyboard();
    sendLockKeys();
    offerClipboard();
}

void DesktopView::focusOutEvent(QFocusEvent* event)
{
    if (m_session != nullptr)
        m_keyboard->releaseAll(*m_session);
    if (keyboardGrabber() == this)
        releaseKeyboard();
    QWidget::focusOutEvent(event);
}

bool DesktopView::focusNextPrevChild(bool)
{
    return false; // Tab belongs to the desktop
}

void DesktopView::hideEvent(QHideEvent* event)
{
    if (m_session != nullptr)
        m_keyboard->releaseAll(*m_session);
    QWidget::hideEvent(event);
}

void DesktopView::sendLockKeys()
{
    if (!acceptsInput())
        return;
    if (const auto keys = localLockKeys())
        m_session->sendLockKeys(*keys);
}

void DesktopView::takeClipboard(const QString& text)
{
    m_takingClipboard = true;
    QGuiApplication::clipboard()->setText(text);
    m_takingClipboard = false;
}

void DesktopView::offerClipboard()
{
    // Not even looked at unless the pool's policy allows it (S6) and somebody works here.
    if (m_takingClipboard || !acceptsInput() || !hasFocus() || !m_session->clipboardAllowed())
        return;
    const QString text = QGuiApplication::clipboard()->text();
    if (!text.isEmpty())
        m_session->sendClipboardText(text);
}

}
