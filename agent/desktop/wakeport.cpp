// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/desktop/wakeport.h"

#include "agent/link/log.h"
#include "protocols/wire/codec.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace wardesk::desktop {

namespace {

using namespace std::chrono_literals;

constexpr auto betweenLooks = 500ms;
constexpr auto lookForPort = 5s;
constexpr std::size_t longestWakeLine = 4096;

}

WakePort::WakePort(boost::asio::io_context& context, std::string path, Woken woken)
    : m_path(std::move(path))
    , m_woken(std::move(woken))
    , m_timer(context)
{
}

WakePort::~WakePort()
{
    if (m_file >= 0)
        ::close(m_file);
}

void WakePort::start()
{
    if (!m_path.empty())
        look();
}

void WakePort::lookAfter(std::chrono::milliseconds pause)
{
    m_timer.expires_after(pause);
    m_timer.async_wait([this](const boost::system::error_code& error) {
        if (!error)
            look();
    });
}

void WakePort::look()
{
    // Until it has become a desktop the machine's port is another program's.
    if (m_file < 0)
        m_file = ::open(m_path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (m_file >= 0)
        read();
    lookAfter(m_file >= 0 ? std::chrono::milliseconds(betweenLooks) : lookForPort);
}

void WakePort::read()
{
    for (;;) {
        std::array<char, 1024> part {};
        const ssize_t got = ::read(m_file, part.data(), part.size());
        if (got < 0 && errno != EAGAIN && errno != EINTR) {
            agent::log(std::string("the host's channel: ") + std::strerror(errno));
            ::close(m_file);
            m_file = -1;
        }
        if (got <= 0)
            break; // 0: nobody is at the other end
        m_input.append(part.data(), static_cast<std::size_t>(got));
        if (m_input.size() > longestWakeLine)
            m_input.clear();
    }
    for (auto end = m_input.find('\n'); end != std::string::npos; end = m_input.find('\n')) {
        const std::string line = m_input.substr(0, end);
        m_input.erase(0, end + 1);
        obey(line);
    }
}

void WakePort::obey(const std::string& line)
{
    const auto told = wire::decode<wire::MachineWake>(line);
    const auto woken = told ? m_woken(*told) : tl::unexpected(told.error());
    if (woken) {
        say({ wire::MachineState::awake, std::nullopt });
        return;
    }
    agent::log("the host's word: " + woken.error().detail);
    // Not every message is for us; a machine whose clock cannot be set, though, is of no use.
    if (told)
        say({ wire::MachineState::failed, woken.error().detail });
}

void WakePort::say(const wire::MachineReport& report) const
{
    const std::string line = wire::encode(report) + '\n';
    if (::write(m_file, line.data(), line.size()) < 0 && errno != EAGAIN)
        agent::log(std::string("the host's channel: ") + std::strerror(errno));
}

}
