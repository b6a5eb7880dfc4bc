// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/rdp/dirtyregion.h"

#include <algorithm>

namespace wardesk::rdp {

namespace {

bool contains(const Rect& outer, const Rect& inner)
{
    return inner.x >= outer.x && inner.y >= outer.y
        && inner.x + inner.width <= outer.x + outer.width
        && inner.y + inner.height <= outer.y + outer.height;
}

}

void DirtyRegion::reset(std::uint16_t width, std::uint16_t height)
{
    m_rects.clear();
    m_width = width;
    m_height = height;
}

void DirtyRegion::add(std::int32_t x, std::int32_t y, std::int32_t width, std::int32_t height)
{
    const std::int64_t left = std::clamp<std::int64_t>(x, 0, m_width);
    const std::int64_t top = std::clamp<std::int64_t>(y, 0, m_height);
    const std::int64_t right = std::clamp<std::int64_t>(std::int64_t { x } + width, 0, m_width);
    const std::int64_t bottom = std::clamp<std::int64_t>(std::int64_t { y } + height, 0, m_height);
    if (right <= left || bottom <= top)
        return;
    const Rect added { static_cast<std::uint16_t>(left), static_cast<std::uint16_t>(top),
        static_cast<std::uint16_t>(right - left), static_cast<std::uint16_t>(bottom - top) };
    for (const Rect& rect : m_rects) {
        if (contains(rect, added))
            return;
    }
    std::erase_if(m_rects, [&](const Rect& rect) { return contains(added, rect); });
    if (m_rects.size() == maximumRects)
        join();
    m_rects.push_back(added);
}

void DirtyRegion::join()
{
    std::int32_t left = m_width;
    std::int32_t top = m_height;
    std::int32_t right = 0;
    std::int32_t bottom = 0;
    for (const Rect& rect : m_rects) {
        left = std::min<std::int32_t>(left, rect.x);
        top = std::min<std::int32_t>(top, rect.y);
        right = std::max<std::int32_t>(right, rect.x + rect.width);
        bottom = std::max<std::int32_t>(bottom, rect.y + rect.height);
    }
    m_rects.assign(1,
        Rect { static_cast<std::uint16_t>(left), static_cast<std::uint16_t>(top),
            static_cast<std::uint16_t>(right - left), static_cast<std::uint16_t>(bottom - top) });
}

std::optional<FrameDrawn> DirtyRegion::take()
{
    if (m_rects.empty() || m_sent != m_acknowledged)
        return std::nullopt;
    FrameDrawn frame { .sequence = ++m_sent, .rects = std::move(m_rects) };
    m_rects.clear();
    return frame;
}

void DirtyRegion::acknowledge(std::uint32_t sequence)
{
    if (sequence == m_sent)
        m_acknowledged = sequence;
}

}
