// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/hypervisor/libvirt/domainmetadata.h"

#include <QXmlStreamReader>
#include <QXmlStreamWriter>

namespace wardesk::broker {

namespace {

QString text(const std::string& value)
{
    return QString::fromStdString(value);
}

std::string attribute(const QXmlStreamAttributes& attributes, const char* name)
{
    return attributes.value(QLatin1String(name)).toString().toStdString();
}

long long number(const QXmlStreamAttributes& attributes, const char* name)
{
    return attributes.value(QLatin1String(name)).toLongLong(); // 0 when it is no number
}

}

void writeMetadata(QXmlStreamWriter& writer, const std::string& site, const DomainSpec& spec)
{
    const QString space = QString::fromLatin1(metadataNamespace);
    writer.writeNamespace(space, QStringLiteral("wardesk"));
    writer.writeStartElement(space, QStringLiteral("desktop"));
    writer.writeAttribute(QStringLiteral("site"), text(site));
    writer.writeAttribute(QStringLiteral("organisation"), text(spec.organisation.value()));
    writer.writeAttribute(QStringLiteral("pool"), text(spec.pool.value()));
    writer.writeAttribute(QStringLiteral("desktop"), text(spec.desktop.value()));
    writer.writeAttribute(QStringLiteral("incarnation"), QString::number(spec.incarnation.value()));
    writer.writeAttribute(QStringLiteral("epoch"), QString::number(spec.epoch.value()));
    writer.writeAttribute(QStringLiteral("name"), text(spec.hostName));
    writer.writeAttribute(QStringLiteral("address"), text(spec.address));
    writer.writeAttribute(QStringLiteral("image"), text(spec.image.value()));
    writer.writeAttribute(QStringLiteral("bootstrap-sha256"), text(spec.bootstrapHash.value()));
    if (!spec.keptDisk.isEmpty()) {
        writer.writeAttribute(QStringLiteral("kept-disk"), text(spec.keptDisk.value()));
        writer.writeAttribute(QStringLiteral("owner"), text(spec.owner.value()));
    }
    writer.writeEndElement();
}

namespace {

std::optional<DomainMetadata> metadataOf(const QXmlStreamAttributes& attributes)
{
    DomainMetadata metadata { .site = attribute(attributes, "site"),
        .organisation = OrganisationId(attribute(attributes, "organisation")),
        .pool = PoolId(attribute(attributes, "pool")),
        .desktop = DesktopId(attribute(attributes, "desktop")),
        .incarnation = Incarnation(number(attributes, "incarnation")),
        .epoch = Epoch(number(attributes, "epoch")),
        .hostName = attribute(attributes, "name"),
        .address = attribute(attributes, "address"),
        .image = ImageId(attribute(attributes, "image")),
        .bootstrapHash = SecretHash(attribute(attributes, "bootstrap-sha256")),
        .keptDisk = DomainUuid(attribute(attributes, "kept-disk")),
        .owner = UserId(attribute(attributes, "owner")) };
    if (metadata.site.empty())
        return std::nullopt;
    return metadata;
}

}

std::optional<DomainMetadata> readMetadata(const std::string& element)
{
    QXmlStreamReader reader(QString::fromStdString(element));
    // libvirt leaves the prefix off and keeps the attributes; the namespace was in the question.
    if (!reader.readNextStartElement() || reader.name() != QLatin1String("desktop"))
        return std::nullopt;
    return metadataOf(reader.attributes());
}

std::optional<DomainMetadata> findMetadata(const std::string& domainXml)
{
    QXmlStreamReader reader(QString::fromStdString(domainXml));
    while (!reader.atEnd()) {
        if (reader.readNext() == QXmlStreamReader::StartElement
            && reader.namespaceUri() == QLatin1String(metadataNamespace)
            && reader.name() == QLatin1String("desktop"))
            return metadataOf(reader.attributes());
    }
    return std::nullopt;
}

}
