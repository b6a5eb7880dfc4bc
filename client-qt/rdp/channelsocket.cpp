// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/rdp/channelsocket.h"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace wardesk::rdp {

namespace {

constexpr std::size_t maximumDescriptors = 4; ///< waiting; a peer that sends more is broken

}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept
{
    if (this != &other) {
        reset();
        m_descriptor = other.release();
    }
    return *this;
}

Descriptor::~Descriptor()
{
    reset();
}

int Descriptor::release()
{
    return std::exchange(m_descriptor, -1);
}

void Descriptor::reset()
{
    if (m_descriptor >= 0)
        ::close(std::exchange(m_descriptor, -1));
}

Result<std::size_t> ChannelSocket::send(std::span<const std::uint8_t> bytes, int passed)
{
    iovec part { const_cast<std::uint8_t*>(bytes.data()), bytes.size() };
    msghdr header {};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] {};
    if (passed >= 0) {
        header.msg_control = control;
        header.msg_controllen = sizeof control;
        cmsghdr* item = CMSG_FIRSTHDR(&header);
        item->cmsg_level = SOL_SOCKET;
        item->cmsg_type = SCM_RIGHTS;
        item->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(item), &passed, sizeof passed);
    }
    ssize_t sent = 0;
    do {
        sent = ::sendmsg(m_socket.get(), &header, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0) {
        if (errno == EAGAIN || errno == EWOULDBLOCK)
            return 0;
        return failure(Errc::unavailable, "the other end of the channel is gone");
    }
    return static_cast<std::size_t>(sent);
}

ChannelSocket::Received ChannelSocket::receive(std::span<std::uint8_t> buffer, std::size_t& count)
{
    iovec part { buffer.data(), buffer.size() };
    msghdr header {};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    alignas(cmsghdr) char control[CMSG_SPACE(maximumDescriptors * sizeof(int))] {};
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    ssize_t got = 0;
    do {
        got = ::recvmsg(m_socket.get(), &header, MSG_CMSG_CLOEXEC);
    } while (got < 0 && errno == EINTR);
    count = 0;
    if (got < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK ? Received::nothing : Received::ended;
    for (cmsghdr* item = CMSG_FIRSTHDR(&header); item != nullptr;
         item = CMSG_NXTHDR(&header, item)) {
        if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_RIGHTS)
            continue;
        const std::size_t number = (item->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < number; ++i) {
            int descriptor = -1;
            std::memcpy(&descriptor, CMSG_DATA(item) + i * sizeof(int), sizeof descriptor);
            m_received.emplace_back(descriptor);
        }
    }
    if (got == 0 || m_received.size() > maximumDescriptors)
        return Received::ended;
    count = static_cast<std::size_t>(got);
    return Received::some;
}

Descriptor ChannelSocket::takeDescriptor()
{
    if (m_received.empty())
        return {};
    Descriptor first = std::move(m_received.front());
    m_received.pop_front();
    return first;
}

}
