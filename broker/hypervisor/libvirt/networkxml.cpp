// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/hypervisor/libvirt/networkxml.h"

#include <QXmlStreamReader>
#include <algorithm>
#include <arpa/inet.h>
#include <optional>

namespace wardesk::broker {

namespace {

std::optional<std::uint32_t> ipv4(const QString& text)
{
    in_addr parsed {};
    if (inet_pton(AF_INET, text.toLatin1().constData(), &parsed) != 1)
        return std::nullopt;
    return ntohl(parsed.s_addr);
}

std::uint32_t maskOf(const QXmlStreamAttributes& attributes)
{
    if (const auto mask = ipv4(attributes.value(QLatin1String("netmask")).toString()))
        return *mask;
    const int prefix = std::clamp(attributes.value(QLatin1String("prefix")).toInt(), 0, 32);
    return prefix == 0 ? 0U : ~0U << static_cast<unsigned>(32 - prefix);
}

}

std::string gatewayFor(const std::string& networkXml, const std::string& address)
{
    const auto wanted = ipv4(QString::fromStdString(address));
    QXmlStreamReader reader(QString::fromStdString(networkXml));
    if (!wanted || !reader.readNextStartElement())
        return {};
    while (reader.readNextStartElement()) { // only children of <network>: <ip> is also in <dns>
        const QXmlStreamAttributes attributes = reader.attributes();
        const bool isIp = reader.name() == QLatin1String("ip");
        reader.skipCurrentElement();
        const QString own = attributes.value(QLatin1String("address")).toString();
        const auto host = ipv4(own);
        if (!isIp || !host)
            continue;
        const std::uint32_t mask = maskOf(attributes);
        if ((*host & mask) == (*wanted & mask))
            return own.toStdString();
    }
    return {};
}

}
