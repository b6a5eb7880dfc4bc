// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/broker/http/livebroker.h"

#include "broker/app/asiolane.h"
#include "broker/http/routes.h"
#include "broker/hypervisor/fake/fakehypervisor.h"
#include "broker/service/poolkeeper.h"
#include "broker/store/memorystore.h"
#include "protocols/wire/clientmessages.h"

#include <QTemporaryDir>
#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

namespace wardesk::broker::test {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

class PlainHasher final : public PasswordHasher
{
public:
    [[nodiscard]] Result<std::string> hash(const Secret& password) const override
    {
        return std::string(password.reveal());
    }
    [[nodiscard]] bool verify(const std::string& hash, const Secret& password) const override
    {
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, [this] { return !m_held; });
        return !hash.empty() && password.equals(hash);
    }
    void hold(bool held)
    {
        {
            const std::lock_guard lock(m_mutex);
            m_held = held;
        }
        m_changed.notify_all();
    }

private:
    mutable std::mutex m_mutex;
    mutable std::condition_variable m_changed;
    bool m_held = false;
};

/// A client's side of one TLS connection; blocking, with a time limit on every read.
class Line
{
public:
    Line(unsigned short port, asio::ssl::context& tls)
        : m_stream(m_io, tls)
    {
        m_stream.next_layer().connect({ asio::ip::address_v4::loopback(), port });
        m_stream.set_verify_mode(asio::ssl::verify_peer);
        m_stream.set_verify_callback(asio::ssl::host_name_verification("localhost"));
        m_stream.handshake(asio::ssl::stream_base::client, m_error);
    }
    bool isGood() const { return !m_error; }
    void write(const std::string& bytes)
    {
        error_code ignored; // a broker that refuses early may close while we still write
        asio::write(m_stream, asio::buffer(bytes), ignored);
    }
    Answer read()
    {
        http::response_parser<http::string_body> parser;
        parser.body_limit(64U << 20U);
        error_code error;
        http::read(m_stream, m_buffer, parser, error);
        if (error)
            return {};
        Answer answer;
        answer.status = static_cast<int>(parser.get().result_int());
        answer.body = parser.get().body();
        for (const auto& field : parser.get()) {
            std::string name(field.name_string());
            for (char& c : name)
                c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
            answer.headers[name] = std::string(field.value());
        }
        return answer;
    }
    asio::ssl::stream<tcp::socket>& stream() { return m_stream; }

private:
    asio::io_context m_io;
    asio::ssl::stream<tcp::socket> m_stream;
    beast::flat_buffer m_buffer;
    error_code m_error;
};

struct Silent
{
    asio::io_context io;
    tcp::socket socket { io };
};

}

std::string Answer::code() const
{
    const auto error = wire::decode<wire::ErrorBody>(body);
    return error ? error->code : "no error body";
}

struct LiveBroker::Parts
{
    explicit Parts(const FrontLimits& limits)
        : front(io, gate, meters, limits)
    {
    }
    QTemporaryDir directory;
    asio::io_context io { 1 };
    SystemClock clock;
    AsioLane main { io };
    AsioTimers timers { io };
    MemoryStore store;
    FakeHypervisor host;
    PlainHasher hasher;
    Meters meters;
    HostState hostState;
    ThreadLane storeLane { "store", 1, 2000 };
    ThreadLane hashLane { "hash", 2, 64 };
    ThreadLane hostLane { "host", 1, 1000 };
    Shell shell { main, storeLane, hashLane, timers, clock, store, hasher, OrganisationId("org") };
    AgentLinks agents { shell };
    EventHub events { shell };
    Hosts hosts { shell, agents, events, hostState };
    PoolKeeper keeper { shell, hosts, agents, events, hostState, {} };
    SessionControl sessions { shell, keeper, agents, events };
    SignIns signIns { shell, events };
    Connections connections { shell, keeper, agents, events, hostState };
    AgentReports reports { shell, keeper, agents, events, sessions };
    PoolAdministration pools { shell, keeper };
    PoolElasticity elasticity { shell, keeper };
    PoolLife life { shell, keeper, events };
    DesktopAdministration desktops { shell, keeper, sessions };
    UserAdministration users { shell, events, sessions };
    AccessAdministration access { shell, events };
    GroupAdministration groups { shell, events };
    HealthWatch health { shell, hostState, "test" };
    BrokerAdministration brokers { shell, agents, events, {} };
    ImageAdministration images { shell };
    PoolRollouts rollouts { shell, keeper };
    HostAdministration hostRows { shell, keeper, hosts, agents, events };
    Services services { &signIns, &connections, &sessions, &agents, &reports, &events, &pools,
        &elasticity, &life, &desktops, &users, &health, &meters, nullptr, &brokers, nullptr,
        &images, &rollouts, &hostRows, &access, &groups };
    RouteTable table;
    Gate gate { shell, table, signIns, reports, meters };
    Front front;
    asio::ssl::context trust { asio::ssl::context::tls_client };
    unsigned short port = 0;
    std::thread thread;
};

LiveBroker::LiveBroker(const FrontLimits& limits)
    : m_parts(std::make_unique<Parts>(limits))
{
    Parts& parts = *m_parts;
    std::ignore = parts.store.ensureOrganisation(OrganisationId("org"), "hospital");
    for (const std::string name : { "nurse", "admin" }) {
        User user;
        user.id = UserId(name);
        user.organisation = OrganisationId("org");
        user.name = name;
        user.role = name == "admin" ? Role::administrator : Role::clinician;
        user.passwordHash = "secret-" + name;
        std::ignore = parts.store.insertUser(user);
    }
    addRoutes(parts.table, parts.services);
    const auto certificates = ensureCertificates(
        parts.directory.path().toStdString(), { "localhost", "127.0.0.1" }, parts.clock.wall());
    if (!certificates || !parts.front.useCertificates(*certificates))
        qFatal("no certificates");
    parts.trust.load_verify_file(certificates->caFile);
    parts.port = parts.front.listen("127.0.0.1:0").value_or(0);
    parts.health.start();
    parts.hosts.useOnly(parts.hostLane, parts.host);
    parts.keeper.start();
    parts.thread = std::thread([&parts] { parts.io.run(); });
}

LiveBroker::~LiveBroker()
{
    Parts& parts = *m_parts;
    parts.hasher.hold(false);
    asio::post(parts.io, [&parts] {
        parts.front.stop();
        parts.timers.after(std::chrono::milliseconds(50), [&parts] { parts.io.stop(); });
    });
    parts.thread.join();
    parts.hashLane.stop();
    parts.hostLane.stop();
    parts.storeLane.stop();
}

unsigned short LiveBroker::port() const
{
    return m_parts->port;
}

std::string LiveBroker::tokenOf(const std::string& user)
{
    const Answer answer = request("POST", "/api/v1/session",
        R"({"user":")" + user + R"(","password":"secret-)" + user + R"("})");
    const auto signedIn = wire::decode<wire::SignedIn>(answer.body);
    return signedIn ? signedIn->token : std::string();
}

Answer LiveBroker::request(const std::string& method, const std::string& path,
    const std::string& body, const std::string& authorization, const std::string& more)
{
    std::string bytes = method + ' ' + path + " HTTP/1.1\r\nHost: localhost\r\n" + more;
    if (!authorization.empty())
        bytes += "Authorization: " + authorization + "\r\n";
    if (!body.empty() || method == "POST" || method == "PATCH")
        bytes += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    return raw(bytes + "\r\n" + body);
}

Answer LiveBroker::raw(const std::string& bytes)
{
    Line line(m_parts->port, m_parts->trust);
    if (!line.isGood())
        return {};
    line.write(bytes);
    return line.read();
}

std::size_t LiveBroker::connectionCount()
{
    std::promise<std::size_t> count;
    asio::post(m_parts->io, [&] { count.set_value(m_parts->front.connectionCount()); });
    return count.get_future().get();
}

std::pair<Answer, Answer> LiveBroker::twice(const std::string& bytes)
{
    Line line(m_parts->port, m_parts->trust);
    line.write(bytes);
    Answer first = line.read();
    line.write(bytes);
    return { first, line.read() };
}

bool LiveBroker::acceptsTlsUpTo(int version)
{
    asio::ssl::context tls(asio::ssl::context::tls_client);
    // Old versions need the library's lowest security level to be offered at all.
    SSL_CTX_set_cipher_list(tls.native_handle(), "ALL:@SECLEVEL=0");
    SSL_CTX_set_min_proto_version(tls.native_handle(), 0);
    SSL_CTX_set_max_proto_version(tls.native_handle(), version);
    asio::io_context io;
    asio::ssl::stream<tcp::socket> stream(io, tls);
    stream.next_layer().connect({ asio::ip::address_v4::loopback(), m_parts->port });
    error_code error;
    stream.handshake(asio::ssl::stream_base::client, error);
    return !error;
}

std::string LiveBroker::firstFrame(
    const std::string& path, const std::string& authorization, const std::string& afterwards)
{
    Line line(m_parts->port, m_parts->trust);
    beast::websocket::stream<asio::ssl::stream<tcp::socket>&> socket(line.stream());
    socket.set_option(
        beast::websocket::stream_base::decorator([&](beast::websocket::request_type& upgrade) {
            if (!authorization.empty())
                upgrade.set(http::field::authorization, authorization);
        }));
    beast::websocket::response_type response;
    error_code error;
    socket.handshake(response, "localhost", path, error);
    if (error)
        return std::to_string(response.result_int());
    if (!afterwards.empty())
        std::ignore = request("DELETE", "/api/v1/session", {}, afterwards);
    beast::flat_buffer buffer;
    socket.read(buffer, error);
    return error ? error.message() : beast::buffers_to_string(buffer.data());
}

std::shared_ptr<void> LiveBroker::openConnection(const std::string& firstBytes)
{
    auto line = std::make_shared<Line>(m_parts->port, m_parts->trust);
    if (!firstBytes.empty())
        line->write(firstBytes);
    return line;
}

Answer LiveBroker::answerOn(const std::shared_ptr<void>& connection)
{
    return std::static_pointer_cast<Line>(connection)->read();
}

void LiveBroker::say(const std::shared_ptr<void>& connection, const std::string& bytes)
{
    std::static_pointer_cast<Line>(connection)->write(bytes);
}

void LiveBroker::holdPasswords()
{
    m_parts->hasher.hold(true);
}

void LiveBroker::letPasswordsGo()
{
    m_parts->hasher.hold(false);
}

std::size_t LiveBroker::passwordsWaiting() const
{
    return m_parts->hashLane.waiting();
}

std::shared_ptr<void> LiveBroker::silentConnection(const std::string& firstBytes)
{
    auto silent = std::make_shared<Silent>();
    error_code error;
    silent->socket.connect({ asio::ip::address_v4::loopback(), m_parts->port }, error);
    if (!firstBytes.empty())
        asio::write(silent->socket, asio::buffer(firstBytes), error);
    return silent;
}

bool LiveBroker::isClosedByPeer(const std::shared_ptr<void>& connection)
{
    auto silent = std::static_pointer_cast<Silent>(connection);
    char byte = 0;
    error_code error;
    while (!error)
        silent->socket.read_some(asio::buffer(&byte, 1), error);
    return error == asio::error::eof || error == asio::error::connection_reset;
}

std::size_t LiveBroker::countAudit()
{
    // Through the store's own lane, so that nothing is still on its way.
    std::promise<std::size_t> count;
    std::ignore = m_parts->storeLane.post(Urgency::usual, [&] {
        count.set_value(m_parts->store.listAudit(OrganisationId("org"), 0, 10000)->size());
    });
    return count.get_future().get();
}

}
