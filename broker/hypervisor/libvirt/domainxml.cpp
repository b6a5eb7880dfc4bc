// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/hypervisor/libvirt/domainxml.h"

#include "broker/hypervisor/libvirt/domainmetadata.h"
#include "broker/hypervisor/libvirt/xmlwriter.h"
#include "protocols/base/encoding.h"

namespace wardesk::broker {

namespace {

void writeLxc(XmlWriter& writer, const DomainSpec& spec, const LibvirtSettings& settings)
{
    // The image is shared by all desktops and never written; what the desktop writes is in memory
    // and gone with the domain.
    writer.open("filesystem", { { "type", "mount" }, { "accessmode", "passthrough" } });
    writer.empty("source", { { "dir", spec.imageSource } });
    writer.empty("target", { { "dir", "/" } });
    writer.empty("readonly");
    writer.close();
    writer.open("filesystem", { { "type", "ram" } });
    writer.empty(
        "source", { { "usage", std::to_string(settings.upperMiB * 1024) }, { "units", "KiB" } });
    writer.empty("target", { { "dir", "/run/wardesk-upper" } });
    writer.close();
}

void writeInterface(XmlWriter& writer, const DomainSpec& spec, const std::string& gateway)
{
    writer.open("interface", { { "type", "network" } });
    writer.empty("mac", { { "address", macAddressOf(spec.address) } });
    writer.empty("source", { { "network", spec.network } });
    // Desktops reach the host and the HIS, and not each other.
    writer.empty("port", { { "isolated", "yes" } });
    writer.empty("ip",
        { { "address", spec.address }, { "family", "ipv4" },
            { "prefix", std::to_string(spec.prefix) } });
    if (!gateway.empty())
        writer.empty(
            "route", { { "family", "ipv4" }, { "address", "0.0.0.0" }, { "gateway", gateway } });
    writer.empty("guest", { { "dev", "eth0" } });
    writer.close();
}

}

std::string macAddressOf(const std::string& address)
{
    const std::string hash = sha256Hex(address);
    std::string mac = "52"; // locally administered, unicast
    for (std::size_t i = 0; i < 10; i += 2)
        mac += ':' + hash.substr(i, 2);
    return mac;
}

Secret domainXml(const DomainSpec& spec, const LibvirtSettings& settings, DomainType type,
    const std::string& gateway)
{
    const bool lxc = type == DomainType::lxc;
    QByteArray xml;
    XmlWriter writer(&xml);
    writer.open("domain", { { "type", lxc ? "lxc" : "test" } });
    writer.value("name", spec.name);
    writer.value("uuid", spec.uuid.value());
    writer.open("metadata");
    writeMetadata(writer.raw(), settings.site, spec);
    writer.close();
    writer.value("memory", std::to_string(spec.memoryMiB), { { "unit", "MiB" } });
    writer.value("vcpu", "1");
    writer.open("os");
    if (lxc) {
        writer.value("type", "exe");
        writer.value("init", "/sbin/wardesk-init");
        if (!spec.bootstrap.isEmpty())
            writer.value("initenv", spec.bootstrap.reveal(), { { "name", "WARDESK_BOOTSTRAP" } });
    } else {
        writer.value("type", "hvm");
    }
    writer.close();
    // Whatever ends a desktop ends its domain: a restart is a new incarnation (R1).
    writer.value("on_poweroff", "destroy");
    writer.value("on_reboot", "destroy");
    writer.value("on_crash", "destroy");
    writer.open("devices");
    if (lxc) {
        writeLxc(writer, spec, settings);
        writeInterface(writer, spec, gateway);
        writer.empty("console", { { "type", "pty" } });
    }
    writer.close();
    writer.close();
    Secret secret(xml.toStdString());
    xml.fill('\0');
    return secret;
}

}
