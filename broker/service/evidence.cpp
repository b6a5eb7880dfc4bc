// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/evidence.h"

#include "broker/domain/reasons.h"
#include "broker/domain/seats.h"
#include "broker/pool/calendar.h"
#include "broker/service/audit.h"
#include "broker/service/log.h"
#include "protocols/wire/codec.h"

#include <algorithm>

namespace wardesk::broker {

namespace {

constexpr int evidenceShown = 50;
constexpr std::size_t longestSeen = 8000; ///< what an agent says is bounded here (R13)
constexpr std::size_t longestList = 64;

std::string timeText(WallTime time)
{
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const auto rest = std::chrono::floor<std::chrono::seconds>(time - day);
    const auto seconds = std::to_string(rest.count() % 60);
    return dayText(Day(day.time_since_epoch())) + 'T'
        + timeOfDayText(std::chrono::floor<std::chrono::minutes>(rest)) + ':'
        + (seconds.size() < 2 ? "0" : "") + seconds + 'Z';
}

void tell(std::string& text, const char* what, const std::optional<WallTime>& time)
{
    if (time)
        text += std::string(", ") + what + ' ' + timeText(*time);
}

Evidence evidenceOf(const DesktopRow& row, EvidenceKind kind, WallTime now)
{
    Evidence evidence;
    evidence.organisation = row.desktop.organisation;
    evidence.desktop = row.desktop.id;
    evidence.incarnation = row.desktop.incarnation.number;
    evidence.at = now;
    evidence.kind = kind;
    return evidence;
}

std::string withoutRoom(const wire::ResetProof& proof)
{
    const auto isLong = [](const std::vector<std::string>& list) {
        return list.size() > longestList
            || std::any_of(
                list.begin(), list.end(), [](const std::string& one) { return one.size() > 512; });
    };
    return isLong(proof.places) || isLong(proof.marks) || isLong(proof.hostKeysSha256)
            || proof.machineId.size() > 128 || proof.bootId.size() > 128
            || proof.rdpKeySha256.size() > 128
        ? "what its agent shows as the proof of its reset is too long"
        : std::string();
}

/// A lease, as it is in the database.
void tell(std::string& text, const Lease& lease)
{
    text += "; lease " + lease.id.value()
        + (lease.seat > 0 ? " of seat " + std::to_string(lease.seat) + ',' : std::string())
        + " of user " + lease.user.value() + ", incarnation "
        + std::to_string(lease.incarnation.value()) + ", epoch "
        + std::to_string(lease.epoch.value());
    tell(text, "granted", lease.grantedAt);
    tell(text, "first connected", lease.firstConnectedAt);
    tell(text, "connected", lease.connectedAt);
    tell(text, "disconnected", lease.disconnectedAt);
    tell(text, "closed", lease.closedAt);
}

/// What must never be the same in two incarnations.
std::string sameAs(const wire::ResetProof& shown, const wire::ResetProof& before)
{
    if (!shown.rdpKeySha256.empty() && shown.rdpKeySha256 == before.rdpKeySha256)
        return "the same RDP key";
    for (const std::string& key : shown.hostKeysSha256) {
        if (std::find(before.hostKeysSha256.begin(), before.hostKeysSha256.end(), key)
            != before.hostKeysSha256.end())
            return "the same SSH host key";
    }
    return {};
}

wire::EvidenceItem itemOf(const Evidence& evidence)
{
    return { .at = evidence.at.time_since_epoch().count(),
        .incarnation = evidence.incarnation.value(),
        .kind = nameOf(evidence.kind),
        .by = evidence.kind == EvidenceKind::proof ? "agent" : evidence.by,
        .reason = evidence.reason,
        .seen = evidence.seen };
}

}

std::string rowText(const DesktopRow& row)
{
    const IncarnationFacts& facts = row.desktop.incarnation;
    std::string text = "database: incarnation " + std::to_string(facts.number.value()) + ", domain "
        + facts.domain.value() + ", address " + row.desktop.address;
    if (!row.desktop.owner.isEmpty())
        text += ", kept for user " + row.desktop.owner.value();
    if (!facts.disk.isEmpty())
        text += ", kept disk " + facts.disk.value();
    tell(text, "created", facts.createdAt);
    tell(text, "started", facts.startedAt);
    tell(text, "ready", facts.readyAt);
    tell(text, "unready", facts.unreadyAt);
    tell(text, "suspending", facts.suspendingAt);
    tell(text, "suspended", facts.suspendedAt);
    tell(text, "resuming", facts.resumingAt);
    tell(text, "ending", facts.endingAt);
    tell(text, "ended", facts.endedAt);
    if (!facts.certificateSha256.empty())
        text += ", certificate " + facts.certificateSha256;
    if (!facts.lastError.empty())
        text += ", last error: " + facts.lastError;
    tell(text, "draining", facts.drainingAt);
    if (!row.lease)
        return text + "; no lease";
    for (const Lease* lease : leasesOf(row))
        tell(text, *lease);
    return text;
}

Result<void> setAside(Store& store, const DesktopRow& row, const SetAside& why, WallTime now)
{
    if (row.desktop.quarantinedAt && why.by == "broker")
        return {}; // the first reason is the one to look into
    if (auto set = store.quarantine(row.desktop.id, why.reason, now); !set)
        return set;
    return noteSetAside(store, row, why, now);
}

Result<void> noteSetAside(Store& store, const DesktopRow& row, const SetAside& why, WallTime now)
{
    Evidence evidence = evidenceOf(row, EvidenceKind::quarantine, now);
    evidence.by = why.by;
    evidence.reason = why.reason;
    evidence.seen = rowText(row)
        + (why.seen.empty() ? std::string() : '\n' + why.seen.substr(0, longestSeen));
    return store.recordEvidence(evidence);
}

Result<void> takeBack(Store& store, const DesktopRow& row, const std::string& reason,
    const std::string& by, WallTime now)
{
    Evidence evidence = evidenceOf(row, EvidenceKind::release, now);
    evidence.by = by;
    evidence.reason = reason;
    evidence.seen = rowText(row);
    if (auto released = store.releaseQuarantine(row.desktop.id); !released)
        return released;
    return store.recordEvidence(evidence);
}

Result<void> addEvidence(Store& store, const Desktop& desktop, wire::DesktopItem& item)
{
    const Incarnation number = desktop.incarnation.number;
    const auto proof = store.findProof(desktop.id, number);
    if (!proof)
        return tl::unexpected(proof.error());
    if (*proof && (*proof)->incarnation == number) {
        if (auto shown = wire::decode<wire::ResetProof>((*proof)->seen))
            item.proof = std::move(*shown);
    }
    const auto kept = store.listEvidence(desktop.id, evidenceShown);
    if (!kept)
        return tl::unexpected(kept.error());
    item.evidence.emplace();
    for (const Evidence& evidence : *kept) {
        if (evidence.kind != EvidenceKind::proof || !evidence.reason.empty())
            item.evidence->push_back(itemOf(evidence));
    }
    return {};
}

std::string objectionTo(const std::optional<wire::ResetProof>& shown, const DesktopRow& row,
    const std::optional<Evidence>& before)
{
    if (!shown) {
        const bool couldShow = before && before->by == row.desktop.incarnation.image.value();
        return couldShow ? "its agent shows no proof of the reset, although that of incarnation "
                + std::to_string(before->incarnation.value()) + " did"
                         : std::string();
    }
    if (std::string tooLong = withoutRoom(*shown); !tooLong.empty())
        return tooLong;
    if (!shown->marks.empty())
        return "it was not reset: what an earlier user had is still there (" + shown->marks.front()
            + ')';
    const auto earlier
        = before ? wire::decode<wire::ResetProof>(before->seen) : Result<wire::ResetProof>();
    if (!before || !earlier)
        return {};
    // A disk that is kept for somebody has its keys on it.
    if (!row.desktop.owner.isEmpty())
        return {};
    const std::string same = sameAs(*shown, *earlier);
    return same.empty() ? same
                        : "it was not reset: it shows " + same + " as its incarnation "
            + std::to_string(before->incarnation.value());
}

Result<bool> acceptReset(
    Store& store, const DesktopRow& row, const wire::AgentReport& report, WallTime now)
{
    const Incarnation number = row.desktop.incarnation.number;
    const auto before = store.findProof(row.desktop.id, number);
    if (!before)
        return tl::unexpected(before.error());
    const bool isJudged = *before && (*before)->incarnation == number;
    // One that was suspended looks once more. Nobody has used it, so there is no mark.
    const bool isDirty = report.proof && !report.proof->marks.empty();
    if (isJudged && (!isDirty || !(*before)->reason.empty()))
        return (*before)->reason.empty();
    const std::string objection = objectionTo(report.proof, row, *before);
    if (report.proof && !isJudged) {
        Evidence proof = evidenceOf(row, EvidenceKind::proof, now);
        proof.by = row.desktop.incarnation.image.value();
        proof.reason = objection;
        proof.seen = wire::encode(*report.proof);
        if (proof.seen.size() > longestSeen)
            proof.seen.clear();
        if (auto kept = store.recordEvidence(proof); !kept)
            return tl::unexpected(kept.error());
    }
    if (objection.empty())
        return true;
    logEvent(LogLevel::alarm, "desktop.quarantined",
        { { "desktop", row.desktop.name }, { "why", objection } });
    AuditNote note = brokerNote(row.desktop.organisation, "desktop.quarantine", row.desktop.name);
    note.detail = objection;
    std::string seen = "agent: " + wire::encode(report);
    if (*before)
        seen += "\nincarnation " + std::to_string((*before)->incarnation.value())
            + " had shown: " + (*before)->seen;
    const auto set = setAside(store, row, { .reason = objection, .seen = std::move(seen) }, now);
    return recorded<void>(store, note, set, now).map([] { return false; });
}

}
