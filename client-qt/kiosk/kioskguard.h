// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QObject>
#include <QTimer>

class QWidget;

namespace wardesk::client {

/// Keeps a window on a ward terminal's whole screen: no frame, no closing, no minimising; whatever
/// changes its state, it comes back. Owned by the window. Who may end the program is the system (a
/// signal), not the person.
class KioskGuard : public QObject
{
    Q_OBJECT
public:
    explicit KioskGuard(QWidget* window);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void restore();

    QWidget* m_window;
    QTimer m_restore;
};

}
