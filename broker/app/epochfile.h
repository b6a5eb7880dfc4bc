// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/service/watermark.h"
#include "protocols/base/error.h"

#include <string>

namespace wardesk::broker {

/// The watermark as one line of a file: fixed width, so that it is overwritten in one write of one
/// sector. Not synced: what the process has written outlives the process, and after a power failure
/// an older line proves less and nothing wrong.
class EpochFile final : public Watermark
{
public:
    [[nodiscard]] static Result<EpochFile> open(const std::string& path);
    ~EpochFile() override;
    EpochFile(EpochFile&& other) noexcept;
    EpochFile(const EpochFile&) = delete;
    EpochFile& operator=(const EpochFile&) = delete;
    EpochFile& operator=(EpochFile&&) = delete;

    [[nodiscard]] std::optional<Epoch> read() const override;
    void note(Epoch epoch) override;

private:
    explicit EpochFile(int descriptor);

    int m_descriptor;
    bool m_complained = false;
};

}
