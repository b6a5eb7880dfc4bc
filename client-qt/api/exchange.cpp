// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/api/exchange.h"

#include "client-qt/api/trust.h"
#include "protocols/wire/clientmessages.h"
#include "protocols/wire/codec.h"

#include <algorithm>
#include <sodium.h>
#include <utility>

namespace wardesk::client {

namespace {

Errc codeOfStatus(int status)
{
    switch (status) {
    case 400:
        return Errc::invalidArgument;
    case 401:
        return Errc::unauthenticated;
    case 403:
        return Errc::forbidden;
    case 404:
        return Errc::notFound;
    case 408:
    case 504:
        return Errc::timeout;
    case 409:
        return Errc::conflict;
    case 410:
        return Errc::stale;
    case 413:
        return Errc::tooLarge;
    case 425:
        return Errc::preparing;
    case 429:
        return Errc::tooMany;
    case 502:
        return Errc::unavailable;
    case 503:
        return Errc::overloaded;
    case 507:
        return Errc::storageFull;
    default:
        return Errc::internal;
    }
}

}

void wipe(QByteArray& bytes)
{
    // data() would make a copy of shared bytes and wipe that.
    if (!bytes.isEmpty())
        sodium_memzero(
            const_cast<char*>(bytes.constData()), static_cast<std::size_t>(bytes.size()));
    bytes.clear();
}

Exchange::Exchange(QNetworkReply* reply, QByteArray body, int deadlineMs, Done done)
    : QObject(reply)
    , m_reply(reply)
    , m_body(std::move(body))
    , m_done(std::move(done))
{
    // The reply's own transfer time-out counts silence only; a broker that drips bytes would hold a
    // person for ever.
    m_deadline.setSingleShot(true);
    connect(&m_deadline, &QTimer::timeout, this, [this] {
        m_isLate = true;
        m_reply->abort();
    });
    m_deadline.start(deadlineMs);
    connect(m_reply, &QNetworkReply::sslErrors, this,
        [this](const QList<QSslError>& errors) { m_certificateErrors = errors; });
    connect(m_reply, &QNetworkReply::downloadProgress, this, [this](qint64 received, qint64 total) {
        if (std::max(received, total) > maxAnswerBytes && !m_isTooLarge) {
            m_isTooLarge = true;
            m_reply->abort();
        }
    });
    connect(m_reply, &QNetworkReply::finished, this, &Exchange::onFinished);
}

Exchange::~Exchange()
{
    wipe(m_body);
}

void Exchange::abandon()
{
    m_done = nullptr;
    m_reply->abort();
}

void Exchange::dismiss(std::function<void()> answered)
{
    m_done = [answered = std::move(answered)](const Answer<QByteArray>&) { answered(); };
}

void Exchange::onFinished()
{
    m_deadline.stop();
    wipe(m_body);
    m_reply->deleteLater();
    if (const auto done = std::exchange(m_done, nullptr))
        done(result());
}

Answer<QByteArray> Exchange::result()
{
    const int status = m_reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    if (m_isLate || m_isTooLarge || status == 0) {
        Failure failure { .error = networkFailure() };
        // Not where somebody answered whom we do not trust: that is to be told.
        failure.isAway = !m_isTooLarge && failure.error.code != Errc::untrusted;
        return tl::unexpected(std::move(failure));
    }
    QByteArray body = m_reply->readAll();
    if (status < 200 || status >= 300)
        return tl::unexpected(httpFailure(status, body));
    if (m_reply->error() != QNetworkReply::NoError)
        return tl::unexpected(Failure { .error = networkFailure() });
    return body;
}

Failure Exchange::httpFailure(int status, const QByteArray& body) const
{
    Failure failure { .error = { codeOfStatus(status), {} } };
    const std::string_view text(body.constData(), static_cast<std::size_t>(body.size()));
    if (const auto told = wire::decode<wire::ErrorBody>(text)) {
        failure.error.code = errcFromWire(told->code);
        failure.error.detail = told->message;
    }
    bool isNumber = false;
    const int seconds = m_reply->rawHeader("Retry-After").toInt(&isNumber);
    if (isNumber && seconds > 0)
        failure.retryAfterMs = std::min(seconds, 3600) * 1000;
    return failure;
}

Error Exchange::networkFailure() const
{
    if (m_isTooLarge)
        return { Errc::tooLarge, {} };
    if (m_isLate)
        return { Errc::timeout, {} };
    if (!m_certificateErrors.isEmpty())
        return explainCertificate(m_certificateErrors);
    if (m_reply->error() == QNetworkReply::SslHandshakeFailedError)
        return { Errc::untrusted,
            "The broker does not speak a secure protocol that this computer accepts. Tell IT." };
    if (m_reply->error() == QNetworkReply::HostNotFoundError)
        return {
            Errc::unavailable,
            "The broker " + m_reply->url().host().toStdString()
                + " is not known on this network. Check the network cable; if it stays so, tell IT."
        };
    return { Errc::unavailable, {} };
}

}
