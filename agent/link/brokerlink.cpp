// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/link/brokerlink.h"

#include "agent/link/log.h"
#include "agent/link/pinnedtls.h"

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <deque>
#include <optional>

namespace wardesk::agent {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

using Stream = websocket::stream<asio::ssl::stream<tcp::socket>>;

/// A broker and the trust in exactly its key.
struct Target
{
    explicit Target(BrokerAddress to)
        : address(std::move(to))
        , tls(asio::ssl::context::tls_client)
    {
    }
    const BrokerAddress address;
    asio::ssl::context tls;
};
using TargetPtr = std::shared_ptr<Target>;

Result<std::vector<TargetPtr>> targetsOf(std::vector<BrokerAddress> addresses)
{
    if (addresses.empty())
        return failure(Errc::invalidArgument, "no broker is named");
    std::vector<TargetPtr> targets;
    for (BrokerAddress& address : addresses) {
        if (address.host.empty() || address.port == 0)
            return failure(Errc::invalidArgument, "the broker's address is missing");
        auto target = std::make_shared<Target>(std::move(address));
        if (const auto trusted = trustOnly(target->tls.native_handle(), target->address.keySha256);
            !trusted)
            return tl::unexpected(trusted.error());
        targets.push_back(std::move(target));
    }
    return targets;
}

bool isSame(const BrokerAddress& a, const BrokerAddress& b)
{
    return a.host == b.host && a.port == b.port && a.keySha256 == b.keySha256;
}

/// What one connection tells its owner. An owner that has lost interest is simply gone.
class ConnectionOwner
{
public:
    virtual ~ConnectionOwner() = default;
    virtual void connectionUp() = 0;
    virtual void connectionMessage(std::string_view text) = 0;
    virtual void connectionLost(const Error& error) = 0;
};

/// One attempt and, when it succeeds, one connection. Lives as long as its pending operations.
class Connection : public std::enable_shared_from_this<Connection>
{
public:
    Connection(asio::io_context& context, TargetPtr target, const BrokerLink::Options& options,
        std::weak_ptr<ConnectionOwner> owner)
        : m_target(std::move(target))
        , m_options(options)
        , m_owner(std::move(owner))
        , m_resolver(context)
        , m_deadline(context)
        , m_stream(context, m_target->tls)
    {
    }

    void open()
    {
        // One deadline for all the steps; the WebSocket's own timer takes over afterwards.
        m_deadline.expires_after(m_options.connectTime);
        m_deadline.async_wait([self = shared_from_this()](error_code error) {
            if (!error)
                self->lose({ Errc::timeout, "the broker does not answer" });
        });
        m_resolver.async_resolve(m_target->address.host, std::to_string(m_target->address.port),
            [self = shared_from_this()](
                error_code error, const tcp::resolver::results_type& found) {
                if (self->failed(error, "looking up the broker"))
                    return;
                asio::async_connect(beast::get_lowest_layer(self->m_stream), found,
                    [self](
                        error_code failedWith, const tcp::endpoint&) { self->secure(failedWith); });
            });
    }

    void send(std::string text)
    {
        if (!m_isUp)
            return;
        if (m_queue.size() >= m_options.queueLimit) {
            lose({ Errc::overloaded, "the broker does not read what is sent to it" });
            return;
        }
        m_queue.push_back(std::move(text));
        if (m_queue.size() == 1)
            write();
    }

    [[nodiscard]] bool isUp() const { return m_isUp; }

    void setIdleTime(std::chrono::milliseconds idleTime)
    {
        m_options.idleTime = idleTime;
        if (m_isUp)
            m_stream.set_option(
                websocket::stream_base::timeout { m_options.connectTime, idleTime, true });
    }

    void close()
    {
        m_owner.reset();
        shut();
    }

private:
    void secure(error_code error)
    {
        if (failed(error, "connecting to the broker"))
            return;
        error_code ignored;
        beast::get_lowest_layer(m_stream).set_option(tcp::no_delay(true), ignored);
        error_code notAddress;
        std::string name = m_target->address.host;
        asio::ip::make_address(name, notAddress);
        if (notAddress) // server name indication is for names only
            SSL_ctrl(m_stream.next_layer().native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME,
                TLSEXT_NAMETYPE_host_name, name.data());
        m_stream.next_layer().async_handshake(asio::ssl::stream_base::client,
            [self = shared_from_this()](error_code failedWith) { self->upgrade(failedWith); });
    }

    void upgrade(error_code error)
    {
        if (error.category() == asio::error::get_ssl_category()
            && ERR_GET_REASON(static_cast<unsigned long>(error.value()))
                == SSL_R_CERTIFICATE_VERIFY_FAILED) {
            lose({ Errc::untrusted,
                "the broker's key is not the one this desktop was told to trust" });
            return;
        }
        if (failed(error, "TLS with the broker"))
            return;
        m_stream.set_option(
            websocket::stream_base::timeout { m_options.connectTime, m_options.idleTime, true });
        m_stream.set_option(websocket::stream_base::decorator(
            [target = m_target](websocket::request_type& request) {
                const auto value = target->address.authorization.reveal();
                request.set(
                    http::field::authorization, beast::string_view(value.data(), value.size()));
            }));
        m_stream.read_message_max(m_options.messageLimit);
        m_stream.async_handshake(m_response,
            m_target->address.host + ':' + std::to_string(m_target->address.port),
            m_target->address.target,
            [self = shared_from_this()](error_code failedWith) { self->opened(failedWith); });
    }

    void opened(error_code error)
    {
        if (error == websocket::error::upgrade_declined) {
            lose({ Errc::forbidden,
                "the broker refuses this desktop (HTTP " + std::to_string(m_response.result_int())
                    + ")" });
            return;
        }
        if (failed(error, "opening the channel to the broker"))
            return;
        m_deadline.cancel();
        m_isUp = true;
        m_stream.text(true);
        read();
        if (const auto owner = m_owner.lock())
            owner->connectionUp();
    }

    void read()
    {
        m_stream.async_read(m_buffer, [self = shared_from_this()](error_code error, std::size_t) {
            if (self->failed(error, "reading from the broker"))
                return;
            if (!self->m_stream.got_text()) {
                self->lose({ Errc::invalidArgument, "the broker sent something that is not text" });
                return;
            }
            const std::string text = beast::buffers_to_string(self->m_buffer.data());
            self->m_buffer.clear();
            if (const auto owner = self->m_owner.lock())
                owner->connectionMessage(text);
            if (!self->m_isLost)
                self->read();
        });
    }

    void write()
    {
        m_stream.async_write(asio::buffer(m_queue.front()),
            [self = shared_from_this()](error_code error, std::size_t) {
                if (self->failed(error, "sending to the broker"))
                    return;
                // What was sent may have held a one-time credential.
                OPENSSL_cleanse(self->m_queue.front().data(), self->m_queue.front().size());
                self->m_queue.pop_front();
                if (!self->m_queue.empty())
                    self->write();
            });
    }

    [[nodiscard]] bool failed(error_code error, const char* step)
    {
        if (m_isLost)
            return true;
        if (!error)
            return false;
        lose({ Errc::unavailable, std::string(step) + " failed: " + error.message() });
        return true;
    }

    void lose(const Error& error)
    {
        if (m_isLost)
            return;
        shut();
        if (const auto owner = m_owner.lock())
            owner->connectionLost(error);
    }

    void shut()
    {
        m_isLost = true;
        m_isUp = false;
        m_deadline.cancel();
        m_resolver.cancel();
        error_code ignored;
        beast::get_lowest_layer(m_stream).close(ignored);
    }

    const TargetPtr m_target;
    BrokerLink::Options m_options;
    std::weak_ptr<ConnectionOwner> m_owner;
    tcp::resolver m_resolver;
    asio::steady_timer m_deadline;
    Stream m_stream;
    websocket::response_type m_response;
    beast::flat_buffer m_buffer;
    std::deque<std::string> m_queue;
    bool m_isUp = false;
    bool m_isLost = false;
};

}

struct BrokerLink::Private : ConnectionOwner, std::enable_shared_from_this<BrokerLink::Private>
{
    Private(asio::io_context& io, std::vector<TargetPtr> to, LinkListener& tellWhom, Options with,
        Random chance)
        : context(io)
        , targets(std::move(to))
        , listener(tellWhom)
        , options(with)
        , random(std::move(chance))
        , wait(io)
    {
    }

    [[nodiscard]] Options optionsNow() const
    {
        Options now = options;
        if (targets.size() > 1) {
            now.connectTime = std::min(now.connectTime, now.connectTimeOfSeveral);
            now.idleTime = std::min(now.idleTime, now.idleTimeOfSeveral);
        }
        return now;
    }

    void connect()
    {
        connection = std::make_shared<Connection>(
            context, targets[current], optionsNow(), weak_from_this());
        connection->open();
    }

    void setTargets(std::vector<TargetPtr> to)
    {
        const BrokerAddress& there = targets[current]->address;
        const auto same = std::find_if(to.begin(), to.end(),
            [&](const TargetPtr& target) { return isSame(target->address, there); });
        // A broker that is not in the list any more keeps this agent until it ends the connection.
        current = same == to.end() ? to.size() - 1 : static_cast<std::size_t>(same - to.begin());
        targets = std::move(to);
        if (connection)
            connection->setIdleTime(optionsNow().idleTime);
    }

    void connectionUp() override
    {
        log("connected to the broker at " + targets[current]->address.host + ':'
            + std::to_string(targets[current]->address.port));
        refusals = 0;
        lastProblem.clear();
        upSince = std::chrono::steady_clock::now();
        listener.linkUp();
    }

    void connectionMessage(std::string_view text) override { listener.linkMessage(text); }

    void connectionLost(const Error& error) override
    {
        if (isStopped)
            return;
        if (error.detail != lastProblem) // once, not with every attempt
            log(error.detail);
        lastProblem = error.detail;
        const bool wasUp = upSince.has_value();
        // A broker that lets us in and throws us out at once is a failure too.
        if (wasUp && std::chrono::steady_clock::now() - *upSince >= options.wait.longest)
            failures = 0;
        upSince.reset();
        // Refused by one is refused by all, most likely, but only asking tells.
        const bool isRefusal = error.code == Errc::untrusted || error.code == Errc::forbidden;
        refusals = isRefusal ? refusals + 1 : 0;
        const auto brokers = static_cast<unsigned>(targets.size());
        wait.expires_after(
            waitAfter(refusals >= brokers ? 16 : failures / brokers, random(), options.wait));
        ++failures;
        current = (current + 1) % targets.size();
        wait.async_wait([self = shared_from_this()](error_code cancelled) {
            if (!cancelled && !self->isStopped)
                self->connect();
        });
        if (wasUp)
            listener.linkDown();
    }

    asio::io_context& context;
    std::vector<TargetPtr> targets; ///< never empty
    std::size_t current = 0;
    LinkListener& listener;
    Options options;
    Random random;
    asio::steady_timer wait;
    std::shared_ptr<Connection> connection;
    std::optional<std::chrono::steady_clock::time_point> upSince;
    std::string lastProblem;
    unsigned failures = 0;
    unsigned refusals = 0; ///< in a row
    bool isStopped = false;
};

Result<std::unique_ptr<BrokerLink>> BrokerLink::create(asio::io_context& context,
    std::vector<BrokerAddress> addresses, LinkListener& listener, Options options, Random random)
{
    auto targets = targetsOf(std::move(addresses));
    if (!targets)
        return tl::unexpected(targets.error());
    return std::unique_ptr<BrokerLink>(new BrokerLink(std::make_shared<Private>(
        context, std::move(*targets), listener, options, std::move(random))));
}

Result<std::unique_ptr<BrokerLink>> BrokerLink::create(asio::io_context& context,
    BrokerAddress address, LinkListener& listener, Options options, Random random)
{
    std::vector<BrokerAddress> one;
    one.push_back(std::move(address));
    return create(context, std::move(one), listener, options, std::move(random));
}

BrokerLink::BrokerLink(std::shared_ptr<Private> shared)
    : d(std::move(shared))
{
}

BrokerLink::~BrokerLink()
{
    stop();
}

void BrokerLink::start()
{
    const auto brokers = static_cast<double>(d->targets.size());
    d->current = std::min(static_cast<std::size_t>(d->random() * brokers), d->targets.size() - 1);
    d->connect();
}

void BrokerLink::send(std::string text)
{
    if (d->connection)
        d->connection->send(std::move(text));
}

bool BrokerLink::isUp() const
{
    return d->connection && d->connection->isUp();
}

Result<void> BrokerLink::setAddresses(std::vector<BrokerAddress> addresses)
{
    auto targets = targetsOf(std::move(addresses));
    if (!targets)
        return tl::unexpected(targets.error());
    d->setTargets(std::move(*targets));
    return {};
}

void BrokerLink::renew()
{
    if (d->isStopped || !d->connection)
        return; // not started
    d->wait.cancel();
    d->connection->close();
    d->failures = 0;
    if (std::exchange(d->upSince, std::nullopt))
        d->listener.linkDown();
    d->connect();
}

void BrokerLink::stop()
{
    d->isStopped = true;
    d->wait.cancel();
    if (d->connection)
        d->connection->close();
    d->connection.reset();
}

}
