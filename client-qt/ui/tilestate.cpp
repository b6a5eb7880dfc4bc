// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/ui/tilestate.h"

#include "client-qt/ui/theme.h"

#include <QCoreApplication>

namespace wardesk::client {

namespace {

TileLook look(Icon shape, QRgb colour, const char* words)
{
    return { shape, QColor::fromRgb(colour), QCoreApplication::translate("TileState", words) };
}

TileLook usual(wire::TileState state)
{
    switch (state) {
    case wire::TileState::available:
        return look(Icon::ready, theme::good, QT_TRANSLATE_NOOP("TileState", "Ready"));
    case wire::TileState::preparing:
        return look(Icon::clock, theme::wait,
            QT_TRANSLATE_NOOP("TileState", "Being prepared, a short wait"));
    case wire::TileState::running:
        return look(
            Icon::play, theme::busy, QT_TRANSLATE_NOOP("TileState", "Your session is running"));
    case wire::TileState::connected:
        return look(
            Icon::screen, theme::busy, QT_TRANSLATE_NOOP("TileState", "Open at another place"));
    case wire::TileState::full:
        return look(Icon::noEntry, theme::bad, QT_TRANSLATE_NOOP("TileState", "All in use"));
    case wire::TileState::unavailable:
        break;
    }
    return look(Icon::problem, theme::bad, QT_TRANSLATE_NOOP("TileState", "Not available"));
}

}

TileLook lookOf(const wire::DesktopTile& tile)
{
    TileLook made = usual(tile.state);
    if (!tile.message.empty()) {
        made.words = QString::fromStdString(tile.message);
        made.words.front() = made.words.front().toUpper();
    }
    return made;
}

}
