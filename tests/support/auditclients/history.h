// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <fstream>
#include <initializer_list>
#include <string>

namespace wardesk::audit {

/// What one client asked and was told, in the order in which it happened: a line an event, fields
/// separated by tabs, the first two the monotonic time in nanoseconds and the event's name.
///
///     asked   USER POOL KEY                             before the request is sent
///     given   USER POOL KEY LEASE EPOCH DESKTOP CERTIFICATE
///     refused USER POOL KEY CODE                        the broker answered, without a desktop
///     unheard USER POOL KEY                             no answer came: it may have been granted
///     closing USER LEASE                                before the end is asked for
///     closed  USER LEASE                                the end was answered
class History
{
public:
    explicit History(const std::string& path);
    void write(const char* event, std::initializer_list<std::string> fields);

private:
    std::ofstream m_file;
};

}
