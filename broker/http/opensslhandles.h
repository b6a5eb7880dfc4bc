// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

namespace wardesk::broker {

template <auto function> struct FreeWith
{
    template <typename T> void operator()(T* object) const { function(object); }
};
using KeyHandle = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using CertificateHandle = std::unique_ptr<X509, FreeWith<X509_free>>;
using BioHandle = std::unique_ptr<BIO, FreeWith<BIO_free_all>>;

}
