// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/rdp/cursorfromimage.h"

#include <QImage>
#include <QPixmap>
#include <algorithm>
#include <cmath>

namespace wardesk {

QCursor cursorFromImage(const rdp::CursorImage& image, double scale)
{
    const QImage pixels(
        image.bgra.data(), image.width, image.height, image.width * 4, QImage::Format_ARGB32);
    // An invisible shape is how some servers hide the cursor.
    bool visible = false;
    for (std::size_t i = 3; i < image.bgra.size() && !visible; i += 4)
        visible = image.bgra[i] != 0;
    if (!visible)
        return QCursor(Qt::BlankCursor);
    const double ratio = std::max(scale, 1.0);
    QPixmap pixmap = QPixmap::fromImage(pixels);
    pixmap.setDevicePixelRatio(ratio);
    return QCursor(pixmap, static_cast<int>(std::floor(image.hotX / ratio)),
        static_cast<int>(std::floor(image.hotY / ratio)));
}

}
