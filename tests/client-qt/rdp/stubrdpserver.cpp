// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/client-qt/rdp/stubrdpserver.h"

#include "protocols/base/encoding.h"

#include <arpa/inet.h>
#include <csignal>
#include <functional>
#include <memory>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <vector>

namespace {

using namespace std::string_literals;

template <auto free> struct Free
{
    template <typename T> void operator()(T* object) const { free(object); }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Tls = std::unique_ptr<SSL, Free<SSL_free>>;

Certificate makeCertificate(EVP_PKEY* key)
{
    Certificate certificate(X509_new());
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key);
    X509_NAME* name = X509_get_subject_name(certificate.get());
    const std::string host = "desktop";
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
        reinterpret_cast<const unsigned char*>(host.data()), static_cast<int>(host.size()), -1, 0);
    X509_set_issuer_name(certificate.get(), name);
    X509_sign(certificate.get(), key, EVP_sha256());
    return certificate;
}

std::string fingerprintOf(X509* certificate)
{
    unsigned char* der = nullptr;
    const int size = i2d_X509(certificate, &der);
    const std::string bytes(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return wardesk::sha256Hex(bytes);
}

std::string be16(std::size_t value)
{
    return { static_cast<char>(value >> 8), static_cast<char>(value & 0xff) };
}

std::string le16(std::size_t value)
{
    return { static_cast<char>(value & 0xff), static_cast<char>(value >> 8) };
}

std::string tpkt(const std::string& body)
{
    return "\x03\x00"s + be16(body.size() + 4) + body;
}

std::string x224Data(const std::string& body)
{
    return tpkt("\x02\xf0\x80"s + body);
}

/// MS-RDPBCGR 2.2.1.4: with as many channels as the client asked for.
std::string connectResponse(std::size_t channels)
{
    std::string network = "\xeb\x03"s + le16(channels);
    for (std::size_t i = 0; i < channels; ++i)
        network += le16(1004 + i);
    if (channels % 2 != 0)
        network += "\0\0"s;
    const std::string server
        = "\x01\x0c\x0c\x00\x04\x00\x08\x00\x01\x00\x00\x00"s // core: RDP 5, TLS was asked for
        + "\x02\x0c\x0c\x00\0\0\0\0\0\0\0\0"s // no encryption of RDP's own
        + "\x03\x0c"s + le16(network.size() + 4) + network;
    const std::string gcc = "\x00\x05\x00\x14\x7c\x00\x01"s
        + "\x2a\x14\x76\x0a\x01\x01\x00\x01\xc0\x00McDn"s + be16(0x8000 | server.size()) + server;
    const std::string body = "\x0a\x01\x00\x02\x01\x00"s // successful
        + "\x30\x1a\x02\x01\x22\x02\x01\x03\x02\x01\x00\x02\x01\x01\x02\x01\x00\x02\x01\x01\x02\x03\x00\xff\xf8\x02\x01\x02"s
        + "\x04\x82"s + be16(gcc.size()) + gcc;
    return x224Data("\x7f\x66\x82"s + be16(body.size()) + body);
}

std::size_t channelCount(const std::string& connectInitial)
{
    const std::size_t at = connectInitial.find("\x03\xc0"s); // CS_NET
    return at == std::string::npos || at + 4 >= connectInitial.size()
        ? 0
        : static_cast<unsigned char>(connectInitial[at + 4]);
}

using ReadExactly = std::function<bool(char*, std::size_t)>;

/// One TPKT, header included; empty at the end.
std::string readPacket(const ReadExactly& read)
{
    std::string packet(4, '\0');
    if (!read(packet.data(), 4) || packet[0] != 3)
        return {};
    const std::size_t size
        = (static_cast<unsigned char>(packet[2]) << 8u) | static_cast<unsigned char>(packet[3]);
    if (size < 8)
        return {};
    packet.resize(size);
    return read(packet.data() + 4, size - 4) ? packet : std::string();
}

}

StubRdpServer::StubRdpServer(Answer answer)
    : m_answer(answer)
{
    std::signal(SIGPIPE, SIG_IGN); // OpenSSL writes to a client that hung up
    const Key key(EVP_EC_gen("P-256"));
    const Certificate certificate = makeCertificate(key.get());
    m_fingerprint = fingerprintOf(certificate.get());
    SSL_CTX* context = SSL_CTX_new(TLS_server_method());
    m_tlsContext = context;
    SSL_CTX_use_certificate(context, certificate.get());
    SSL_CTX_use_PrivateKey(context, key.get());
    if (answer == Answer::oldTls) {
        SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0");
        SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
        SSL_CTX_set_max_proto_version(context, TLS1_1_VERSION);
    }

    m_listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(m_listener, generic, size) != 0 || ::listen(m_listener, 1) != 0
        || ::getsockname(m_listener, generic, &size) != 0)
        throw std::runtime_error("no port on the loopback interface");
    m_port = ntohs(address.sin_port);
    m_thread = std::thread([this] { serve(); });
}

StubRdpServer::~StubRdpServer()
{
    ::shutdown(m_listener, SHUT_RDWR);
    wait();
    ::close(m_listener);
    SSL_CTX_free(static_cast<SSL_CTX*>(m_tlsContext));
}

void StubRdpServer::wait()
{
    if (m_thread.joinable())
        m_thread.join();
}

void StubRdpServer::serve()
{
    const int socket = ::accept4(m_listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0)
        return;
    const std::unique_ptr<const int, decltype([](const int* s) { ::close(*s); })> closer(&socket);
    const timeval limit { 20,
        0 }; // so that a client that hangs fails the test instead of hanging it
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);

    const ReadExactly readClear = [&](char* to, std::size_t count) {
        while (count > 0) {
            const ssize_t got = ::recv(socket, to, count, 0);
            if (got <= 0)
                return false;
            m_clear.append(to, static_cast<std::size_t>(got));
            to += got;
            count -= static_cast<std::size_t>(got);
        }
        return true;
    };
    if (readPacket(readClear).empty())
        return;
    std::string answer = "\x0e\xd0\x00\x00\x12\x34\x00\x02\x00\x08\x00\x01\x00\x00\x00"s;
    if (m_answer == Answer::classic)
        answer[11] = 0;
    if (m_answer == Answer::silent)
        answer = "\x06\xd0\x00\x00\x12\x34\x00"s;
    const std::string confirm = tpkt(answer);
    if (::send(socket, confirm.data(), confirm.size(), MSG_NOSIGNAL) < 0)
        return;
    if (m_answer == Answer::classic || m_answer == Answer::silent) {
        // Whatever a client says to that is read in the clear.
        while (!readPacket(readClear).empty()) { }
        return;
    }

    const Tls tls(SSL_new(static_cast<SSL_CTX*>(m_tlsContext)));
    SSL_set_fd(tls.get(), socket);
    if (SSL_accept(tls.get()) != 1)
        return;
    const ReadExactly readTls = [&](char* to, std::size_t count) {
        while (count > 0) {
            const int got = SSL_read(tls.get(), to, static_cast<int>(count));
            if (got <= 0)
                return false;
            m_protected.append(to, static_cast<std::size_t>(got));
            to += got;
            count -= static_cast<std::size_t>(got);
        }
        return true;
    };
    const auto write = [&](const std::string& bytes) {
        SSL_write(tls.get(), bytes.data(), static_cast<int>(bytes.size()));
    };
    while (true) {
        const std::string packet = readPacket(readTls);
        if (packet.size() < 8)
            return;
        // After TPKT and the three bytes of X.224: BER's application tag 101, or the choice of an
        // MCS PDU.
        const auto kind = static_cast<unsigned char>(packet[7]);
        if (kind == 0x7f)
            write(connectResponse(channelCount(packet)));
        else if (kind >> 2 == 10) // attach user
            write(x224Data("\x2e\x00\x00\x06"s));
        else if (kind >> 2 == 14 && packet.size() >= 12) // join the channel it names
            write(x224Data("\x3e\x00\x00\x06"s + packet.substr(10, 2) + packet.substr(10, 2)));
        else if (kind >> 2 == 25) { // send data: the first one is the client info PDU
            m_clientInfo = true;
            return;
        }
    }
}
