// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/wire/clientmessages.h"
#include "tests/support/auditclients/apiline.h"
#include "tests/support/auditclients/history.h"

#include <atomic>
#include <deque>
#include <optional>
#include <random>
#include <vector>

namespace wardesk::audit {

struct User
{
    std::string id;
    std::string token;
};

/// What all clients share.
struct Run
{
    std::vector<std::string> brokers; ///< "127.0.0.1:PORT"
    std::vector<std::string> pools;
    long grants = 0; ///< how many in all
    std::atomic<long> granted { 0 };
    std::atomic<long> refused { 0 };
    std::atomic<long> unheard { 0 };
    std::atomic<bool> stop { false };
};

/// One client: takes a desktop with one of its users, ends the session, and again. Sometimes it
/// sends one request to two brokers at once, repeats it, or asks anew while it holds a desktop.
/// What gets no answer is asked again with the same key, at whatever broker there is (R9).
class Clinician
{
public:
    Clinician(Run& run, std::vector<User> users, const std::string& historyFile, unsigned seed);
    void work();

private:
    ApiLine& anyLine();
    [[nodiscard]] std::optional<wire::Connection> connect(
        const User& user, const std::string& pool, const std::string& key, bool twice);
    [[nodiscard]] std::optional<wire::Connection> note(
        const Answer& answer, const User& user, const std::string& pool, const std::string& key);
    void end(const User& user, const std::string& lease);
    [[nodiscard]] bool chance(int percent);

    Run& m_run;
    std::vector<User> m_users;
    History m_history;
    std::mt19937 m_random;
    std::deque<ApiLine> m_lines;
};

}
