// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "selfsigned.h"

#include <memory>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string>

namespace wardesk::testing {

namespace {

QByteArray textOf(BIO* memory)
{
    char* data = nullptr;
    const long size = BIO_get_mem_data(memory, &data);
    QByteArray text(data, size);
    BIO_free(memory);
    return text;
}

void extend(X509* certificate, int kind, const char* value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

}

SelfSigned makeSelfSigned(const char* names, Validity validity)
{
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    X509_set_version(certificate, 2);
    static int serial = 0;
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
    constexpr long day = 86'400;
    X509_gmtime_adj(
        X509_getm_notBefore(certificate), validity == Validity::expired ? -2 * day : -day);
    X509_gmtime_adj(X509_getm_notAfter(certificate), validity == Validity::expired ? -day : day);
    X509_set_pubkey(certificate, key);
    X509_NAME* name = X509_get_subject_name(certificate);
    // Each has a name of its own: of two authorities with one name only the first is looked at.
    const std::string own = "Wardesk test " + std::to_string(serial);
    X509_NAME_add_entry_by_txt(
        name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(own.c_str()), -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    extend(certificate, NID_subject_alt_name, names);
    extend(certificate, NID_basic_constraints, "critical,CA:TRUE");
    X509_sign(certificate, key, EVP_sha256());

    SelfSigned made;
    BIO* memory = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(memory, certificate);
    made.certificate = textOf(memory);
    memory = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(memory, key, nullptr, nullptr, 0, nullptr, nullptr);
    made.key = textOf(memory);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return made;
}

}
