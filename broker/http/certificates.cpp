// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/http/certificates.h"

#include "broker/http/durablefile.h"
#include "broker/http/opensslhandles.h"
#include "protocols/base/encoding.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <set>

namespace wardesk::broker {

namespace {

constexpr long daySeconds = 24L * 60L * 60L;
constexpr long caDays = 3650;
constexpr long serverDays = 825;
constexpr long renewDays = 60;

tl::unexpected<Error> cryptoError(const std::string& act)
{
    char text[256] = "unknown";
    ERR_error_string_n(ERR_get_error(), text, sizeof text);
    return failure(Errc::internal, "cannot " + act + ": " + text);
}

bool isAddress(const std::string& name)
{
    in_addr four {};
    in6_addr six {};
    return inet_pton(AF_INET, name.c_str(), &four) == 1
        || inet_pton(AF_INET6, name.c_str(), &six) == 1;
}

std::string textOf(BIO* memory)
{
    char* bytes = nullptr;
    const long length = BIO_get_mem_data(memory, &bytes);
    return length > 0 ? std::string(bytes, static_cast<std::size_t>(length)) : std::string();
}

std::string pemOf(EVP_PKEY* key)
{
    const BioHandle memory(BIO_new(BIO_s_mem()));
    PEM_write_bio_PKCS8PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
    return textOf(memory.get());
}

std::string pemOf(X509* certificate)
{
    const BioHandle memory(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(memory.get(), certificate);
    return textOf(memory.get());
}

CertificateHandle parseCertificate(const std::string& pem)
{
    const BioHandle memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    return CertificateHandle(PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr));
}

/// The key in the file; made and written first when there is none.
Result<KeyHandle> ensureKey(const std::string& path)
{
    const auto pem = readWhole(path);
    if (pem) {
        const BioHandle memory(BIO_new_mem_buf(pem->data(), static_cast<int>(pem->size())));
        KeyHandle key(PEM_read_bio_PrivateKey(memory.get(), nullptr, nullptr, nullptr));
        if (!key)
            return failure(Errc::invalidArgument,
                path
                    + " is damaged. Restore it from a backup; without it no agent and no client "
                      "trusts this broker.");
        return key;
    }
    if (pem.error().code != Errc::notFound)
        return tl::unexpected(pem.error());
    KeyHandle key(EVP_EC_gen("P-256"));
    if (!key)
        return cryptoError("make a key");
    if (auto written = writeDurably(path, pemOf(key.get()), 0600); !written)
        return tl::unexpected(written.error());
    return key;
}

struct Profile
{
    std::string commonName;
    bool authority = false;
    std::string alternativeNames; ///< "DNS:a,IP:b", for servers
    long days = 0;
};

bool addExtension(X509* certificate, X509* issuer, int kind, const std::string& value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    if (extension == nullptr)
        return false;
    const bool added = X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return added;
}

Result<CertificateHandle> makeCertificate(
    const Profile& profile, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuerKey, WallTime now)
{
    CertificateHandle certificate(X509_new());
    X509* raw = certificate.get();
    const std::string serial = randomBytes(16);
    BIGNUM* number = BN_bin2bn(reinterpret_cast<const unsigned char*>(serial.data()), 15, nullptr);
    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(raw));
    BN_free(number);
    X509_set_version(raw, X509_VERSION_3);
    const std::time_t seconds
        = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    // An hour back, for terminals whose clock is a little late.
    ASN1_TIME_set(X509_getm_notBefore(raw), seconds - 3600);
    ASN1_TIME_set(X509_getm_notAfter(raw), seconds + profile.days * daySeconds);
    X509_NAME* name = X509_get_subject_name(raw);
    const auto add = [name](const char* field, const std::string& value) {
        X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
            reinterpret_cast<const unsigned char*>(value.c_str()), -1, -1, 0);
    };
    add("O", "Wardesk");
    add("CN", profile.commonName);
    X509* signer = issuer != nullptr ? issuer : raw;
    X509_set_issuer_name(raw, X509_get_subject_name(signer));
    X509_set_pubkey(raw, key);
    bool good = addExtension(raw, signer, NID_basic_constraints,
                    profile.authority ? "critical,CA:TRUE,pathlen:0" : "critical,CA:FALSE")
        && addExtension(raw, signer, NID_key_usage,
            profile.authority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature")
        && addExtension(raw, signer, NID_subject_key_identifier, "hash")
        && addExtension(raw, signer, NID_authority_key_identifier, "keyid");
    if (!profile.authority)
        good = good && addExtension(raw, signer, NID_ext_key_usage, "serverAuth")
            && addExtension(raw, signer, NID_subject_alt_name, profile.alternativeNames);
    if (!good || X509_sign(raw, issuerKey, EVP_sha256()) == 0)
        return cryptoError("make a certificate");
    return certificate;
}

bool isFresh(X509* certificate, EVP_PKEY* key, WallTime now)
{
    std::time_t limit
        = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count()
        + renewDays * daySeconds;
    return X509_cmp_time(X509_get0_notAfter(certificate), &limit) > 0
        && X509_check_private_key(certificate, key) == 1;
}

bool names(X509* certificate, const std::set<std::string>& wanted)
{
    for (const std::string& name : wanted) {
        const bool named = isAddress(name)
            ? X509_check_ip_asc(certificate, name.c_str(), 0) == 1
            : X509_check_host(certificate, name.c_str(), name.size(), 0, nullptr) == 1;
        if (!named)
            return false;
    }
    return true;
}

std::string keyHash(EVP_PKEY* key)
{
    unsigned char* der = nullptr;
    const int length = i2d_PUBKEY(key, &der);
    if (length <= 0)
        return {};
    const std::string hash = sha256Hex(
        std::string_view(reinterpret_cast<const char*>(der), static_cast<std::size_t>(length)));
    OPENSSL_free(der);
    return hash;
}

}

Result<Certificates> ensureCertificates(
    const std::string& directory, const std::vector<std::string>& wantedNames, WallTime now)
{
    ERR_clear_error();
    const auto caKey = ensureKey(directory + "/ca.key");
    if (!caKey)
        return tl::unexpected(caKey.error());
    const auto serverKey = ensureKey(directory + "/server.key");
    if (!serverKey)
        return tl::unexpected(serverKey.error());

    Certificates made;
    made.caFile = directory + "/ca.pem";
    const auto caPem = readWhole(made.caFile);
    CertificateHandle ca = caPem ? parseCertificate(*caPem) : nullptr;
    if (!ca || !isFresh(ca.get(), caKey->get(), now)) {
        const Profile profile { .commonName = "Wardesk authority " + toHex(randomBytes(4)),
            .authority = true,
            .alternativeNames = {},
            .days = caDays };
        auto fresh = makeCertificate(profile, caKey->get(), nullptr, caKey->get(), now);
        if (!fresh)
            return tl::unexpected(fresh.error());
        ca = std::move(*fresh);
        if (auto written = writeDurably(made.caFile, pemOf(ca.get()), 0644); !written)
            return tl::unexpected(written.error());
    }

    const std::set<std::string> wanted(wantedNames.begin(), wantedNames.end());
    const std::string serverFile = directory + "/server.pem";
    const auto serverPem = readWhole(serverFile);
    CertificateHandle server = serverPem ? parseCertificate(*serverPem) : nullptr;
    if (!server || !isFresh(server.get(), serverKey->get(), now) || !names(server.get(), wanted)
        || X509_verify(server.get(), caKey->get()) != 1) {
        Profile profile { .commonName = "wardesk-broker",
            .authority = false,
            .alternativeNames = {},
            .days = serverDays };
        for (const std::string& name : wanted)
            profile.alternativeNames += (profile.alternativeNames.empty() ? "" : ",")
                + std::string(isAddress(name) ? "IP:" : "DNS:") + name;
        auto fresh = makeCertificate(profile, serverKey->get(), ca.get(), caKey->get(), now);
        if (!fresh)
            return tl::unexpected(fresh.error());
        server = std::move(*fresh);
        if (auto written = writeDurably(serverFile, pemOf(server.get()) + pemOf(ca.get()), 0644);
            !written)
            return tl::unexpected(written.error());
    }
    made.chainPem = pemOf(server.get()) + pemOf(ca.get());
    made.keyPem = pemOf(serverKey->get());
    made.keySha256 = keyHash(serverKey->get());
    if (made.keySha256.empty())
        return cryptoError("read the server's key");
    ERR_clear_error();
    return made;
}

}
