// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/hostwords.h"

#include "broker/domain/seats.h"
#include "protocols/base/counted.h"

#include <algorithm>

namespace wardesk::broker {

namespace {

/// Of one pool on one host.
struct Share
{
    std::int64_t sessions = 0;
    std::int64_t others = 0;
};

enum class Trouble { dead, away, draining, maintenance, none };

Trouble troubleOf(const HostView& view)
{
    if (view.host.deadAt && view.sight == HostSight::dead)
        return Trouble::dead;
    if (view.host.mode == HostMode::maintenance)
        return Trouble::maintenance;
    if (view.sight == HostSight::away)
        return Trouble::away;
    return view.host.mode == HostMode::draining ? Trouble::draining : Trouble::none;
}

std::map<HostId, Share> sharesOf(const std::vector<DesktopRow>& desktops)
{
    std::map<HostId, Share> shares;
    for (const DesktopRow& row : desktops) {
        Share& share = shares[row.desktop.host];
        if (const std::int64_t open = openSeats(row); open > 0)
            share.sessions += open;
        else
            ++share.others;
    }
    return shares;
}

std::string sessionsOf(const Share& share)
{
    return counted(share.sessions, "session");
}

/// "2 sessions and 1 free desktop"
std::string contentsOf(const Share& share)
{
    const std::string free = counted(share.others, "free desktop");
    if (share.others == 0)
        return sessionsOf(share);
    return share.sessions == 0 ? free : sessionsOf(share) + " and " + free;
}

class Teller
{
public:
    Teller(const ZoneOffsets& zone, WallTime now)
        : m_zone(zone)
        , m_now(now)
    {
    }
    [[nodiscard]] HostWords dead(const Host& host, const Share& share) const
    {
        HostWords words;
        if (share.sessions > 0)
            words.summary = "has lost host '" + host.name + "', with " + sessionsOf(share) + '.';
        words.next = "Host '" + host.name + "' is dead since " + at(*host.deadAt)
            + ": neither libvirt nor any desktop on it answers. ";
        if (share.sessions > 0)
            words.next += "Who was working there (" + sessionsOf(share)
                + ") gets another desktop by opening it again. ";
        words.next += "Nothing there is given out; what was lost is wiped when the host is back.";
        words.todo = "Look at the machine '" + host.name
            + "' and at the network to it. When it never comes back: 'wardeskctl host remove "
            + host.name + " --lost'.";
        return words;
    }
    [[nodiscard]] static HostWords away(const Host& host, const Share& share)
    {
        HostWords words;
        words.next = "Libvirt on host '" + host.name + "' does not answer. Who works there ("
            + sessionsOf(share)
            + ") notices nothing; nothing is started or wiped there until it does.";
        words.todo = "'wardeskctl host list' has libvirt's last word.";
        return words;
    }
    [[nodiscard]] HostWords draining(const Host& host, const Share& share) const
    {
        HostWords words;
        words.next = "Host '" + host.name + "' is being emptied since " + at(host.modeAt)
            + ". Free desktops are made anew on other hosts (" + std::to_string(share.others)
            + " to go); who works there (" + sessionsOf(share) + ") goes on "
            + (host.drainBy ? "until " + at(*host.drainBy) + " at the latest."
                            : "until logging off.");
        words.todo = "'wardeskctl host resume " + host.name + "' ends that.";
        return words;
    }
    [[nodiscard]] HostWords maintenance(const Host& host, const Share& share) const
    {
        HostWords words;
        words.next = "Host '" + host.name + "' is in maintenance since " + at(host.modeAt)
            + ". "
              "Still on it, and waiting for it: "
            + contentsOf(share) + " of the pool.";
        words.todo = "'wardeskctl host resume " + host.name + "' takes it back.";
        return words;
    }

private:
    [[nodiscard]] std::string at(WallTime time) const { return momentText(time, m_zone, m_now); }
    const ZoneOffsets& m_zone;
    const WallTime m_now;
};

}

std::vector<HostWords> hostWords(const std::vector<HostView>& hosts,
    const std::vector<DesktopRow>& desktops, const ZoneOffsets& zone, WallTime now)
{
    const Teller teller(zone, now);
    const std::map<HostId, Share> shares = sharesOf(desktops);
    std::vector<std::pair<Trouble, HostWords>> told;
    for (const HostView& view : hosts) {
        const auto share = shares.find(view.host.id);
        if (share == shares.end())
            continue;
        const Trouble trouble = troubleOf(view);
        switch (trouble) {
        case Trouble::dead:
            told.emplace_back(trouble, teller.dead(view.host, share->second));
            break;
        case Trouble::away:
            told.emplace_back(trouble, Teller::away(view.host, share->second));
            break;
        case Trouble::draining:
            told.emplace_back(trouble, teller.draining(view.host, share->second));
            break;
        case Trouble::maintenance:
            told.emplace_back(trouble, teller.maintenance(view.host, share->second));
            break;
        case Trouble::none:
            break;
        }
    }
    std::stable_sort(
        told.begin(), told.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<HostWords> words;
    for (auto& [trouble, one] : told)
        words.push_back(std::move(one));
    return words;
}

}
