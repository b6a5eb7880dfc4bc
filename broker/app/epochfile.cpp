// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/app/epochfile.h"

#include "broker/service/log.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace wardesk::broker {

namespace {

constexpr std::string_view head = "wardesk-epoch ";
constexpr std::size_t digits = 20;
constexpr std::size_t lineSize = head.size() + digits + 1;

}

Result<EpochFile> EpochFile::open(const std::string& path)
{
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return failure(Errc::unavailable, "cannot open " + path + ": " + std::strerror(errno));
    return EpochFile(descriptor);
}

EpochFile::EpochFile(int descriptor)
    : m_descriptor(descriptor)
{
}

EpochFile::EpochFile(EpochFile&& other) noexcept
    : m_descriptor(std::exchange(other.m_descriptor, -1))
{
}

EpochFile::~EpochFile()
{
    if (m_descriptor >= 0)
        ::close(m_descriptor);
}

std::optional<Epoch> EpochFile::read() const
{
    std::array<char, lineSize> line {};
    if (::pread(m_descriptor, line.data(), line.size(), 0) != static_cast<ssize_t>(line.size())
        || std::string_view(line.data(), head.size()) != head || line.back() != '\n')
        return std::nullopt;
    long long value = 0;
    const char* const end = line.data() + lineSize - 1;
    const auto parsed = std::from_chars(line.data() + head.size(), end, value);
    if (parsed.ec != std::errc() || parsed.ptr != end || value < 0)
        return std::nullopt;
    return Epoch(value);
}

void EpochFile::note(Epoch epoch)
{
    std::array<char, lineSize + 1> line {};
    std::snprintf(
        line.data(), line.size(), "%s%020lld\n", std::string(head).c_str(), epoch.value());
    if (::pwrite(m_descriptor, line.data(), lineSize, 0) == static_cast<ssize_t>(lineSize)) {
        m_complained = false;
    } else if (!m_complained) {
        m_complained = true; // a full disk is told by others, too
        logEvent(LogLevel::warning, "watermark.notWritten", { { "why", std::strerror(errno) } });
    }
}

}
