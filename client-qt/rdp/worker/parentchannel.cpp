// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/rdp/worker/parentchannel.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

namespace wardesk::rdp {

ParentChannel::ParentChannel(Descriptor socket)
    : m_socket(std::move(socket))
{
    const int flags = ::fcntl(m_socket.descriptor(), F_GETFL);
    ::fcntl(m_socket.descriptor(), F_SETFL, flags | O_NONBLOCK);
    ::fcntl(m_socket.descriptor(), F_SETFD, FD_CLOEXEC);
}

bool ParentChannel::waitFor(short events) const
{
    pollfd entry { m_socket.descriptor(), events, 0 };
    int ready = 0;
    do {
        ready = ::poll(&entry, 1, -1);
    } while (ready < 0 && errno == EINTR);
    return ready == 1 && (entry.revents & (POLLERR | POLLNVAL)) == 0;
}

bool ParentChannel::send(const FromWorker& message, int passed)
{
    const std::vector<std::uint8_t> frame = encode(message);
    std::span<const std::uint8_t> rest(frame);
    while (!rest.empty()) {
        const Result<std::size_t> sent = m_socket.send(rest, passed);
        if (!sent)
            return false;
        if (*sent == 0 && !waitFor(POLLOUT))
            return false;
        if (*sent > 0)
            passed = -1;
        rest = rest.subspan(*sent);
    }
    return true;
}

Result<std::optional<ToWorker>> ParentChannel::fromBuffer()
{
    const auto frame = m_reader.next();
    if (!frame)
        return tl::unexpected(frame.error());
    if (!frame->has_value())
        return std::nullopt;
    Result<ToWorker> message = decodeToWorker(**frame);
    if (!message)
        return tl::unexpected(message.error());
    return std::optional<ToWorker>(std::move(*message));
}

Result<std::optional<ToWorker>> ParentChannel::next()
{
    if (!m_deferred.empty()) {
        std::optional<ToWorker> message(std::move(m_deferred.front()));
        m_deferred.pop_front();
        return message;
    }
    while (true) {
        auto message = fromBuffer();
        if (!message || message->has_value())
            return message;
        std::array<std::uint8_t, 4096> buffer {};
        std::size_t count = 0;
        switch (m_socket.receive(buffer, count)) {
        case ChannelSocket::Received::nothing:
            return std::nullopt;
        case ChannelSocket::Received::ended:
            return failure(Errc::unavailable, "the client is gone");
        case ChannelSocket::Received::some:
            m_reader.append(std::span(buffer).first(count));
            explicit_bzero(buffer.data(), count);
        }
    }
}

Result<ToWorker> ParentChannel::wait()
{
    std::deque<ToWorker> aside;
    aside.swap(m_deferred);
    while (true) {
        auto message = next();
        if (!message) {
            m_deferred.swap(aside);
            return tl::unexpected(message.error());
        }
        if (message->has_value()) {
            m_deferred.swap(aside);
            return std::move(**message);
        }
        if (!waitFor(POLLIN)) {
            m_deferred.swap(aside);
            return failure(Errc::unavailable, "the client is gone");
        }
    }
}

}
