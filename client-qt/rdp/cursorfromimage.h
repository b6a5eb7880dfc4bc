// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client-qt/rdp/workerprotocol.h"

#include <QCursor>

namespace wardesk {

/// `scale` is the screen's device pixel ratio: the desktop draws its cursor in device pixels.
[[nodiscard]] QCursor cursorFromImage(const rdp::CursorImage& image, double scale);

}
