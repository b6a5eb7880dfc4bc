// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/desktop/machinechannel.h"

#include "agent/link/log.h"
#include "protocols/wire/codec.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sodium.h>
#include <thread>
#include <unistd.h>

namespace wardesk::desktop {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto portAppearsWithin = 60s;
constexpr auto lookAgain = 20ms; // while nobody listens: poll() does not wait for the host to come
constexpr auto repeat = 200ms;
constexpr std::size_t longestLine = 64U << 10U;

class Port
{
public:
    explicit Port(int file)
        : m_file(file)
    {
    }
    ~Port() { ::close(m_file); }
    Port(const Port&) = delete;
    Port& operator=(const Port&) = delete;

    /// Whether somebody listens at the other end; waits a moment for something to read.
    enum class Seen { nobody, nothing, input, broken };
    [[nodiscard]] Seen look() const
    {
        pollfd entry { m_file, POLLIN, 0 };
        if (::poll(&entry, 1, static_cast<int>(repeat / 1ms)) < 0)
            return errno == EINTR ? Seen::nothing : Seen::broken;
        if ((entry.revents & POLLHUP) != 0)
            return Seen::nobody;
        if ((entry.revents & (POLLERR | POLLNVAL)) != 0)
            return Seen::broken;
        return (entry.revents & POLLIN) != 0 ? Seen::input : Seen::nothing;
    }
    void write(const wire::MachineReport& report) const
    {
        const std::string line = wire::encode(report) + '\n';
        // Short, to a port whose buffer is far larger; if the host has just gone it asks again.
        if (::write(m_file, line.data(), line.size()) < 0 && errno != EAGAIN)
            agent::log(std::string("the host's channel: ") + std::strerror(errno));
    }
    /// A whole line into `line`, when there is one by now.
    [[nodiscard]] bool readLine(std::string& line)
    {
        std::array<char, 4096> part {};
        const ssize_t got = ::read(m_file, part.data(), part.size());
        if (got > 0)
            m_input.append(part.data(), static_cast<std::size_t>(got));
        sodium_memzero(part.data(), part.size());
        const auto end = m_input.find('\n');
        if (end == std::string::npos) {
            if (m_input.size() > longestLine)
                forget();
            return false;
        }
        line = m_input.substr(0, end);
        sodium_memzero(m_input.data(), end);
        m_input.erase(0, end + 1);
        return true;
    }
    /// Half a line of a host that has gone.
    void forget()
    {
        sodium_memzero(m_input.data(), m_input.size());
        m_input.clear();
    }

private:
    const int m_file;
    std::string m_input;
};

Result<int> openPort(const std::string& path)
{
    const auto end = Clock::now() + portAppearsWithin;
    for (;;) {
        const int file = ::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
        if (file >= 0)
            return file;
        if (errno != ENOENT || Clock::now() > end)
            return failure(Errc::unavailable,
                "the host's channel " + path + " cannot be opened: " + std::strerror(errno));
        std::this_thread::sleep_for(100ms); // udev has not seen the device yet
    }
}

}

Result<void> awaitBootstrap(const std::string& path,
    const std::function<Result<void>(const wire::MachineBootstrap&)>& become)
{
    const auto file = openPort(path);
    if (!file)
        return tl::unexpected(file.error());
    Port port(*file);
    Clock::time_point nextWord = Clock::now();
    for (;;) {
        switch (port.look()) {
        case Port::Seen::broken:
            return failure(Errc::unavailable, "the host's channel " + path + " is broken");
        case Port::Seen::nobody:
            port.forget();
            nextWord = Clock::now();
            std::this_thread::sleep_for(lookAgain);
            continue;
        case Port::Seen::nothing:
        case Port::Seen::input:
            break;
        }
        std::string line;
        if (port.readLine(line)) {
            auto told = wire::decode<wire::MachineBootstrap>(line);
            sodium_memzero(line.data(), line.size());
            const auto become_ = told ? become(*told) : tl::unexpected(told.error());
            if (told)
                sodium_memzero(told->bootstrap.data(), told->bootstrap.size());
            if (become_) {
                port.write({ wire::MachineState::taken, std::nullopt });
                return {};
            }
            agent::log(become_.error().detail);
            port.write({ wire::MachineState::failed, become_.error().detail });
        }
        if (Clock::now() >= nextWord) {
            port.write({ wire::MachineState::waiting, std::nullopt });
            nextWord = Clock::now() + repeat;
        }
    }
}

}
