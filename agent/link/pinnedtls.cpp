// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/link/pinnedtls.h"

#include "protocols/base/encoding.h"

#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

namespace wardesk::agent {

namespace {

int pinIndex()
{
    static const int index = SSL_CTX_get_ex_new_index(
        0, nullptr, nullptr, nullptr, [](void*, void* pin, CRYPTO_EX_DATA*, int, long, void*) {
            delete static_cast<std::string*>(pin);
        });
    return index;
}

int verify(X509_STORE_CTX* store, void* pin)
{
    const X509* leaf = X509_STORE_CTX_get0_cert(store);
    if (leaf != nullptr && keySha256Of(leaf) == *static_cast<const std::string*>(pin)) {
        X509_STORE_CTX_set_error(store, X509_V_OK);
        return 1;
    }
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_UNTRUSTED);
    return 0;
}

std::string digestOf(unsigned char* der, int length)
{
    if (length <= 0)
        return {};
    const std::string digest
        = sha256Hex({ reinterpret_cast<const char*>(der), static_cast<std::size_t>(length) });
    OPENSSL_free(der);
    return digest;
}

}

Result<void> trustOnly(SSL_CTX* context, std::string_view keySha256)
{
    const auto raw = fromHex(keySha256);
    if (!raw || raw->size() != 32)
        return failure(
            Errc::invalidArgument, "the broker's key is wrong: 64 hexadecimal digits are expected");
    auto* pin = new std::string(toHex(*raw)); // owned by the context from here on
    if (SSL_CTX_set_ex_data(context, pinIndex(), pin) != 1) {
        delete pin;
        return failure(Errc::internal, "OpenSSL cannot hold the broker's key");
    }
    SSL_CTX_set_cert_verify_callback(context, verify, pin);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1)
        return failure(Errc::internal, "OpenSSL cannot demand TLS 1.2");
    return {};
}

std::string keySha256Of(const X509* certificate)
{
    unsigned char* der = nullptr;
    const int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    return digestOf(der, length);
}

std::string certificateSha256Of(const X509* certificate)
{
    unsigned char* der = nullptr;
    const int length = i2d_X509(certificate, &der);
    return digestOf(der, length);
}

}
