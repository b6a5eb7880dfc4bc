// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/api/brokerclient.h"

#include "client-qt/api/eventchannel.h"
#include "client-qt/api/trust.h"
#include "protocols/wire/codec.h"

#include <QNetworkProxy>
#include <QNetworkRequest>
#include <algorithm>
#include <sodium.h>
#include <utility>

namespace wardesk::client {

namespace {

/// Below the idle limits of common servers and far below QNetworkAccessManager's own two minutes.
constexpr int warmMs = 10'000;
/// Of a sign-out for a log-off that is on its way.
constexpr int farewellPatienceMs = 500;

template <typename T> QByteArray encoded(const T& message)
{
    std::string text = wire::encode(message);
    QByteArray bytes(text.data(), static_cast<qsizetype>(text.size()));
    sodium_memzero(text.data(), text.size());
    return bytes;
}

void wipe(std::string& text)
{
    sodium_memzero(text.data(), text.size());
    text.clear();
}

/// Turns the bytes of an answer into a message and wipes them: tokens and credentials travel in
/// them.
template <typename T> Exchange::Done decoding(BrokerClient::Done<T> done)
{
    return [done = std::move(done)](Answer<QByteArray> bytes) {
        if (!bytes) {
            done(tl::unexpected(std::move(bytes.error())));
            return;
        }
        auto message
            = wire::decode<T>({ bytes->constData(), static_cast<std::size_t>(bytes->size()) });
        client::wipe(*bytes);
        if (message)
            done(std::move(*message));
        else
            done(tl::unexpected(Failure { .error = { Errc::internal,
                                              "The broker's answer cannot be understood. Tell IT. ("
                                                  + message.error().detail + ")" } }));
    };
}

QString verbName(LeaseVerb verb)
{
    switch (verb) {
    case LeaseVerb::disconnect:
        return QStringLiteral("disconnect");
    case LeaseVerb::logoff:
        return QStringLiteral("logoff");
    case LeaseVerb::restart:
        return QStringLiteral("restart");
    case LeaseVerb::giveBack:
        return QStringLiteral("giveback");
    }
    return {};
}

}

Result<std::unique_ptr<BrokerClient>> BrokerClient::create(
    const BrokerAddress& address, Patience patience)
{
    for (const QUrl& url : QList<QUrl> { address.url } + address.others) {
        if (url.scheme() != QLatin1String("https") || url.host().isEmpty())
            return failure(Errc::invalidArgument,
                "The broker's address must look like https://broker.example:8443.");
    }
    auto trust = trustOnly(address.caFile);
    if (!trust)
        return tl::unexpected(trust.error());
    return std::unique_ptr<BrokerClient>(new BrokerClient(address, *trust, patience));
}

BrokerClient::BrokerClient(
    const BrokerAddress& address, const QSslConfiguration& trust, Patience patience)
    : m_brokers { address.url }
    , m_trust(trust)
    , m_patience(patience)
{
    // Straight to the broker: a proxy of the environment has no business between a terminal and its
    // data centre.
    m_network.setProxy(QNetworkProxy::NoProxy);
    m_network.setRedirectPolicy(QNetworkRequest::ManualRedirectPolicy); // a token follows nobody
    m_brokers.insert(m_brokers.end(), address.others.begin(), address.others.end());
    std::vector<QUrl> channels;
    for (const QUrl& broker : m_brokers) {
        QUrl events(broker);
        events.setScheme(QStringLiteral("wss"));
        events.setPath(QStringLiteral("/api/v1/events"));
        channels.push_back(events);
    }
    m_events = std::make_unique<EventChannel>(std::move(channels), trust);
    connect(m_events.get(), &EventChannel::arrived, this, &BrokerClient::eventArrived);
    connect(m_events.get(), &EventChannel::restored, this, [this] {
        wire::Event event;
        event.kind = wire::EventKind::desktopsChanged;
        Q_EMIT eventArrived(event);
    });
}

BrokerClient::~BrokerClient()
{
    for (const UnderWay& one : m_underWay) {
        if (one.exchange)
            one.exchange->abandon();
    }
}

void BrokerClient::warmUp(std::function<void(const std::optional<Failure>&)> done)
{
    if (m_lastUse.isValid() && m_lastUse.elapsed() < warmMs)
        return;
    send({ .verb = Verb::get, .path = QStringLiteral("/api/v1/health") },
        [this, done = std::move(done)](const Answer<QByteArray>& answer) {
            if (!answer)
                m_lastUse.invalidate(); // nothing is warm: the next one may try at once
            if (done)
                done(answer ? std::optional<Failure>() : answer.error());
        });
}

void BrokerClient::signIn(
    const QString& user, Secret password, const QString& terminal, Done<wire::SignedIn> done)
{
    wire::SignIn message;
    message.user = user.toStdString();
    message.password = password.reveal();
    if (!terminal.isEmpty())
        message.terminal = terminal.toStdString();
    Call call { .verb = Verb::post,
        .path = QStringLiteral("/api/v1/session"),
        .body = encoded(message),
        .deadlineMs = m_patience.signIn };
    wipe(message.password);
    m_token = Secret();
    send(std::move(call),
        decoding<wire::SignedIn>([this, done = std::move(done)](Answer<wire::SignedIn> answer) {
            if (answer)
                m_token = Secret(std::exchange(answer->token, {}));
            done(std::move(answer));
        }));
}

void BrokerClient::signOut()
{
    m_events->close();
    std::vector<QPointer<Exchange>> awaited;
    for (const auto& [exchange, outlivesSignOut] : std::exchange(m_underWay, {})) {
        if (exchange && outlivesSignOut)
            awaited.push_back(exchange);
        else if (exchange)
            exchange->abandon();
    }
    if (m_token.isEmpty()) {
        QTimer::singleShot(0, this, &BrokerClient::signOutAnswered);
        return;
    }
    Call call { .verb = Verb::remove, .path = QStringLiteral("/api/v1/session") };
    // The token's end would overtake what was asked for with it.
    auto farewell = std::make_shared<std::function<void()>>(
        [this, token = m_token, call = std::move(call)]() mutable {
            sendWith(token, std::move(call),
                [this](const Answer<QByteArray>&) { Q_EMIT signOutAnswered(); });
            m_underWay.pop_back(); // nobody may abandon the farewell
        });
    m_token = Secret();
    if (awaited.empty()) {
        (*farewell)();
        return;
    }
    const auto once = [farewell] {
        if (const auto run = std::exchange(*farewell, nullptr))
            run();
    };
    const auto left = std::make_shared<std::size_t>(awaited.size());
    for (const auto& exchange : awaited) {
        exchange->dismiss([left, once] {
            if (--*left == 0)
                once();
        });
    }
    QTimer::singleShot(farewellPatienceMs, this, once);
}

void BrokerClient::openEvents()
{
    if (!m_token.isEmpty())
        m_events->open(m_token);
}

void BrokerClient::desktops(Done<wire::DesktopList> done)
{
    send({ .verb = Verb::get, .path = QStringLiteral("/api/v1/me/desktops") },
        decoding<wire::DesktopList>(std::move(done)));
}

void BrokerClient::connectDesktop(const QString& pool, QSize size, const QString& key,
    bool resumeOnly, Done<wire::Connection> done)
{
    wire::Connect message;
    message.pool = pool.toStdString();
    if (resumeOnly)
        message.resumeOnly = true;
    if (!size.isEmpty()) {
        message.width = size.width();
        message.height = size.height();
    }
    send({ .verb = Verb::post,
             .path = QStringLiteral("/api/v1/me/connections"),
             .body = encoded(message),
             .key = key.toLatin1() },
        decoding<wire::Connection>(std::move(done)));
}

void BrokerClient::redeem(Secret ticket, Done<wire::OneTimeCredential> done)
{
    wire::RedeemTicket message;
    message.ticket = ticket.reveal();
    Call call { .verb = Verb::post,
        .path = QStringLiteral("/api/v1/tickets/redeem"),
        .body = encoded(message),
        .isPatient = true };
    wipe(message.ticket);
    send(std::move(call), decoding<wire::OneTimeCredential>(std::move(done)));
}

void BrokerClient::lease(const QString& lease, LeaseVerb verb, Done<Nothing> done)
{
    send({ .verb = Verb::post,
             .path = QStringLiteral("/api/v1/me/leases/%1/%2")
                         .arg(QString::fromLatin1(QUrl::toPercentEncoding(lease)), verbName(verb)),
             .outlivesSignOut = true },
        [done = std::move(done)](Answer<QByteArray> answer) {
            if (!done)
                return;
            if (answer)
                done(Nothing {});
            else
                done(tl::unexpected(std::move(answer.error())));
        });
}

/// A request until somebody has answered it, or nobody did.
struct BrokerClient::Attempt
{
    Call call;
    Secret token; ///< at the time of asking: a farewell still needs it when the client has none
    Exchange::Done done;
    std::size_t left = 0; ///< brokers that may still be asked

    Attempt(Call what, Secret with, Exchange::Done then, std::size_t brokers)
        : call(std::move(what))
        , token(std::move(with))
        , done(std::move(then))
        , left(brokers)
    {
    }
    ~Attempt() { client::wipe(call.body); }
    Attempt(const Attempt&) = delete;
    Attempt& operator=(const Attempt&) = delete;
};

void BrokerClient::send(Call call, Exchange::Done done)
{
    sendWith(m_token, std::move(call), std::move(done));
}

void BrokerClient::sendWith(const Secret& token, Call call, Exchange::Done done)
{
    attempt(std::make_shared<Attempt>(std::move(call), token, std::move(done), m_brokers.size()));
}

void BrokerClient::attempt(const std::shared_ptr<Attempt>& asked)
{
    --asked->left;
    const Call& call = asked->call;
    const QNetworkRequest prepared = request(call, asked->token);
    // The exchange wipes its bytes; the next broker may need them again.
    QByteArray body(call.body.constData(), call.body.size());
    QNetworkReply* reply = nullptr;
    switch (call.verb) {
    case Verb::get:
        reply = m_network.get(prepared);
        break;
    case Verb::post:
        reply = m_network.post(prepared, body);
        break;
    case Verb::remove:
        reply = m_network.deleteResource(prepared);
        break;
    }
    m_lastUse.start();
    int deadline = call.deadlineMs > 0 ? call.deadlineMs : m_patience.request;
    if (asked->left > 0 && !call.isPatient)
        deadline = std::min(deadline, m_patience.beforeNext);
    std::erase_if(m_underWay, [](const UnderWay& other) { return other.exchange.isNull(); });
    auto* exchange = new Exchange(reply, std::move(body), deadline,
        [this, asked, broker = m_current](Answer<QByteArray> answer) {
            if (answer || !answer.error().isAway || asked->left == 0) {
                asked->done(std::move(answer));
                return;
            }
            if (broker == m_current) // nobody has gone on from there meanwhile
                goOnTo((broker + 1) % m_brokers.size());
            attempt(asked);
        });
    m_underWay.push_back({ exchange, call.outlivesSignOut });
}

void BrokerClient::goOnTo(std::size_t broker)
{
    m_current = broker;
    m_events->prefer(broker);
}

QNetworkRequest BrokerClient::request(const Call& call, const Secret& secret) const
{
    QUrl url(m_brokers[m_current]);
    url.setPath(call.path, QUrl::StrictMode);
    QNetworkRequest request(url);
    request.setSslConfiguration(m_trust);
    // One warm HTTP/1.1 connection is what the broker speaks; asking for HTTP/2 first only costs
    // bytes.
    request.setAttribute(QNetworkRequest::Http2AllowedAttribute, false);
    request.setAttribute(QNetworkRequest::CookieLoadControlAttribute, QNetworkRequest::Manual);
    request.setAttribute(QNetworkRequest::CookieSaveControlAttribute, QNetworkRequest::Manual);
    request.setRawHeader("Accept", "application/json");
    if (call.verb == Verb::post)
        request.setHeader(QNetworkRequest::ContentTypeHeader, QStringLiteral("application/json"));
    if (!call.key.isEmpty())
        request.setRawHeader("Idempotency-Key", call.key);
    const auto token = secret.reveal();
    if (!token.empty())
        request.setRawHeader("Authorization",
            "Bearer " + QByteArray(token.data(), static_cast<qsizetype>(token.size())));
    return request;
}

}
