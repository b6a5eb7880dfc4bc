// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QColor>
#include <QIcon>
#include <QRectF>

class QPainter;

/// Icons drawn in code: sharp at every scale, no file and no font to install.
namespace wardesk::client {

enum class Icon {
    desktop,
    disconnect,
    logoff,
    restart,
    fullScreen,
    window,
    keyboard,
    cross,
    capsLock,
    information,
    problem,
    ready,
    clock,
    play,
    screen,
    noEntry
};

void drawIcon(QPainter& painter, Icon icon, const QRectF& where, const QColor& colour);
[[nodiscard]] QIcon makeIcon(Icon icon, const QColor& colour);
/// The product's mark: a screen with a pulse.
void drawLogo(QPainter& painter, const QRectF& where);
[[nodiscard]] QIcon makeLogo();

}
