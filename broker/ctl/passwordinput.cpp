// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/ctl/passwordinput.h"

#include <cstdio>
#include <fcntl.h>
#include <fstream>
#include <iostream>
#include <optional>
#include <termios.h>
#include <unistd.h>

namespace wardesk::ctl {

namespace {

/// The terminal itself, whatever standard input is, with echo off while this lives.
class QuietTerminal
{
public:
    QuietTerminal()
        : m_file(::open("/dev/tty", O_RDWR | O_CLOEXEC))
    {
        if (m_file < 0 || ::tcgetattr(m_file, &m_before) != 0)
            return;
        termios quiet = m_before;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        m_isQuiet = ::tcsetattr(m_file, TCSAFLUSH, &quiet) == 0;
    }
    ~QuietTerminal()
    {
        if (m_isQuiet)
            ::tcsetattr(m_file, TCSAFLUSH, &m_before);
        if (m_file >= 0)
            ::close(m_file);
    }
    QuietTerminal(const QuietTerminal&) = delete;
    QuietTerminal& operator=(const QuietTerminal&) = delete;

    [[nodiscard]] bool isQuiet() const { return m_isQuiet; }
    void say(const std::string& text) const
    {
        if (::write(m_file, text.data(), text.size()) < 0)
            return; // nothing to be done about a terminal that is gone
    }
    [[nodiscard]] std::optional<Secret> ask(const std::string& prompt) const
    {
        say(prompt);
        std::string line;
        char c = 0;
        while (::read(m_file, &c, 1) == 1 && c != '\n')
            line += c;
        say("\n");
        return c == '\n' ? std::optional(Secret(std::move(line))) : std::nullopt;
    }

private:
    int m_file;
    termios m_before {};
    bool m_isQuiet = false;
};

Result<Secret> firstLine(std::istream& stream, const std::string& name)
{
    std::string line;
    if (!std::getline(stream, line))
        return failure(Errc::invalidArgument, "there is no password in " + name);
    if (line.ends_with('\r'))
        line.pop_back();
    return Secret(std::move(line));
}

}

Result<Secret> readPassword(const std::string& file, const std::string& prompt, Typing typing)
{
    if (file == "-")
        return firstLine(std::cin, "standard input");
    if (!file.empty()) {
        std::ifstream stream(file);
        if (!stream)
            return failure(
                Errc::invalidArgument, "the password file '" + file + "' cannot be read");
        return firstLine(stream, "'" + file + "'");
    }
    const QuietTerminal terminal;
    if (!terminal.isQuiet())
        return failure(Errc::invalidArgument,
            "there is no terminal to ask for the password: use --password-file FILE, or - for "
            "standard input");
    auto password = terminal.ask(prompt + ": ");
    if (!password)
        return failure(Errc::invalidArgument, "no password was typed");
    if (typing == Typing::twice) {
        const auto again = terminal.ask(prompt + " again: ");
        if (!again || !password->equals(again->reveal()))
            return failure(Errc::invalidArgument, "the two passwords are not the same");
    }
    return std::move(*password);
}

}
