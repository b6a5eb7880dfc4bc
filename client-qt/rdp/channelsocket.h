// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <sys/types.h>

namespace wardesk::rdp {

/// A file descriptor that closes itself.
class Descriptor
{
public:
    Descriptor() = default;
    explicit Descriptor(int descriptor)
        : m_descriptor(descriptor)
    {
    }
    Descriptor(Descriptor&& other) noexcept
        : m_descriptor(other.release())
    {
    }
    Descriptor& operator=(Descriptor&& other) noexcept;
    ~Descriptor();

    [[nodiscard]] int get() const { return m_descriptor; }
    [[nodiscard]] bool isValid() const { return m_descriptor >= 0; }
    [[nodiscard]] int release();
    void reset();

private:
    int m_descriptor = -1;
};

/// One end of the channel between client and worker: bytes and, beside them, descriptors. Knows
/// nothing of messages.
class ChannelSocket
{
public:
    enum class Received { some, nothing, ended };

    ChannelSocket() = default;
    explicit ChannelSocket(Descriptor socket)
        : m_socket(std::move(socket))
    {
    }

    [[nodiscard]] int descriptor() const { return m_socket.get(); }
    void close() { m_socket.reset(); }

    /// As many bytes as the socket takes; `passed` goes with the first of them. unavailable when
    /// the other end is gone.
    [[nodiscard]] Result<std::size_t> send(std::span<const std::uint8_t> bytes, int passed = -1);
    /// Reads once into `buffer`; descriptors that came along wait for takeDescriptor().
    [[nodiscard]] Received receive(std::span<std::uint8_t> buffer, std::size_t& count);
    /// In the order they were sent; invalid when none came.
    [[nodiscard]] Descriptor takeDescriptor();

private:
    Descriptor m_socket;
    std::deque<Descriptor> m_received;
};

}
