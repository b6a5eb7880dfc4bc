// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/auditclients/clinician.h"

#include "protocols/base/encoding.h"
#include "protocols/wire/codec.h"

#include <chrono>
#include <thread>

namespace wardesk::audit {

namespace {

constexpr std::chrono::milliseconds pause { 50 };
const char* const connections = "/api/v1/me/connections";

}

Clinician::Clinician(
    Run& run, std::vector<User> users, const std::string& historyFile, unsigned seed)
    : m_run(run)
    , m_users(std::move(users))
    , m_history(historyFile)
    , m_random(seed)
{
    for (const std::string& broker : m_run.brokers) {
        const auto colon = broker.rfind(':');
        m_lines.emplace_back(broker.substr(0, colon), broker.substr(colon + 1));
    }
}

bool Clinician::chance(int percent)
{
    return static_cast<int>(m_random() % 100) < percent;
}

ApiLine& Clinician::anyLine()
{
    return m_lines[m_random() % m_lines.size()];
}

std::optional<wire::Connection> Clinician::note(
    const Answer& answer, const User& user, const std::string& pool, const std::string& key)
{
    if (answer.status == 0) {
        m_history.write("unheard", { user.id, pool, key });
        ++m_run.unheard;
        return std::nullopt;
    }
    const auto connection = wire::decode<wire::Connection>(answer.body);
    if (answer.status == 200 && connection) {
        if (connection->state == wire::ConnectionState::ready)
            m_history.write("given",
                { user.id, pool, key, connection->lease.value_or(""),
                    std::to_string(connection->epoch.value_or(0)),
                    connection->desktop ? connection->desktop->address : "",
                    connection->desktop ? connection->desktop->certificateSha256 : "" });
        return *connection;
    }
    const auto error = wire::decode<wire::ErrorBody>(answer.body);
    m_history.write(
        "refused", { user.id, pool, key, error ? error->code : std::to_string(answer.status) });
    ++m_run.refused;
    return std::nullopt;
}

std::optional<wire::Connection> Clinician::connect(
    const User& user, const std::string& pool, const std::string& key, bool twice)
{
    wire::Connect request;
    request.pool = pool;
    const std::string body = wire::encode(request);
    while (!m_run.stop) {
        std::optional<wire::Connection> connection;
        m_history.write("asked", { user.id, pool, key });
        if (twice && m_lines.size() > 1) {
            // The same request at two brokers, both on their way before either answers.
            const std::size_t first = m_random() % m_lines.size();
            ApiLine& one = m_lines[first];
            ApiLine& other = m_lines[(first + 1) % m_lines.size()];
            const bool sentOne = one.send("POST", connections, body, user.token, key);
            const bool sentOther = other.send("POST", connections, body, user.token, key);
            const auto a = note(sentOne ? one.read() : Answer {}, user, pool, key);
            const auto b = note(sentOther ? other.read() : Answer {}, user, pool, key);
            connection = a && a->state == wire::ConnectionState::ready ? a : b ? b : a;
        } else {
            connection
                = note(anyLine().ask("POST", connections, body, user.token, key), user, pool, key);
        }
        if (connection && connection->state == wire::ConnectionState::ready)
            return connection;
        if (connection)
            return std::nullopt; // nothing is free in this pool now: another one
        std::this_thread::sleep_for(pause);
    }
    return std::nullopt;
}

void Clinician::end(const User& user, const std::string& lease)
{
    while (!m_run.stop) {
        m_history.write("closing", { user.id, lease });
        const Answer answer
            = anyLine().ask("POST", "/api/v1/me/leases/" + lease + "/restart", {}, user.token);
        // "stale": the answer to an earlier try was lost, and it has ended already.
        if (answer.status == 204 || answer.status == 410) {
            m_history.write("closed", { user.id, lease });
            return;
        }
        std::this_thread::sleep_for(pause);
    }
}

void Clinician::work()
{
    while (m_run.granted < m_run.grants && !m_run.stop) {
        const User& user = m_users[m_random() % m_users.size()];
        const std::string& pool = m_run.pools[m_random() % m_run.pools.size()];
        const std::string key = randomUuid();
        const auto given = connect(user, pool, key, chance(10));
        if (!given)
            continue;
        ++m_run.granted;
        if (chance(10)) // the answer was lost on its way, says the client
            std::ignore = connect(user, pool, key, false);
        if (chance(10)) // the same user at another terminal: the same lease, a higher epoch
            std::ignore = connect(user, pool, randomUuid(), false);
        end(user, given->lease.value_or(""));
    }
}

}
