// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QColor>

class QApplication;
class QFont;

/// Wardesk's look: calm colours whose text keeps a contrast of at least 4.5 to its ground, sizes in
/// device-independent pixels, so that HiDPI screens need nothing else.
namespace wardesk::client::theme {

inline constexpr QRgb ground = 0xffeef2f5;
inline constexpr QRgb card = 0xffffffff;
inline constexpr QRgb line = 0xffc9d3da;
inline constexpr QRgb text = 0xff14232e;
inline constexpr QRgb quietText = 0xff4a5b68;
inline constexpr QRgb accent = 0xff0b6e75;
inline constexpr QRgb accentDark = 0xff085459;
inline constexpr QRgb night = 0xff10303c; ///< the sign-in page's side and the desktop's bar
inline constexpr QRgb nightText = 0xffe8f1f3;
inline constexpr QRgb good = 0xff1e7b4f;
inline constexpr QRgb wait = 0xff8a5200;
inline constexpr QRgb busy = 0xff1f5fa8;
inline constexpr QRgb bad = 0xffb3261e;

void apply(QApplication& application);
[[nodiscard]] QFont font(int pixels, int weight);

}
