// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/hypervisor/libvirt/domainxml.h"

#include "broker/hypervisor/libvirt/domainmetadata.h"
#include "broker/hypervisor/libvirt/keptfolders.h"
#include "broker/hypervisor/libvirt/xmlwriter.h"
#include "protocols/base/encoding.h"

namespace wardesk::broker {

namespace {

constexpr const char* idCount = "65536";

void writeIdMap(XmlWriter& writer, std::int64_t firstId)
{
    writer.open("idmap");
    for (const char* kind : { "uid", "gid" })
        writer.empty(kind,
            { { "start", "0" }, { "target", std::to_string(firstId) }, { "count", idCount } });
    writer.close();
}

void writeLxc(
    XmlWriter& writer, const DomainSpec& spec, const LibvirtSettings& settings, bool hasOwnIds)
{
    // The image is shared by all desktops and never written; what the desktop writes is in memory
    // and gone with the domain, or in a folder of the host that is kept.
    writer.open("filesystem", { { "type", "mount" }, { "accessmode", "passthrough" } });
    writer.empty("source", { { "dir", spec.imageSource } });
    writer.empty("target", { { "dir", "/" } });
    writer.empty("readonly");
    writer.close();
    // The RAM file system would be the host's root's: the container makes one of its own.
    if (spec.keptDisk.isEmpty() && hasOwnIds)
        return;
    if (spec.keptDisk.isEmpty()) {
        writer.open("filesystem", { { "type", "ram" } });
        writer.empty("source",
            { { "usage", std::to_string(settings.upperMiB * 1024) }, { "units", "KiB" } });
    } else {
        writer.open("filesystem", { { "type", "mount" }, { "accessmode", "passthrough" } });
        writer.empty("source", { { "dir", keptFolderOf(settings.keptFolder, spec.keptDisk) } });
    }
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
    const std::string& gateway, std::int64_t firstId)
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
        if (firstId > 0 && spec.keptDisk.isEmpty())
            writer.value(
                "initenv", std::to_string(settings.upperMiB), { { "name", "WARDESK_UPPER_MIB" } });
    } else {
        writer.value("type", "hvm");
    }
    writer.close();
    if (firstId > 0)
        writeIdMap(writer, firstId);
    // Whatever ends a desktop ends its domain: a restart is a new incarnation (R1).
    writer.value("on_poweroff", "destroy");
    writer.value("on_reboot", "destroy");
    writer.value("on_crash", "destroy");
    writer.open("devices");
    if (lxc) {
        writeLxc(writer, spec, settings, firstId > 0);
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
