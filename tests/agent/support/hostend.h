// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/encoding.h"
#include "protocols/wire/codec.h"
#include "protocols/wire/machinemessages.h"

#include <QtTest>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <termios.h>
#include <unistd.h>

namespace wardesk::test {

/// A terminal's two ends stand for the port: the machine's has a path, the host's is ours.
class HostEnd
{
public:
    HostEnd()
        : m_file(::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK))
    {
        ::grantpt(m_file);
        ::unlockpt(m_file);
        path = ::ptsname(m_file);
        m_slave = ::open(path.c_str(), O_RDWR | O_NOCTTY);
        termios raw {};
        ::tcgetattr(m_slave, &raw);
        ::cfmakeraw(&raw);
        ::tcsetattr(m_slave, TCSANOW, &raw);
    }
    ~HostEnd()
    {
        ::close(m_slave);
        ::close(m_file);
    }
    HostEnd(const HostEnd&) = delete;
    HostEnd& operator=(const HostEnd&) = delete;

    void say(const std::string& text) const
    {
        QCOMPARE(::write(m_file, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }
    std::string hear() const
    {
        std::string text(1024, '\0');
        const ssize_t got = ::read(m_file, text.data(), text.size());
        text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        return text;
    }

    std::string path;

private:
    int m_file;
    int m_slave = -1;
};

inline std::string wakeLine(std::int64_t token)
{
    wire::MachineWake told;
    told.resumed = token;
    told.timeMs = 1'795'586'400'000;
    told.seed = toBase64(std::string(64, 's'));
    return wire::encode(told) + '\n';
}

}
