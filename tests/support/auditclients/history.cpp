// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/auditclients/history.h"

#include <chrono>

namespace wardesk::audit {

History::History(const std::string& path)
    : m_file(path)
{
}

void History::write(const char* event, std::initializer_list<std::string> fields)
{
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    m_file << std::chrono::duration_cast<std::chrono::nanoseconds>(now).count() << '\t' << event;
    for (const std::string& field : fields)
        m_file << '\t' << field;
    m_file << '\n';
}

}
