// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QImage>
#include <QRegion>

namespace wardesk {

/// Decides when a desktop is there to be worked with: every pixel was drawn at least once, and not
/// all of them alike (xrdp paints an empty screen before the session's picture comes).
class FirstFrame
{
public:
    enum class Painter { server, session };

    void reset();
    /// True once, for the frame that completes the picture.
    [[nodiscard]] bool completedBy(const QImage& image, const QRegion& drawn, Painter painter);
    [[nodiscard]] bool isComplete() const { return m_complete; }

private:
    [[nodiscard]] static bool showsSomething(const QImage& image);
    QRegion m_drawn;
    bool m_complete = false;
};

}
