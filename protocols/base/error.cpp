// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/base/error.h"

#include <array>

namespace wardesk {

namespace {

struct Mapping
{
    Errc code;
    std::string_view wire;
    int http;
    int exit;
};

constexpr std::array mappings {
    Mapping { Errc::invalidArgument, "invalidArgument", 400, 2 },
    Mapping { Errc::unauthenticated, "unauthenticated", 401, 3 },
    Mapping { Errc::wrongCredentials, "wrongCredentials", 401, 3 },
    Mapping { Errc::forbidden, "forbidden", 403, 4 },
    Mapping { Errc::notFound, "notFound", 404, 5 },
    Mapping { Errc::conflict, "conflict", 409, 6 },
    Mapping { Errc::poolFull, "poolFull", 409, 6 },
    Mapping { Errc::preparing, "preparing", 425, 7 },
    Mapping { Errc::stale, "stale", 410, 6 },
    Mapping { Errc::tooLarge, "tooLarge", 413, 2 },
    Mapping { Errc::tooMany, "tooMany", 429, 7 },
    Mapping { Errc::overloaded, "overloaded", 503, 7 },
    Mapping { Errc::storageFull, "storageFull", 507, 7 },
    Mapping { Errc::unavailable, "unavailable", 503, 7 },
    Mapping { Errc::timeout, "timeout", 504, 7 },
    Mapping { Errc::untrusted, "untrusted", 495, 4 },
    Mapping { Errc::internal, "internal", 500, 1 },
};

const Mapping& mappingOf(Errc code)
{
    for (const Mapping& mapping : mappings) {
        if (mapping.code == code)
            return mapping;
    }
    return mappings.back();
}

}

std::string_view wireCode(Errc code)
{
    return mappingOf(code).wire;
}
int httpStatus(Errc code)
{
    return mappingOf(code).http;
}
int exitCode(Errc code)
{
    return mappingOf(code).exit;
}

Errc errcFromWire(std::string_view code)
{
    for (const Mapping& mapping : mappings) {
        if (mapping.wire == code)
            return mapping.code;
    }
    return Errc::internal;
}

}
