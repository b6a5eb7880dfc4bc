// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client-qt/ui/icons.h"
#include "protocols/wire/clientmessages.h"

#include <QColor>
#include <QString>

namespace wardesk::client {

/// How a tile's state looks: words, shape and colour together, so that none of them is needed
/// alone.
struct TileLook
{
    Icon shape;
    QColor colour;
    QString words;
};

[[nodiscard]] TileLook lookOf(const wire::DesktopTile& tile);

}
