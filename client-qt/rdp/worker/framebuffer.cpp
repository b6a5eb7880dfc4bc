// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/rdp/worker/framebuffer.h"

#include "client-qt/rdp/workerprotocol.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>

namespace wardesk::rdp {

Result<Framebuffer> Framebuffer::create(std::uint32_t width, std::uint32_t height)
{
    if (width == 0 || height == 0 || width > maximumSide || height > maximumSide)
        return failure(Errc::invalidArgument, "the desktop has an impossible size");
    Framebuffer buffer;
    buffer.m_width = width;
    buffer.m_height = height;
    buffer.m_stride = (width * 4 + 63) & ~std::uint32_t { 63 }; // lines start on cache lines
    buffer.m_size = std::size_t { buffer.m_stride } * height;
    buffer.m_memory = Descriptor(::memfd_create("desktop", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!buffer.m_memory.isValid()
        || ::ftruncate(buffer.m_memory.get(), static_cast<off_t>(buffer.m_size)) != 0
        || ::fcntl(buffer.m_memory.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)
            != 0)
        return failure(Errc::internal, "no memory for the desktop's picture");
    void* mapped = ::mmap(
        nullptr, buffer.m_size, PROT_READ | PROT_WRITE, MAP_SHARED, buffer.m_memory.get(), 0);
    if (mapped == MAP_FAILED)
        return failure(Errc::internal, "no memory for the desktop's picture");
    buffer.m_pixels = static_cast<std::uint8_t*>(mapped);
    return buffer;
}

Framebuffer::Framebuffer(Framebuffer&& other) noexcept
{
    *this = std::move(other);
}

Framebuffer& Framebuffer::operator=(Framebuffer&& other) noexcept
{
    if (this != &other) {
        unmap();
        m_memory = std::move(other.m_memory);
        m_pixels = std::exchange(other.m_pixels, nullptr);
        m_size = std::exchange(other.m_size, 0);
        m_width = other.m_width;
        m_height = other.m_height;
        m_stride = other.m_stride;
    }
    return *this;
}

Framebuffer::~Framebuffer()
{
    unmap();
}

void Framebuffer::unmap()
{
    if (m_pixels != nullptr)
        ::munmap(m_pixels, m_size);
    m_pixels = nullptr;
}

}
