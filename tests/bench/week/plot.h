// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/bench/week/poolweek.h"

#include <QColor>
#include <QString>
#include <vector>

namespace wardesk::bench {

struct Curve
{
    QString name;
    QColor colour;
    const Outcome* outcome = nullptr;
};

/// The week as a picture: sign-ins and roster, spares of each policy, sign-ins that waited, and one
/// morning of it enlarged. False when the file cannot be written.
[[nodiscard]] bool plotWeek(const Hospital& hospital, const ZoneOffsets& zone,
    const std::vector<Curve>& curves, const QString& file);

}
