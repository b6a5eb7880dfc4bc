// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/hypervisor.h"

#include <optional>
#include <string>

class QXmlStreamWriter;

/// The element of ours in a domain's metadata: by it a broker knows its own domains again, whatever
/// became of its database (R3, R11).
namespace wardesk::broker {

inline constexpr const char* metadataNamespace = "urn:wardesk:domain:1";

struct DomainMetadata
{
    std::string site;
    OrganisationId organisation;
    PoolId pool;
    DesktopId desktop;
    Incarnation incarnation;
    Epoch epoch;
    std::string hostName;
    std::string address;
    ImageId image;
    SecretHash bootstrapHash;
    DomainUuid keptDisk; ///< these two where the disk outlives the domain
    UserId owner;
};

/// Writes the element into an open <metadata>.
void writeMetadata(QXmlStreamWriter& writer, const std::string& site, const DomainSpec& spec);
/// Reads the element as virDomainGetMetadata() answers it. Numbers that cannot be read are 0: the
/// domain is ours all the same and must be seen, so that it is quarantined (R5). Nothing when there
/// is no site in it.
[[nodiscard]] std::optional<DomainMetadata> readMetadata(const std::string& element);
/// The same out of a domain's whole description, for domains that answer no other question.
[[nodiscard]] std::optional<DomainMetadata> findMetadata(const std::string& domainXml);

}
