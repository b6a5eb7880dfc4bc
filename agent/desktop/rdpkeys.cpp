// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/desktop/rdpkeys.h"

#include "agent/desktop/files.h"
#include "agent/link/pinnedtls.h"

#include <grp.h>
#include <memory>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace wardesk::desktop {

namespace {

template <auto Free> struct Freed
{
    template <typename T> void operator()(T* thing) const { Free(thing); }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Memory = std::unique_ptr<BIO, Freed<BIO_vfree>>;
using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;

constexpr long lifeSeconds = 2L * 365 * 24 * 3600;

bool setSerial(X509* certificate)
{
    const Number number(BN_new());
    return number && BN_rand(number.get(), 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1
        && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

Certificate certify(EVP_PKEY* key, const std::string& name)
{
    Certificate certificate(X509_new());
    if (!certificate)
        return nullptr;
    X509_NAME* subject = X509_get_subject_name(certificate.get());
    // A little into the past: the terminal's clock may be behind this desktop's.
    const bool good = X509_set_version(certificate.get(), X509_VERSION_3) == 1
        && setSerial(certificate.get())
        && X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600) != nullptr
        && X509_gmtime_adj(X509_getm_notAfter(certificate.get()), lifeSeconds) != nullptr
        && X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
               reinterpret_cast<const unsigned char*>(name.data()), static_cast<int>(name.size()),
               -1, 0)
            == 1
        && X509_set_issuer_name(certificate.get(), subject) == 1
        && X509_set_pubkey(certificate.get(), key) == 1
        && X509_sign(certificate.get(), key, EVP_sha256()) > 0;
    return good ? std::move(certificate) : nullptr;
}

std::string textOf(BIO* memory)
{
    char* start = nullptr;
    const long length = BIO_get_mem_data(memory, &start);
    return { start, static_cast<std::size_t>(length) };
}

}

Result<std::string> writeRdpKeys(const std::string& directory, const std::string& hostName)
{
    const Key key(EVP_EC_gen("P-256"));
    // An X.509 common name holds 64 characters.
    const auto certificate = key ? certify(key.get(), hostName.substr(0, 64)) : nullptr;
    const Memory keyText(BIO_new(BIO_s_secmem()));
    const Memory certificateText(BIO_new(BIO_s_mem()));
    if (!certificate || !keyText || !certificateText
        || PEM_write_bio_PrivateKey(keyText.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr)
            != 1
        || PEM_write_bio_X509(certificateText.get(), certificate.get()) != 1)
        return failure(Errc::internal, "OpenSSL could not make a key");

    FileMode keyMode { 0640, std::nullopt };
    if (const group* xrdp = getgrnam("xrdp"); xrdp != nullptr)
        keyMode.group = xrdp->gr_gid;
    if (auto written = replaceFile(directory + "/rdp-key.pem", textOf(keyText.get()), keyMode);
        !written)
        return tl::unexpected(written.error());
    if (auto written = replaceFile(
            directory + "/rdp-cert.pem", textOf(certificateText.get()), { 0644, std::nullopt });
        !written)
        return tl::unexpected(written.error());
    return agent::certificateSha256Of(certificate.get());
}

std::string rdpKeySha256Of(const std::string& certificatePem)
{
    const Memory text(
        BIO_new_mem_buf(certificatePem.data(), static_cast<int>(certificatePem.size())));
    const Certificate certificate(
        text ? PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr) : nullptr);
    return certificate ? agent::keySha256Of(certificate.get()) : std::string();
}

}
