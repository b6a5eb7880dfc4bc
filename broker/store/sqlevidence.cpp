// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/domain/reasons.h"
#include "broker/store/sqlstore.h"

namespace wardesk::broker {

using sql::value;

namespace {

Evidence readEvidence(sql::Row& row)
{
    Evidence evidence;
    evidence.desktop = row.id<DesktopId>();
    evidence.incarnation = row.numbered<Incarnation>();
    evidence.organisation = row.id<OrganisationId>();
    evidence.at = row.time();
    evidence.kind = evidenceKindNamed(row.text()).value_or(EvidenceKind::quarantine);
    evidence.by = row.text();
    evidence.reason = row.text();
    evidence.seen = row.text();
    return evidence;
}

}

Result<void> SqlStore::recordEvidence(const Evidence& evidence)
{
    return change(Purpose::ordinary, "insert_evidence",
        { { ":desktop_id", value(evidence.desktop) },
            { ":incarnation", value(evidence.incarnation) },
            { ":organisation_id", value(evidence.organisation) }, { ":at", value(evidence.at) },
            { ":kind", value(nameOf(evidence.kind)) }, { ":noted_by", value(evidence.by) },
            { ":reason", value(evidence.reason) }, { ":seen", value(evidence.seen) } });
}

Result<std::vector<Evidence>> SqlStore::listEvidence(const DesktopId& desktop, int newest)
{
    return select("select_evidence",
        { { ":desktop_id", value(desktop) }, { ":newest", value(std::int64_t { newest }) } },
        readEvidence);
}

Result<std::optional<Evidence>> SqlStore::findProof(const DesktopId& desktop, Incarnation upTo)
{
    auto found = select("select_proof",
        { { ":desktop_id", value(desktop) }, { ":incarnation", value(upTo) } }, readEvidence);
    if (!found)
        return tl::unexpected(found.error());
    return found->empty() ? std::optional<Evidence>() : std::move(found->front());
}

}
