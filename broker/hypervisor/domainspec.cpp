// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/hypervisor/domainspec.h"

#include <QString>
#include <algorithm>
#include <arpa/inet.h>

namespace wardesk::broker {

namespace {

bool isPlainText(const std::string& value)
{
    return std::none_of(value.begin(), value.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7f;
    }) && QString::fromStdString(value).toStdString() == value; // valid UTF-8
}

bool isUuid(const std::string& value)
{
    if (value.size() != 36)
        return false;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        const char c = value[i];
        const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        if (dash ? c != '-' : !hex)
            return false;
    }
    return true;
}

}

Result<void> checkSpec(const DomainSpec& spec)
{
    if (!isUuid(spec.uuid.value()))
        return failure(Errc::invalidArgument,
            "'" + spec.uuid.value() + "' is no UUID in lower case, which a domain needs");
    if (!spec.keptDisk.isEmpty() && !isUuid(spec.keptDisk.value()))
        return failure(Errc::invalidArgument,
            "'" + spec.keptDisk.value() + "' is no UUID, which a disk needs");
    if (spec.name.empty() || spec.name.size() > 200 || spec.name.find('/') != std::string::npos
        || spec.name == "." || spec.name == "..")
        return failure(Errc::invalidArgument,
            "a domain's name has 1 to 200 bytes and no slash; '" + spec.name + "' will not do");
    for (const std::string* value : { &spec.name, &spec.organisation.value(), &spec.pool.value(),
             &spec.desktop.value(), &spec.hostName, &spec.image.value(),
             &spec.bootstrapHash.value(), &spec.imageSource, &spec.network, &spec.owner.value() }) {
        if (!isPlainText(*value))
            return failure(Errc::invalidArgument,
                "a domain cannot be described with control characters or broken UTF-8");
    }
    in_addr parsed {};
    if (inet_pton(AF_INET, spec.address.c_str(), &parsed) != 1 || spec.prefix < 1
        || spec.prefix > 32)
        return failure(Errc::invalidArgument,
            "'" + spec.address + '/' + std::to_string(spec.prefix) + "' is no IPv4 address");
    if (spec.memoryMiB < 1)
        return failure(Errc::invalidArgument, "a desktop needs at least 1 MiB of memory");
    return {};
}

Error usedDiskError(const DomainSpec& spec)
{
    return { Errc::conflict,
        "the disk " + spec.keptDisk.value() + " of " + spec.hostName
            + " was made before, by a start that did not come to its end; it is not used" };
}

Error goneError(const DomainUuid& uuid)
{
    return { Errc::notFound,
        "the desktop's machine " + uuid.value()
            + " does not run on the host, nor is its memory on the host's disk" };
}

Error lostDiskError(const DomainSpec& spec)
{
    return { Errc::notFound,
        "the disk " + spec.keptDisk.value() + " that is kept for the user of " + spec.hostName
            + " is not on the host; put it back, or give the user another desktop: wardeskctl "
              "desktop unassign "
            + spec.hostName };
}

}
