// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QSize>
#include <QTimer>
#include <QWidget>
#include <memory>

namespace wardesk {

class RdpSession;
class KeyboardInput;

/// Shows a session's desktop and carries input to it. Does not own the session.
///
/// The desktop is asked to follow the widget's size (in device pixels, after the user stopped
/// dragging); while the sizes differ the picture is drawn unscaled, centred. Old pictures stay,
/// dimmed, under an overlay text.
class DesktopView : public QWidget
{
    Q_OBJECT
public:
    enum class KeyboardGrab { never, whileActive };

    explicit DesktopView(QWidget* parent = nullptr);
    ~DesktopView() override;

    /// The session to show; null for none. Does not draw an old session's frames again.
    void setSession(RdpSession* session);
    [[nodiscard]] RdpSession* session() const;

    /// Dims the last frame and shows this sentence over it ("reconnecting..."); input is not sent
    /// meanwhile. An empty text takes it away.
    void setOverlay(const QString& text);
    [[nodiscard]] QString overlay() const;

    /// Nothing of what was drawn before is shown again, whatever the session still holds, until it
    /// draws new frames.
    void clearScreen();

    /// In full screen, system shortcuts (Alt+Tab, the menu key) go to the desktop too.
    void setKeyboardGrab(KeyboardGrab grab);

    /// What to put into RdpEndpoint: the desktop's size in its own pixels.
    [[nodiscard]] QSize desktopSize() const;
    /// Desktop pixels a unit of the widget. On a screen with a scale of 2 or more each desktop pixel is
    /// drawn as a square of whole screen pixels: xrdp's sessions know one density only, and text of
    /// half the size is not readable. It also costs a quarter of the bytes.
    [[nodiscard]] double desktopScale() const;

public Q_SLOTS:
    void sendCtrlAltDel();

Q_SIGNALS:
    /// The pointer touched the top edge: a full-screen window shows its bar.
    void topEdgeTouched();

protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void keyReleaseEvent(QKeyEvent* event) override;
    void inputMethodEvent(QInputMethodEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    bool focusNextPrevChild(bool next) override;
    void hideEvent(QHideEvent* event) override;

private:
    void onFrame(const QRegion& region);
    void askForSize();
    void sendLockKeys();
    void takeClipboard(const QString& text);
    void offerClipboard();
    [[nodiscard]] bool acceptsInput() const;
    [[nodiscard]] QPoint toDesktop(QPointF position) const;
    [[nodiscard]] QRectF pictureRect() const;
    void sendButton(QMouseEvent* event, bool down);

    RdpSession* m_session = nullptr;
    std::unique_ptr<KeyboardInput> m_keyboard;
    QString m_overlay;
    QTimer m_resizeTimer;
    QPoint m_wheelRest;
    KeyboardGrab m_grab = KeyboardGrab::never;
    bool m_blank = true; ///< nothing of the session's picture may be shown yet
    bool m_takingClipboard = false;
};

}
