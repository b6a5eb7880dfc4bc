// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/ctl/apiclient.h"

#include "protocols/wire/clientmessages.h"
#include "protocols/wire/codec.h"

#include <QEventLoop>
#include <QFile>
#include <QNetworkAccessManager>
#include <QNetworkProxy>
#include <QNetworkReply>
#include <QSslCertificate>
#include <QSslConfiguration>
#include <QUrl>
#include <vector>

namespace wardesk::ctl {

namespace {

constexpr int patienceMs = 30'000;
constexpr int patienceBeforeNextMs = 5'000;
constexpr qint64 largestAnswer = 64LL * 1024 * 1024;

Error transportError(const QNetworkReply& reply, const QString& url)
{
    const std::string where = "the broker at " + url.toStdString();
    const std::string reason = " (" + reply.errorString().toStdString() + ")";
    if (reply.error() == QNetworkReply::SslHandshakeFailedError)
        return { Errc::untrusted,
            where + " did not prove who it is; is --ca the broker's own ca.pem?" + reason };
    if (reply.error() == QNetworkReply::OperationCanceledError
        || reply.error() == QNetworkReply::TimeoutError)
        return { Errc::timeout, where + " did not answer in time" };
    return { Errc::unavailable, where + " cannot be reached" + reason };
}

Error refusal(int status, const std::string& body)
{
    const auto told = wire::decode<wire::ErrorBody>(body);
    if (told)
        return { errcFromWire(told->code), told->message };
    return { Errc::internal,
        "the broker answered with HTTP status " + std::to_string(status) + " and no reason" };
}

}

class ApiClient::Network
{
public:
    Network(std::vector<QUrl> urls, QSslConfiguration trust)
        : m_brokers(std::move(urls))
        , m_trust(std::move(trust))
    {
        m_manager.setProxy(QNetworkProxy::NoProxy); // a token goes to the broker and nowhere else
        m_manager.setRedirectPolicy(QNetworkRequest::ManualRedirectPolicy);
    }
    QNetworkRequest request(const std::string& path, int patience) const
    {
        QUrl url(base());
        const QString relative = QString::fromStdString(path);
        url.setPath(relative.section(u'?', 0, 0), QUrl::StrictMode);
        if (relative.contains(u'?'))
            url.setQuery(relative.section(u'?', 1), QUrl::StrictMode);
        QNetworkRequest request(url);
        request.setSslConfiguration(m_trust);
        request.setTransferTimeout(patience);
        request.setHeader(QNetworkRequest::UserAgentHeader, QStringLiteral("wardeskctl"));
        return request;
    }
    QNetworkAccessManager& manager() { return m_manager; }

    const QUrl& base() const { return m_brokers[m_current]; }
    std::size_t brokers() const { return m_brokers.size(); }
    void goOn() { m_current = (m_current + 1) % m_brokers.size(); }

private:
    const std::vector<QUrl> m_brokers;
    std::size_t m_current = 0; ///< the one that answered last
    QNetworkAccessManager m_manager;
    QSslConfiguration m_trust;
};

Result<std::unique_ptr<ApiClient>> ApiClient::create(const Target& target)
{
    std::vector<QUrl> urls;
    for (const QString& text : QString::fromStdString(target.url).split(u',')) {
        const QUrl url(text.trimmed(), QUrl::StrictMode);
        if (!url.isValid() || url.scheme() != QLatin1String("https") || url.host().isEmpty())
            return failure(Errc::invalidArgument,
                "'" + text.toStdString()
                    + "' is no broker's address: https://HOST:PORT is expected");
        urls.push_back(url);
    }
    QSslConfiguration trust = QSslConfiguration::defaultConfiguration();
    trust.setProtocol(QSsl::TlsV1_2OrLater);
    if (!target.authority.empty()) {
        QFile file(QString::fromStdString(target.authority));
        if (!file.open(QIODevice::ReadOnly))
            return failure(Errc::invalidArgument,
                "the authority's certificate '" + target.authority
                    + "' cannot be read: " + file.errorString().toStdString());
        const QList<QSslCertificate> authorities = QSslCertificate::fromDevice(&file);
        if (authorities.isEmpty())
            return failure(
                Errc::invalidArgument, "'" + target.authority + "' has no certificate in it (PEM)");
        trust.setCaCertificates(authorities);
    }
    return std::unique_ptr<ApiClient>(
        new ApiClient(std::make_unique<Network>(std::move(urls), std::move(trust))));
}

ApiClient::ApiClient(std::unique_ptr<Network> network)
    : m_network(std::move(network))
{
}

ApiClient::~ApiClient() = default;

Result<std::string> ApiClient::get(const std::string& path)
{
    return call("GET", path, {});
}

Result<std::string> ApiClient::post(const std::string& path, const std::string& body)
{
    return call("POST", path, body);
}

Result<std::string> ApiClient::patch(const std::string& path, const std::string& body)
{
    return call("PATCH", path, body);
}

Result<std::string> ApiClient::remove(const std::string& path)
{
    return call("DELETE", path, {});
}

struct ApiClient::Attempt
{
    Result<std::string> answer;
    bool isAway = false; ///< nobody answered
    bool wasHeard = true; ///< somebody may have got the request, and may still act on it
};

Result<std::string> ApiClient::call(
    const char* verb, const std::string& path, const std::string& body)
{
    for (std::size_t left = m_network->brokers(); left > 0; --left) {
        Attempt attempt = ask(verb, path, body, left == 1);
        const bool mayRepeat = !attempt.wasHeard || std::string_view(verb) == "GET";
        if (!attempt.isAway || left == 1 || !mayRepeat)
            return std::move(attempt.answer);
        m_network->goOn();
    }
    return failure(Errc::unavailable, "there is no broker");
}

ApiClient::Attempt ApiClient::ask(
    const char* verb, const std::string& path, const std::string& body, bool isLast) const
{
    QNetworkRequest request = m_network->request(path, isLast ? patienceMs : patienceBeforeNextMs);
    if (!body.empty())
        request.setHeader(QNetworkRequest::ContentTypeHeader, QStringLiteral("application/json"));
    if (!m_token.isEmpty())
        request.setRawHeader(
            "Authorization", "Bearer " + QByteArray::fromStdString(std::string(m_token.reveal())));
    const std::unique_ptr<QNetworkReply> reply(m_network->manager().sendCustomRequest(
        request, QByteArray(verb), QByteArray::fromStdString(body)));
    QObject::connect(reply.get(), &QNetworkReply::downloadProgress, reply.get(),
        [&reply](qint64 received, qint64) {
            if (received > largestAnswer)
                reply->abort();
        });
    bool isEncrypted = false; // a broker that stands still gets no further than TCP
    QObject::connect(reply.get(), &QNetworkReply::encrypted, reply.get(),
        [&isEncrypted] { isEncrypted = true; });
    QEventLoop loop; // the only one: this program has no other
    QObject::connect(reply.get(), &QNetworkReply::finished, &loop, &QEventLoop::quit);
    if (!reply->isFinished())
        loop.exec();

    const int status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    if (status == 0) {
        const Error error = transportError(*reply, m_network->base().toString());
        return { tl::unexpected(error), error.code != Errc::untrusted, isEncrypted };
    }
    std::string answer = reply->readAll().toStdString();
    if (status < 200 || status > 299)
        return { tl::unexpected(refusal(status, answer)), false, true };
    return { std::move(answer), false, true };
}

std::string pathStep(const std::string& name)
{
    return QUrl::toPercentEncoding(QString::fromStdString(name)).toStdString();
}

}
