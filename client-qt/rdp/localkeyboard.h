// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client-qt/rdp/rdpsession.h"

#include <QString>
#include <cstdint>
#include <optional>

namespace wardesk {

/// The Windows input locale for this machine's keyboard layout, so that the desktop reads our
/// scancodes as the keys are printed. 0 when it cannot be told: the desktop then keeps its own
/// layout.
[[nodiscard]] std::uint32_t localKeyboardLayout();

/// What is lit on the local keyboard; none where the window system does not say.
[[nodiscard]] std::optional<RdpSession::LockKeys> localLockKeys();

/// From XKB's names ("de", "nodeadkeys"). 0 for layouts that are not in the table.
[[nodiscard]] std::uint32_t inputLocaleFromXkb(const QString& layout, const QString& variant);

}
