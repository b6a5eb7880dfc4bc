// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/desktop/localmessages.h"
#include "protocols/wire/codec.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <sodium.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace wardesk::desktop {

namespace {

class Descriptor
{
public:
    explicit Descriptor(int number)
        : m_number(number)
    {
    }
    ~Descriptor()
    {
        if (m_number >= 0)
            ::close(m_number);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int number() const { return m_number; }

private:
    int m_number;
};

tl::unexpected<Error> unreachable(const char* what)
{
    return failure(Errc::unavailable, std::string(what) + ": " + std::strerror(errno));
}

}

Result<LocalAnswer> askAgent(const std::string& socketPath, const LocalRequest& request)
{
    sockaddr_un address {};
    address.sun_family = AF_UNIX;
    if (socketPath.size() >= sizeof address.sun_path)
        return failure(Errc::invalidArgument, "the socket's path is too long");
    std::memcpy(address.sun_path, socketPath.data(), socketPath.size());

    const Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const timeval patience { 5, 0 };
    ::setsockopt(socket.number(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(socket.number(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address)
        != 0)
        return unreachable("the agent does not run");

    std::string line = wire::encode(request) + '\n';
    const ssize_t sent = ::send(socket.number(), line.data(), line.size(), MSG_NOSIGNAL);
    const bool isSent = sent == static_cast<ssize_t>(line.size());
    sodium_memzero(line.data(), line.size());
    if (!isSent)
        return unreachable("asking the agent failed");

    std::string answer;
    std::array<char, 512> buffer {};
    while (answer.find('\n') == std::string::npos && answer.size() < 4096) {
        const ssize_t got = ::recv(socket.number(), buffer.data(), buffer.size(), 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return unreachable("the agent does not answer");
        answer.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return wire::decode<LocalAnswer>(answer);
}

}
