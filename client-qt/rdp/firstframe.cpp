// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/rdp/firstframe.h"

namespace wardesk {

void FirstFrame::reset()
{
    m_drawn = {};
    m_complete = false;
}

bool FirstFrame::completedBy(const QImage& image, const QRegion& drawn, Painter painter)
{
    if (m_complete)
        return false;
    m_drawn += drawn;
    const QRegion missing = QRegion(image.rect()) - m_drawn;
    m_complete = painter == Painter::session && !image.isNull() && missing.isEmpty()
        && showsSomething(image);
    return m_complete;
}

bool FirstFrame::showsSomething(const QImage& image)
{
    // A line in eight is enough for anything a person would see.
    constexpr int step = 8;
    const auto colour = [&](int x, int y) {
        return reinterpret_cast<const QRgb*>(image.constScanLine(y))[x] & 0xffffffu;
    };
    const QRgb first = colour(0, 0);
    for (int y = 0; y < image.height(); y += step) {
        for (int x = 0; x < image.width(); ++x) {
            if (colour(x, y) != first)
                return true;
        }
    }
    return false;
}

}
