// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/kiosk/kioskguard.h"

#include <QCloseEvent>
#include <QWidget>

namespace wardesk::client {

KioskGuard::KioskGuard(QWidget* window)
    : QObject(window)
    , m_window(window)
{
    m_window->setWindowFlags(Qt::Window | Qt::FramelessWindowHint);
    m_window->setWindowState(Qt::WindowFullScreen);
    m_window->setContextMenuPolicy(Qt::NoContextMenu);
    m_window->installEventFilter(this);
    // Later, and once for a burst: a window manager that minimises in answer to us must not make a
    // loop.
    m_restore.setSingleShot(true);
    m_restore.setInterval(100);
    connect(&m_restore, &QTimer::timeout, this, &KioskGuard::restore);
}

bool KioskGuard::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_window) {
        if (event->type() == QEvent::Close) {
            event->ignore();
            return true;
        }
        if (event->type() == QEvent::WindowStateChange
            && (!m_window->isFullScreen() || m_window->isMinimized()))
            m_restore.start();
    }
    return QObject::eventFilter(watched, event);
}

void KioskGuard::restore()
{
    m_window->setWindowState(Qt::WindowFullScreen);
    m_window->show();
    m_window->raise();
    m_window->activateWindow();
}

}
