// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/ids.h"

#include <optional>

namespace wardesk::broker {

/// R11: the highest epoch that this broker has seen committed, kept outside the database: a
/// database that has come to less is an older one. Main lane only.
class Watermark
{
public:
    virtual ~Watermark() = default;
    /// Nothing when there is none, or when it cannot be read: then nothing is proven by it.
    [[nodiscard]] virtual std::optional<Epoch> read() const = 0;
    /// Cheap enough for every grant: written, not synced.
    virtual void note(Epoch epoch) = 0;
};

}
