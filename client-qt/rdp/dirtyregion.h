// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client-qt/rdp/workerprotocol.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace wardesk::rdp {

/// What was drawn since the client last asked, and when to tell it: one frame is on its way at
/// most, and what is drawn meanwhile is gathered, so that a client that paints slowly gets fewer,
/// larger frames instead of a queue.
class DirtyRegion
{
public:
    /// A new picture, nothing of it drawn yet: earlier rectangles mean nothing any more.
    void reset(std::uint16_t width, std::uint16_t height);
    /// Cut to the picture; empty rectangles are ignored.
    void add(std::int32_t x, std::int32_t y, std::int32_t width, std::int32_t height);
    /// The frame to send now; none while nothing is dirty or the last one is not acknowledged.
    [[nodiscard]] std::optional<FrameDrawn> take();
    void acknowledge(std::uint32_t sequence);

private:
    void join();
    std::vector<Rect> m_rects;
    std::int32_t m_width = 0;
    std::int32_t m_height = 0;
    std::uint32_t m_sent = 0;
    std::uint32_t m_acknowledged = 0;
};

}
