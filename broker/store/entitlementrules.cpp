// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/entitlementrules.h"

namespace wardesk::broker::rules {

std::string nameOf(SubjectKind kind)
{
    switch (kind) {
    case SubjectKind::everybody:
        return "everybody";
    case SubjectKind::user:
        return "user";
    case SubjectKind::group:
        return "group";
    }
    return {};
}

SubjectKind subjectNamed(const std::string& name)
{
    if (name == "everybody")
        return SubjectKind::everybody;
    return name == "group" ? SubjectKind::group : SubjectKind::user;
}

std::string linesOf(const std::vector<std::string>& patterns)
{
    std::string lines;
    for (const std::string& pattern : patterns)
        lines += pattern + '\n';
    return lines;
}

std::vector<std::string> patternsIn(const std::string& lines)
{
    std::vector<std::string> patterns;
    for (std::size_t at = 0; at < lines.size();) {
        const std::size_t end = lines.find('\n', at);
        patterns.push_back(lines.substr(at, end - at));
        at = end == std::string::npos ? lines.size() : end + 1;
    }
    return patterns;
}

Error noSuchUserError()
{
    return { Errc::notFound, "there is no such user" };
}

Error noSuchGroupError()
{
    return { Errc::notFound, "there is no such group" };
}

Error nameTakenError()
{
    return { Errc::conflict, "there is a group of that name" };
}

Error namedByAnEntitlementError()
{
    return { Errc::conflict,
        "an entitlement names it: take that away first (wardeskctl pool access)" };
}

Error accessChangedError()
{
    return {
        Errc::conflict,
        "somebody else has changed who may use the pool meanwhile; look at it and change it again"
    };
}

std::optional<GrantOutcome> limitReached(const SessionLimits& limits, const OpenSessions& open)
{
    if (limits.perUser > 0 && open.ofUser >= limits.perUser)
        return GrantOutcome::userLimit;
    if (limits.perPool > 0 && open.ofPool >= limits.perPool)
        return GrantOutcome::poolLimit;
    return std::nullopt;
}

}
