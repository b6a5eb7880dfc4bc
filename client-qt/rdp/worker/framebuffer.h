// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client-qt/rdp/channelsocket.h"
#include "protocols/base/error.h"

#include <cstddef>
#include <cstdint>

namespace wardesk::rdp {

/// The desktop's picture, BGRX32, in memory that the client maps too. Sealed against resizing, so
/// that the client cannot be made to read past its end.
class Framebuffer
{
public:
    Framebuffer() = default;
    [[nodiscard]] static Result<Framebuffer> create(std::uint32_t width, std::uint32_t height);
    Framebuffer(Framebuffer&& other) noexcept;
    Framebuffer& operator=(Framebuffer&& other) noexcept;
    ~Framebuffer();

    [[nodiscard]] std::uint32_t width() const { return m_width; }
    [[nodiscard]] std::uint32_t height() const { return m_height; }
    [[nodiscard]] std::uint32_t stride() const { return m_stride; }
    [[nodiscard]] std::uint8_t* pixels() const { return m_pixels; }
    [[nodiscard]] int descriptor() const { return m_memory.get(); }

private:
    void unmap();
    Descriptor m_memory;
    std::uint8_t* m_pixels = nullptr;
    std::size_t m_size = 0;
    std::uint32_t m_width = 0;
    std::uint32_t m_height = 0;
    std::uint32_t m_stride = 0;
};

}
