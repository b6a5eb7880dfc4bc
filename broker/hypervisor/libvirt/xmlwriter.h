// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QXmlStreamWriter>
#include <string>
#include <string_view>

namespace wardesk::broker {

/// Elements by name, with values that are always escaped.
class XmlWriter
{
public:
    using Attributes = std::initializer_list<std::pair<const char*, std::string>>;

    explicit XmlWriter(QByteArray* into)
        : m_writer(into)
    {
    }
    void open(const char* name, Attributes attributes = {})
    {
        m_writer.writeStartElement(QString::fromLatin1(name));
        for (const auto& [key, content] : attributes)
            m_writer.writeAttribute(QString::fromLatin1(key), text(content));
    }
    void close() { m_writer.writeEndElement(); }
    void empty(const char* name, Attributes attributes = {})
    {
        open(name, attributes);
        close();
    }
    void value(const char* name, std::string_view content, Attributes attributes = {})
    {
        open(name, attributes);
        m_writer.writeCharacters(text(content));
        close();
    }
    QXmlStreamWriter& raw() { return m_writer; }

private:
    static QString text(std::string_view value)
    {
        return QString::fromUtf8(value.data(), static_cast<qsizetype>(value.size()));
    }
    QXmlStreamWriter m_writer;
};

}
