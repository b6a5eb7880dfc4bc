// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/desktop/localsocket.h"

#include "protocols/wire/codec.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <map>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

namespace wardesk::desktop {

namespace asio = boost::asio;
using asio::local::stream_protocol;
using boost::system::error_code;

namespace {

constexpr std::size_t longestRequest = 4096;
constexpr std::chrono::seconds patience { 3 };
// A program of a session must use up neither our descriptors nor another account's turn.
constexpr int mostOwnConversations = 16; // PAM's
constexpr int mostConversations = 4; // of each user
constexpr int longestQueue = 64;

class Conversation : public std::enable_shared_from_this<Conversation>
{
public:
    Conversation(stream_protocol::socket socket, LocalSocket::Handler handler,
        std::shared_ptr<std::map<uid_t, int>> counts, uid_t user)
        : m_socket(std::move(socket))
        , m_deadline(m_socket.get_executor())
        , m_handler(std::move(handler))
        , m_counts(std::move(counts))
        , m_user(user)
    {
        ++(*m_counts)[m_user];
    }
    ~Conversation()
    {
        if (--(*m_counts)[m_user] == 0)
            m_counts->erase(m_user);
        wipe();
    }
    Conversation(const Conversation&) = delete;
    Conversation& operator=(const Conversation&) = delete;

    void run()
    {
        m_deadline.expires_after(patience);
        m_deadline.async_wait([weak = weak_from_this()](error_code error) {
            const auto self = weak.lock();
            if (!error && self)
                self->m_socket.close(error);
        });
        m_text.reserve(
            longestRequest); // so that a credential is not left behind in smaller buffers
        asio::async_read_until(m_socket, asio::dynamic_buffer(m_text, longestRequest), '\n',
            [self = shared_from_this()](error_code error, std::size_t length) {
                if (!error)
                    self->answer(length);
            });
    }

private:
    void answer(std::size_t length)
    {
        ucred peer {};
        socklen_t size = sizeof peer;
        if (::getsockopt(m_socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
            return;
        auto request = wire::decode<LocalRequest>(std::string_view(m_text).substr(0, length));
        wipe();
        const LocalAnswer reply = request ? m_handler(*request, { peer.uid, peer.pid })
                                          : LocalAnswer { false, request.error().detail };
        if (request && request->credential)
            sodium_memzero(request->credential->data(), request->credential->size());
        m_text = wire::encode(reply) + '\n';
        asio::async_write(m_socket, asio::buffer(m_text),
            [self = shared_from_this()](error_code, std::size_t) { self->m_deadline.cancel(); });
    }

    void wipe() { sodium_memzero(m_text.data(), m_text.size()); }

    stream_protocol::socket m_socket;
    asio::steady_timer m_deadline;
    const LocalSocket::Handler m_handler;
    const std::shared_ptr<std::map<uid_t, int>> m_counts;
    const uid_t m_user;
    std::string m_text;
};

}

struct LocalSocket::Private : std::enable_shared_from_this<LocalSocket::Private>
{
    Private(asio::io_context& context, Handler what)
        : acceptor(context)
        , handler(std::move(what))
    {
    }

    void accept()
    {
        acceptor.async_accept(
            [self = shared_from_this()](error_code error, stream_protocol::socket socket) {
                if (error == asio::error::operation_aborted)
                    return;
                if (!error)
                    self->begin(std::move(socket));
                self->accept();
            });
    }

    void begin(stream_protocol::socket socket)
    {
        ucred peer {};
        socklen_t size = sizeof peer;
        if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
            return;
        const auto now = counts->find(peer.uid);
        const int most = peer.uid == ::geteuid() ? mostOwnConversations : mostConversations;
        if (now == counts->end() || now->second < most)
            std::make_shared<Conversation>(std::move(socket), handler, counts, peer.uid)->run();
    }

    stream_protocol::acceptor acceptor;
    Handler handler;
    // Each user's own: a program that hangs on to us must keep neither PAM from asking, or its user
    // would not get back into his session, nor another's session from announcing itself.
    std::shared_ptr<std::map<uid_t, int>> counts = std::make_shared<std::map<uid_t, int>>();
    std::string path;
};

Result<std::unique_ptr<LocalSocket>> LocalSocket::create(
    asio::io_context& context, const std::string& path, Handler handler)
{
    auto d = std::make_shared<Private>(context, std::move(handler));
    if (path.size() >= 108)
        return failure(Errc::invalidArgument, "the socket's path is too long");
    ::unlink(path.c_str()); // an earlier agent's
    error_code error;
    d->acceptor.open(stream_protocol(), error);
    if (!error)
        d->acceptor.bind(stream_protocol::endpoint(path), error);
    if (!error)
        d->acceptor.listen(longestQueue, error);
    if (error || ::chmod(path.c_str(), 0666) != 0)
        return failure(Errc::internal, path + " cannot be served: " + error.message());
    d->path = path;
    d->accept();
    return std::unique_ptr<LocalSocket>(new LocalSocket(std::move(d)));
}

LocalSocket::LocalSocket(std::shared_ptr<Private> shared)
    : d(std::move(shared))
{
}

LocalSocket::~LocalSocket()
{
    error_code ignored;
    d->acceptor.close(ignored);
    ::unlink(d->path.c_str());
}

}
