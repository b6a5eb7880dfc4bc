// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
//
// Takes the place of broker/service/log.cpp: the simulated core must not write to the terminal.
#include "tests/simulation/logsink.h"

#include "broker/service/log.h"

namespace wardesk::broker {

namespace simulation {

const Trace* logSink = nullptr;

}

void logEvent(LogLevel, std::string_view event,
    std::initializer_list<std::pair<std::string_view, std::string>> fields)
{
    if (simulation::logSink == nullptr)
        return;
    simulation::logSink->tell("log", [&] {
        std::string line(event);
        for (const auto& [key, value] : fields)
            line += ' ' + std::string(key) + "=\"" + value + '"';
        return line;
    });
}

}
