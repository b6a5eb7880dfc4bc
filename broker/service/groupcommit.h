// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/store.h"
#include "broker/service/lane.h"

namespace wardesk::broker {

/// Lets a lane whose jobs write into this store commit them in groups.
[[nodiscard]] inline Grouping groupCommitOf(Store& store)
{
    Grouping grouping;
    grouping.begin = [&store] { return store.beginGroup(); };
    grouping.commit = [&store] { return store.commitGroup(); };
    return grouping;
}

}
