// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/rdp/certificatefingerprint.h"

#include "protocols/base/encoding.h"

namespace wardesk::rdp {

Result<std::string> firstCertificateSha256(std::string_view pem)
{
    constexpr std::string_view begin = "-----BEGIN CERTIFICATE-----";
    constexpr std::string_view end = "-----END CERTIFICATE-----";
    const std::size_t first = pem.find(begin);
    if (first == std::string_view::npos)
        return failure(Errc::invalidArgument, "no certificate in PEM form");
    const std::size_t start = first + begin.size();
    const std::size_t stop = pem.find(end, start);
    if (stop == std::string_view::npos)
        return failure(Errc::invalidArgument, "a certificate in PEM form that does not end");
    std::string base64;
    for (const char c : pem.substr(start, stop - start)) {
        if (c != '\n' && c != '\r' && c != ' ' && c != '\t')
            base64.push_back(c);
    }
    const Result<std::string> der = fromBase64(base64);
    if (!der)
        return tl::unexpected(der.error());
    if (der->empty())
        return failure(Errc::invalidArgument, "an empty certificate");
    return sha256Hex(*der);
}

}
