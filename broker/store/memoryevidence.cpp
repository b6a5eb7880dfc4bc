// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/memorystore.h"

#include <algorithm>
#include <iterator>

namespace wardesk::broker {

Result<void> MemoryStore::recordEvidence(const Evidence& evidence)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    m_evidence.push_back(evidence);
    return {};
}

Result<std::vector<Evidence>> MemoryStore::listEvidence(const DesktopId& desktop, int newest)
{
    std::vector<Evidence> found;
    std::copy_if(m_evidence.rbegin(), m_evidence.rend(), std::back_inserter(found),
        [&desktop](const Evidence& one) { return one.desktop == desktop; });
    found.resize(std::min(found.size(), static_cast<std::size_t>(std::max(0, newest))));
    return found;
}

Result<std::optional<Evidence>> MemoryStore::findProof(const DesktopId& desktop, Incarnation upTo)
{
    std::optional<Evidence> found;
    for (const Evidence& one : m_evidence) {
        if (one.kind == EvidenceKind::proof && one.desktop == desktop && one.incarnation <= upTo
            && (!found || one.incarnation >= found->incarnation))
            found = one;
    }
    return found;
}

}
