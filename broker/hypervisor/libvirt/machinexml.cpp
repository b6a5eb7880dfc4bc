// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/hypervisor/libvirt/machinexml.h"

#include "broker/hypervisor/libvirt/domainmetadata.h"
#include "broker/hypervisor/libvirt/domainxml.h"
#include "broker/hypervisor/libvirt/xmlwriter.h"
#include "protocols/wire/machinemessages.h"

#include <QMap>
#include <QSet>
#include <QXmlStreamReader>

namespace wardesk::broker {

namespace {

QString text(const std::string& value)
{
    return QString::fromStdString(value);
}

void writeDevices(XmlWriter& writer, const ModelMachine& model)
{
    writer.open("disk", { { "type", "file" }, { "device", "disk" } });
    // Nothing of a desktop's disk outlives it: what the host has not written down yet need not be.
    // A copy whose disk is kept gets another cache.
    writer.empty("driver",
        { { "name", "qemu" }, { "type", "qcow2" }, { "cache", "unsafe" }, { "discard", "unmap" } });
    writer.empty("source", { { "file", model.disk } });
    writer.empty("target", { { "dev", "vda" }, { "bus", "virtio" } });
    writer.close();
    writer.open("interface", { { "type", "network" } });
    writer.empty("mac", { { "address", macAddressOf(model.uuid) } });
    writer.empty("source", { { "network", model.network } });
    writer.empty("model", { { "type", "virtio" } });
    // Desktops reach the host and the HIS, and not each other.
    writer.empty("port", { { "isolated", "yes" } });
    writer.close();
    writer.open("channel", { { "type", "unix" } });
    writer.empty("target", { { "type", "virtio" }, { "name", wire::machineChannel } });
    writer.close();
    writer.open("rng", { { "model", "virtio" } });
    writer.value("backend", "/dev/urandom", { { "model", "random" } });
    writer.close();
    writer.empty("controller", { { "type", "usb" }, { "model", "none" } });
    writer.empty("memballoon", { { "model", "none" } });
}

/// Where in the description the reader is, as "/domain/devices/disk".
QString pathOf(const QStringList& open)
{
    return QLatin1Char('/') + open.join(QLatin1Char('/'));
}

class Copier
{
public:
    Copier(const DomainSpec& spec, const std::string& site, const std::string& disk)
        : m_spec(spec)
        , m_site(site)
        , m_values { { QStringLiteral("/domain/name"), text(spec.name) },
            { QStringLiteral("/domain/uuid"), text(spec.uuid.value()) } }
        , m_attributes { { QStringLiteral("/domain/devices/disk/source@file"), text(disk) },
            { QStringLiteral("/domain/devices/interface/mac@address"),
                text(macAddressOf(spec.address)) },
            { QStringLiteral("/domain/devices/interface/source@network"), text(spec.network) },
            // A disk that is kept is written down when the guest asks for it.
            { QStringLiteral("/domain/devices/disk/driver@cache"),
                spec.keptDisk.isEmpty() ? QStringLiteral("unsafe") : QStringLiteral("writeback") } }
    {
    }

    Result<std::string> copy(const std::string& saved)
    {
        QXmlStreamReader reader(text(saved));
        QByteArray xml;
        QXmlStreamWriter writer(&xml);
        QStringList open;
        while (!reader.atEnd()) {
            reader.readNext();
            if (reader.isStartElement()) {
                open << reader.qualifiedName().toString();
                const QString path = pathOf(open);
                if (path == QLatin1String("/domain/metadata")) {
                    reader.skipCurrentElement();
                    open.removeLast();
                    continue;
                }
                start(writer, reader, path);
                if (m_values.contains(path)) {
                    writer.writeCharacters(m_values.value(path));
                    note(path);
                    reader.skipCurrentElement();
                    end(writer, open);
                }
            } else if (reader.isEndElement()) {
                end(writer, open);
            } else if (reader.isCharacters()) {
                writer.writeCharacters(reader.text().toString());
            }
        }
        if (reader.hasError() || m_isTwice
            || m_changed.size() != m_values.size() + m_attributes.size())
            return failure(Errc::internal,
                "the saved machine's description is not the one that this broker makes");
        return xml.toStdString();
    }

private:
    void start(QXmlStreamWriter& writer, const QXmlStreamReader& reader, const QString& path)
    {
        writer.writeStartElement(reader.qualifiedName().toString());
        const auto attributes = reader.attributes();
        for (const QXmlStreamAttribute& attribute : attributes) {
            const QString name = attribute.qualifiedName().toString();
            const QString where = path + QLatin1Char('@') + name;
            const auto changed = m_attributes.constFind(where);
            const bool isChanged = changed != m_attributes.constEnd();
            writer.writeAttribute(name, isChanged ? *changed : attribute.value().toString());
            if (isChanged)
                note(where);
        }
    }
    /// Each has its one place: of two cards, both would get one address.
    void note(const QString& where)
    {
        m_isTwice = m_isTwice || m_changed.contains(where);
        m_changed.insert(where);
    }
    void end(QXmlStreamWriter& writer, QStringList& open)
    {
        writer.writeEndElement();
        const bool isUuid = pathOf(open) == QLatin1String("/domain/uuid");
        open.removeLast();
        if (!isUuid)
            return;
        writer.writeStartElement(QStringLiteral("metadata"));
        writeMetadata(writer, m_site, m_spec);
        writer.writeEndElement();
    }

    const DomainSpec& m_spec;
    const std::string& m_site;
    const QMap<QString, QString> m_values;
    const QMap<QString, QString> m_attributes;
    QSet<QString> m_changed;
    bool m_isTwice = false;
};

}

std::string modelXml(const ModelMachine& model, const std::string& site)
{
    QByteArray xml;
    XmlWriter writer(&xml);
    writer.open("domain", { { "type", model.hasKvm ? "kvm" : "qemu" } });
    writer.value("name", model.name);
    writer.value("uuid", model.uuid);
    writer.open("metadata");
    const QString space = QStringLiteral("urn:wardesk:model:1");
    writer.raw().writeNamespace(space, QStringLiteral("wardesk"));
    writer.raw().writeStartElement(space, QStringLiteral("model"));
    writer.raw().writeAttribute(QStringLiteral("site"), text(site));
    writer.raw().writeEndElement();
    writer.close();
    // Another one at each start of a copy: the guest's kernel makes its random numbers anew.
    writer.empty("genid");
    writer.value("memory", std::to_string(model.shape.memoryMiB), { { "unit", "MiB" } });
    writer.value("vcpu", std::to_string(model.shape.vcpus));
    writer.open("os");
    writer.value("type", "hvm", { { "arch", "x86_64" }, { "machine", model.shape.machine } });
    writer.value("kernel", model.kernel);
    writer.value("initrd", model.initrd);
    writer.value("cmdline", "root=/dev/vda rw quiet net.ifnames=0");
    writer.close();
    writer.open("features");
    writer.empty("acpi"); // vmgenid needs it
    writer.close();
    if (model.hasKvm)
        writer.empty("cpu", { { "mode", "host-model" } });
    writer.empty("clock", { { "offset", "utc" } });
    // Whatever ends a desktop ends its domain: a restart is a new incarnation (R1).
    for (const char* event : { "on_poweroff", "on_reboot", "on_crash" })
        writer.value(event, "destroy");
    writer.open("devices");
    writeDevices(writer, model);
    writer.close();
    writer.close();
    return xml.toStdString();
}

Result<std::string> copyXml(const std::string& saved, const DomainSpec& spec,
    const std::string& site, const std::string& disk)
{
    return Copier(spec, site, disk).copy(saved);
}

std::string volumeXml(const std::string& name, std::int64_t capacity, const std::string& format,
    const std::string& backingPath, const std::string& backingFormat)
{
    QByteArray xml;
    XmlWriter writer(&xml);
    writer.open("volume");
    writer.value("name", name);
    writer.value("capacity", std::to_string(capacity), { { "unit", "bytes" } });
    writer.value("allocation", "0");
    writer.open("target");
    writer.empty("format", { { "type", format } });
    writer.open("permissions"); // a machine's memory and disk are nobody's to read
    writer.value("mode", "0600");
    writer.close();
    writer.close();
    if (!backingPath.empty()) {
        writer.open("backingStore");
        writer.value("path", backingPath);
        writer.empty("format", { { "type", backingFormat } });
        writer.close();
    }
    writer.close();
    return xml.toStdString();
}

}
