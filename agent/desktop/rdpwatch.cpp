// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/desktop/rdpwatch.h"

#include "agent/link/log.h"

namespace wardesk::desktop {

namespace {

constexpr int failuresThatCount = 3;
constexpr int eagerFailures = 600; // 30 s; then once a second, for an image that will never answer

}

RdpWatch::RdpWatch(boost::asio::io_context& context, RdpEndpoint endpoint, Timing timing,
    Answered answered, Silent silent)
    : m_context(context)
    , m_endpoint(std::move(endpoint))
    , m_timing(timing)
    , m_answered(std::move(answered))
    , m_silent(std::move(silent))
    , m_timer(context)
{
}

void RdpWatch::checkSoon()
{
    if (!m_isProbing)
        probeAfter(m_timing.eager);
}

void RdpWatch::probe()
{
    if (m_rest != Rest::nothing && m_hasAnswered) {
        if (m_rest == Rest::everything || m_endpoint.sessionManager.empty()) {
            probeAfter(m_timing.calm);
            return;
        }
        m_isProbing = true;
        probeSessionManager(m_context, m_endpoint.sessionManager, m_timing.patience,
            [this](const Result<std::string>& answer) { managerProbed(answer); });
        return;
    }
    m_isProbing = true;
    probeRdp(m_context, m_endpoint, m_timing.patience,
        [this](const Result<std::string>& certificate) { probed(certificate); });
}

void RdpWatch::probed(const Result<std::string>& certificate)
{
    m_isProbing = false;
    if (certificate) {
        m_failures = 0;
        if (!m_hasAnswered)
            agent::log("the RDP server answers with TLS");
        m_hasAnswered = true;
        m_answered(*certificate);
        probeAfter(m_timing.calm);
        return;
    }
    failed(certificate.error());
}

void RdpWatch::managerProbed(const Result<std::string>& answer)
{
    m_isProbing = false;
    if (!answer) {
        failed(answer.error());
        return;
    }
    m_failures = 0;
    probeAfter(m_timing.calm);
}

void RdpWatch::failed(const Error& error)
{
    ++m_failures;
    if (m_hasAnswered && m_failures >= failuresThatCount) {
        m_hasAnswered = false;
        agent::log("the RDP server does not answer any more: " + error.detail);
        m_silent();
    } else if (m_failures == eagerFailures) {
        agent::log("still no RDP server: " + error.detail);
    }
    probeAfter(m_failures < eagerFailures ? m_timing.eager : std::chrono::milliseconds(1'000));
}

void RdpWatch::probeAfter(std::chrono::milliseconds wait)
{
    m_timer.expires_after(wait);
    m_timer.async_wait([this](const boost::system::error_code& error) {
        if (!error && !m_isProbing)
            probe();
    });
}

}
