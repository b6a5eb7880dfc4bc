// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/wire/agentmessages.h"

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Bodies of the administrator's routes (/api/v1/admin/...), spoken by wardeskctl and the console.
/// Times are milliseconds since 1970, UTC. Lists are objects with one field "items", so that paging
/// fields can be added.
namespace wardesk::wire {

template <typename T> struct ItemList
{
    std::vector<T> items;
    BOOST_DESCRIBE_CLASS(ItemList, (), (items), (), ())
};

struct NewImage
{
    std::string name;
    std::optional<std::string> version; ///< the next whole number when absent
    std::optional<std::string> kind; ///< "lxc" (default): containers; "qemu": virtual machines
    std::string source; ///< lxc: directory of the image's root on the host; qemu: directory of
                        ///< disk, kernel and initrd on the broker's machine
    std::optional<std::string> state; ///< "published" (default), or "imported": no pool may use it
    std::optional<std::string> note; ///< what is new in this version
    std::optional<std::string> contentHash; ///< SHA-256 of its files, lower-case hex
};
BOOST_DESCRIBE_STRUCT(NewImage, (), (name, version, kind, source, state, note, contentHash))

struct ImageItem
{
    std::string id;
    std::string name;
    std::string version;
    std::string kind;
    std::string source;
    std::int64_t createdAt = 0;
    std::string state; ///< imported, published, retired
    std::string note;
    std::string createdBy;
    std::int64_t stateAt = 0; ///< in its state since
    std::string stateBy;
    std::string contentHash; ///< of its files when they were first read; empty: never
    std::optional<std::int64_t> checkedAt; ///< when they were looked at last
    std::string content; ///< "unchanged", "changed" since they were first read, "unread"
    std::vector<std::string> pools; ///< names of those that use it
};
BOOST_DESCRIBE_STRUCT(ImageItem, (),
    (id, name, version, kind, source, createdAt, state, note, createdBy, stateAt, stateBy,
        contentHash, checkedAt, content, pools))

/// What somebody who can read an image's files has found in them.
struct ImageCheck
{
    std::string contentHash;
};
BOOST_DESCRIBE_STRUCT(ImageCheck, (), (contentHash))

struct NewPool
{
    std::string name;
    std::optional<std::string> description;
    std::string image; ///< name or id
    std::int64_t spare = 1; ///< desktops kept ready beyond those in use; shared: sessions
    std::int64_t max = 1; ///< desktops at most; shared: sessions
    std::optional<std::int64_t> memoryMiB;
    std::optional<std::int64_t> vcpus; ///< these three of pools of virtual machines
    std::optional<std::string> machine; ///< QEMU's machine type, "q35" or "pc"
    std::optional<std::string> network; ///< libvirt's name; the broker's setting when absent
    std::optional<bool> clipboard;
    std::optional<std::int64_t> sparePercent; ///< spares for each 100 in use; the larger counts
    std::optional<std::int64_t> min; ///< desktops at least, in use or ready; shared: sessions
    std::optional<bool> forecast; ///< more spares when roster or past weeks say so
    std::optional<std::string> timeZone; ///< "Europe/Berlin"; empty: the broker's
    std::optional<std::int64_t> lockAfter; ///< these four in seconds, 0: never
    std::optional<std::int64_t> disconnectAfter;
    std::optional<std::int64_t> logOffAfter;
    std::optional<std::int64_t> recycleAfter; ///< 0: at once
    std::optional<std::string> labels; ///< that a host must have: "gpu=yes"; empty: none
    std::optional<std::string>
        spread; ///< over the hosts: soft (evenly where there is room), strict
    std::optional<bool> everybody; ///< may use it at once; otherwise nobody may yet (A7)
    std::optional<std::string> kind; ///< floating (default), dedicated, shared; never changes
    /// Virtual machines: spares behind the running ones, saved to the host's disk; and the same for
    /// each 100 in use. The larger counts.
    std::optional<std::int64_t> suspended {};
    std::optional<std::int64_t> suspendedPercent {};
    std::optional<std::int64_t> seats; ///< shared: sessions at a time in a desktop, 2 to 64
};
BOOST_DESCRIBE_STRUCT(NewPool, (),
    (name, description, image, spare, max, memoryMiB, vcpus, machine, network, clipboard,
        sparePercent, min, forecast, timeZone, lockAfter, disconnectAfter, logOffAfter,
        recycleAfter, labels, spread, everybody, kind, suspended, suspendedPercent, seats))

/// PATCH: only what is named changes.
struct PoolChange
{
    std::optional<std::string> description;
    std::optional<std::string> image;
    std::optional<std::int64_t> spare;
    std::optional<std::int64_t> max;
    std::optional<std::int64_t> memoryMiB;
    std::optional<bool> clipboard;
    std::optional<bool> enabled;
    std::optional<std::int64_t> sparePercent;
    std::optional<std::int64_t> min;
    std::optional<bool> forecast;
    std::optional<std::string> timeZone;
    std::optional<std::int64_t> lockAfter; ///< these four in seconds, 0: never
    std::optional<std::int64_t> disconnectAfter;
    std::optional<std::int64_t> logOffAfter;
    std::optional<std::int64_t> recycleAfter; ///< 0: at once
    std::optional<std::string> labels; ///< that a host must have: "gpu=yes"; empty: none
    std::optional<std::string>
        spread; ///< over the hosts: soft (evenly where there is room), strict
    std::optional<std::int64_t> suspended {};
    std::optional<std::int64_t> suspendedPercent {};
};
BOOST_DESCRIBE_STRUCT(PoolChange, (),
    (description, image, spare, max, memoryMiB, clipboard, enabled, sparePercent, min, forecast,
        timeZone, lockAfter, disconnectAfter, logOffAfter, recycleAfter, labels, spread, suspended,
        suspendedPercent))

/// POST .../pools/{pool}/maintenance: while it lasts nobody gets a fresh desktop.
struct MaintenanceChange
{
    bool on = true;
    std::optional<std::string> reason; ///< to turn it on: clinicians read it
    std::optional<std::string> until; ///< "14:00" or "2026-12-24 14:00", local time of the pool
};
BOOST_DESCRIBE_STRUCT(MaintenanceChange, (), (on, reason, until))

struct MaintenanceItem
{
    std::int64_t since = 0;
    std::string reason;
    std::optional<std::int64_t> until;
};
BOOST_DESCRIBE_STRUCT(MaintenanceItem, (), (since, reason, until))

struct PoolItem
{
    std::string id;
    std::string name;
    std::string description;
    std::string image; ///< name
    std::int64_t spare = 0;
    std::int64_t max = 0;
    std::int64_t memoryMiB = 0;
    std::int64_t vcpus = 1;
    std::string machine;
    std::string network;
    bool clipboard = false;
    bool enabled = true;
    std::int64_t ready = 0; ///< free and ready now; shared: sessions that can begin at once
    std::int64_t preparing = 0; ///< desktops
    std::int64_t inUse = 0; ///< sessions, and so desktops unless it is shared
    std::int64_t quarantined = 0; ///< desktops
    std::string message; ///< what is wrong, in words; empty when all is well
    std::int64_t sparePercent = 0;
    std::int64_t min = 0;
    bool forecast = false;
    std::string timeZone; ///< empty: the broker's
    std::string imageVersion;
    std::optional<std::string> rollout; ///< state of the one that is under way
    std::optional<MaintenanceItem> maintenance; ///< while it lasts
    std::int64_t lockAfter = 0; ///< seconds without key and pointer until the screen is locked
    std::int64_t disconnectAfter = 0; ///< the same, until the client is disconnected
    std::int64_t logOffAfter = 0; ///< seconds without a client until the session is logged off
    std::int64_t recycleAfter = 0; ///< seconds from the log-off until the desktop is wiped
    std::string labels; ///< that a host must have
    std::string spread; ///< soft, strict
    std::string kind; ///< floating, dedicated, shared
    std::int64_t kept = 0; ///< for users who are not using them now
    std::int64_t suspended = 0; ///< wished on the hosts' disks, behind the running spares
    std::int64_t suspendedPercent = 0; ///< the same for each 100 in use
    std::int64_t suspendedNow = 0; ///< that are there, or on the way
    std::int64_t seats = 1; ///< sessions at a time in a desktop
};
BOOST_DESCRIBE_STRUCT(PoolItem, (),
    (id, name, description, image, spare, max, memoryMiB, vcpus, machine, network, clipboard,
        enabled, ready, preparing, inUse, quarantined, message, sparePercent, min, forecast,
        timeZone, imageVersion, rollout, maintenance, lockAfter, disconnectAfter, logOffAfter,
        recycleAfter, labels, spread, kind, kept, suspended, suspendedPercent, suspendedNow, seats))

struct NewRollout
{
    std::string image; ///< id, "name:version", or a name: its newest published version
    std::optional<std::string> mode; ///< "whenLoggedOff" (default), "force"
    std::optional<std::int64_t> startAt; ///< not before; default: now
    std::optional<std::int64_t> countdownMinutes; ///< force: how long users are warned (15)
    std::optional<std::int64_t> canaryPercent; ///< of the desktops that go first (10)
    std::optional<std::int64_t> wavePercent; ///< of them that follow at a time (25)
    std::optional<std::string> note;
};
BOOST_DESCRIBE_STRUCT(
    NewRollout, (), (image, mode, startAt, countdownMinutes, canaryPercent, wavePercent, note))

/// Why a rollout is stopped, cancelled or rolled back: for the audit.
struct RolloutReason
{
    std::optional<std::string> reason;
};
BOOST_DESCRIBE_STRUCT(RolloutReason, (), (reason))

/// A desktop of a pool that has, or had, a rollout.
struct RolloutDesktop
{
    std::string name;
    std::string version;
    bool isNew = false; ///< it has the version that the pool goes to
    std::string status;
    std::string why; ///< why it still has the old one; empty when it has the new one
};
BOOST_DESCRIBE_STRUCT(RolloutDesktop, (), (name, version, isNew, status, why))

struct RolloutItem
{
    std::string id;
    std::string pool; ///< name
    std::string from; ///< "name:version", as the next one
    std::string to;
    std::string mode;
    bool isRollback = false;
    std::string state; ///< scheduled, running, stopped, done, cancelled, rolledBack
    std::string reason; ///< of the state, in words
    std::string note;
    std::string startedBy;
    std::int64_t createdAt = 0;
    std::int64_t startAt = 0;
    std::optional<std::int64_t> begunAt;
    std::int64_t changedAt = 0; ///< in its state since
    std::string changedBy;
    std::int64_t countdownMinutes = 0;
    std::int64_t canaryPercent = 0;
    std::int64_t wavePercent = 0;
    std::int64_t total = 0; ///< desktops of the pool; these three only of the newest one of a pool
    std::int64_t renewed = 0; ///< of them ready with the new version, or in use with it
    std::int64_t waitingForUsers = 0; ///< with the old one, and in use
    std::vector<std::string> explanation; ///< what happens and what can be done, in sentences
    std::vector<RolloutDesktop> desktops;
};
BOOST_DESCRIBE_STRUCT(RolloutItem, (),
    (id, pool, from, to, mode, isRollback, state, reason, note, startedBy, createdAt, startAt,
        begunAt, changedAt, changedBy, countdownMinutes, canaryPercent, wavePercent, total, renewed,
        waitingForUsers, explanation, desktops))

/// What a calendar sets from one time of day until another. What is not named stays as the pool has
/// it.
struct CalendarWindowItem
{
    std::string days; ///< "mon-fri", "sat,sun", "daily", "holidays", "2026-12-24" or
                      ///< "2026-12-24..2027-01-02"
    std::string from; ///< "06:30", local time of the pool
    std::string to; ///< not later than from: of the next day
    std::optional<std::int64_t> spare;
    std::optional<std::int64_t> sparePercent;
    std::optional<std::int64_t> min;
    std::optional<std::int64_t> max;
    std::optional<std::int64_t> suspended {};
    std::optional<std::int64_t> suspendedPercent {};
};
BOOST_DESCRIBE_STRUCT(CalendarWindowItem, (),
    (days, from, to, spare, sparePercent, min, max, suspended, suspendedPercent))

struct HolidayItem
{
    std::string day; ///< "2026-12-25"
    std::string name;
};
BOOST_DESCRIBE_STRUCT(HolidayItem, (), (day, name))

/// Replaces the whole calendar.
struct CalendarChange
{
    std::vector<CalendarWindowItem> windows; ///< of several in force the last one counts
    std::vector<HolidayItem> holidays;
    std::optional<std::string> version; ///< of the calendar that was changed; refused when it is
                                        ///< another by now
};
BOOST_DESCRIBE_STRUCT(CalendarChange, (), (windows, holidays, version))

struct CalendarItem
{
    std::string pool; ///< name
    std::string timeZone; ///< never empty
    std::string version;
    std::vector<CalendarWindowItem> windows;
    std::vector<HolidayItem> holidays;
    std::string inForce; ///< what it sets now, in words; empty: nothing
};
BOOST_DESCRIBE_STRUCT(CalendarItem, (), (pool, timeZone, version, windows, holidays, inForce))

struct NewRoster
{
    std::string text; ///< of the file: lines "ward,shift start,heads"
};
BOOST_DESCRIBE_STRUCT(NewRoster, (), (text))

struct RosterItem
{
    std::string pool; ///< name
    std::string timeZone;
    std::string firstDay; ///< what the file says replaces what was known of these days
    std::string lastDay;
    std::int64_t shifts = 0;
    std::int64_t wards = 0;
    std::int64_t heads = 0; ///< of all shifts together
};
BOOST_DESCRIBE_STRUCT(RosterItem, (), (pool, timeZone, firstDay, lastDay, shifts, wards, heads))

/// A quarter of an hour of a pool's next day.
struct ForecastStep
{
    std::int64_t at = 0;
    std::string time; ///< local: "07:15"
    double expected = 0; ///< sign-ins
    std::int64_t heads = 0; ///< who begin work at the shift that explains them; 0: no roster
    std::int64_t spares = 0; ///< the most that are kept ready
    std::int64_t wished = 0; ///< the same before max
    std::int64_t min = 0;
    std::int64_t max = 0;
    std::string why;
    std::int64_t suspended = 0; ///< on the hosts' disks, behind those
};
BOOST_DESCRIBE_STRUCT(
    ForecastStep, (), (at, time, expected, heads, spares, wished, min, max, why, suspended))

struct PoolForecast
{
    std::string pool; ///< name
    std::string timeZone;
    bool forecast = false;
    std::int64_t ready = 0; ///< now, as are the next two
    std::int64_t preparing = 0;
    std::int64_t inUse = 0;
    std::int64_t bootSeconds = 0; ///< nine of ten desktops are ready sooner
    bool bootMeasured = false; ///< otherwise it is assumed: too few have booted
    std::int64_t startsAtOnce = 0;
    std::int64_t weeks = 0; ///< of sign-ins that it is reckoned from
    std::int64_t shiftsLearned = 0; ///< past shifts that showed who comes when
    double signInsPerHead = 1; ///< of those
    std::string message; ///< what is wrong; empty when all is well
    std::vector<std::string> notes; ///< how it comes to its figures, for people
    std::vector<ForecastStep> steps;
    std::int64_t suspended = 0; ///< now
};
BOOST_DESCRIBE_STRUCT(PoolForecast, (),
    (pool, timeZone, forecast, ready, preparing, inUse, bootSeconds, bootMeasured, startsAtOnce,
        weeks, shiftsLearned, signInsPerHead, message, notes, steps, suspended))

/// Whole sentences about what a pool does, for people.
struct PoolExplanation
{
    std::string pool; ///< name
    std::string timeZone; ///< of the times in the sentences
    std::string summary;
    std::vector<std::string> now; ///< what it has and wants, and why
    std::vector<std::string> next; ///< what will happen, and when
    std::vector<std::string> sessions; ///< what becomes of a session that is left alone
    std::vector<std::string> todo; ///< what would change it; empty: nothing need be done
};
BOOST_DESCRIBE_STRUCT(PoolExplanation, (), (pool, timeZone, summary, now, next, sessions, todo))

/// What was seen of a desktop, and kept.
struct EvidenceItem
{
    std::int64_t at = 0;
    std::int64_t incarnation = 0;
    std::string kind; ///< proof, quarantine, release
    std::string by; ///< user name, or "broker"
    std::string reason;
    std::string seen; ///< the rows, the host's word and the agent's word at that moment
};
BOOST_DESCRIBE_STRUCT(EvidenceItem, (), (at, incarnation, kind, by, reason, seen))

struct DesktopItem
{
    std::string id;
    std::string name;
    std::string pool; ///< name
    std::int64_t incarnation = 0;
    std::string status; ///< derived: preparing, ready, assigned, connected, disconnected,
                        ///< recycling, quarantined, stopped
    std::string address;
    std::string domain; ///< UUID of the libvirt domain
    std::string certificateSha256;
    std::string image;
    std::optional<std::string> user;
    std::optional<std::string> lease;
    std::string message;
    std::int64_t since = 0;
    std::optional<ResetProof> proof; ///< of this incarnation; only when one desktop is shown
    std::optional<std::vector<EvidenceItem>> evidence; ///< the newest first; likewise
    std::string outdated; ///< why it has another version than the pool; empty when it has not
    std::string host; ///< name of the host that it is on
    std::optional<std::string> owner; ///< whom it is kept for (dedicated pools)
    // of a shared pool; `user` and `lease` are absent then
    std::optional<std::int64_t> seats; ///< sessions that it has room for
    std::optional<std::int64_t> sessions; ///< that are open in it
    std::optional<std::int64_t>
        accountsLeft; ///< sessions that may still begin before it is made anew
    std::optional<bool> draining; ///< nobody new comes in; it is made anew after the last
};
BOOST_DESCRIBE_STRUCT(DesktopItem, (),
    (id, name, pool, incarnation, status, address, domain, certificateSha256, image, user, lease,
        message, since, proof, evidence, outdated, host, owner, seats, sessions, accountsLeft,
        draining))

struct Quarantine
{
    std::string reason;
};
BOOST_DESCRIBE_STRUCT(Quarantine, (), (reason))

struct QuarantineRelease
{
    std::string reason; ///< what was found, for whoever looks later
    std::optional<bool> loseDisk; ///< nobody misses what is on the disk
};
BOOST_DESCRIBE_STRUCT(QuarantineRelease, (), (reason, loseDisk))

struct Assignment
{
    std::string user; ///< name or id
};
BOOST_DESCRIBE_STRUCT(Assignment, (), (user))

struct NewUser
{
    std::string name;
    std::optional<std::string> displayName;
    std::string password;
    std::optional<bool> admin;
};
BOOST_DESCRIBE_STRUCT(NewUser, (), (name, displayName, password, admin))

struct NewPassword
{
    std::string password;
};
BOOST_DESCRIBE_STRUCT(NewPassword, (), (password))

struct UserChange
{
    bool disabled = false; ///< may not sign in, and is signed out everywhere
    std::optional<bool> endSessions; ///< also end what runs on the user's desktops
};
BOOST_DESCRIBE_STRUCT(UserChange, (), (disabled, endSessions))

struct UserItem
{
    std::string id;
    std::string name;
    std::string displayName;
    bool admin = false;
    bool disabled = false;
    std::int64_t createdAt = 0;
};
BOOST_DESCRIBE_STRUCT(UserItem, (), (id, name, displayName, admin, disabled, createdAt))

/// A lease as the administrator sees it.
struct SessionItem
{
    std::string lease;
    std::string user;
    std::string pool;
    std::string desktop;
    std::int64_t incarnation = 0;
    std::int64_t epoch = 0;
    std::string status; ///< assigned, connected, disconnected
    std::int64_t grantedAt = 0;
    std::optional<std::int64_t> connectedAt;
    std::optional<std::int64_t> disconnectedAt;
    std::optional<std::string> terminal;
    std::optional<std::int64_t> seat; ///< in a shared desktop: the number of its account
};
BOOST_DESCRIBE_STRUCT(SessionItem, (),
    (lease, user, pool, desktop, incarnation, epoch, status, grantedAt, connectedAt, disconnectedAt,
        terminal, seat))

struct AuditItem
{
    std::int64_t number = 0;
    std::int64_t at = 0;
    std::string actor; ///< user name, or "broker"
    std::string action; ///< e.g. session.signIn, pool.create, lease.grant
    std::string object;
    std::string outcome; ///< "done", or the wire code of the error
    std::string detail;
    std::string hash; ///< of this record and the one before it (A10)
};
BOOST_DESCRIBE_STRUCT(AuditItem, (), (number, at, actor, action, object, outcome, detail, hash))

/// GET /api/v1/admin/audit/verification: whether the chain of hashes is whole.
struct AuditVerification
{
    bool whole = true;
    std::int64_t firstBroken = 0; ///< number of the first record that does not fit, or 0
};
BOOST_DESCRIBE_STRUCT(AuditVerification, (), (whole, firstBroken))

/// One of the brokers that share the database.
struct BrokerItem
{
    std::string name;
    bool alive = false; ///< it has been heard of, by the database's clock
    bool answering = false; ///< the one that this answer comes from
    std::string peerAddress; ///< for other brokers; empty when it is the only one
    std::string agentAddress; ///< for desktops
    std::int64_t epoch = 0;
    std::vector<std::string> pools; ///< names of the pools whose work it does
    std::int64_t agents = 0;
    std::int64_t clients = 0;
};
BOOST_DESCRIBE_STRUCT(BrokerItem, (),
    (name, alive, answering, peerAddress, agentAddress, epoch, pools, agents, clients))

struct NewHost
{
    std::string name;
    std::string uri; ///< libvirt's, e.g. "qemu+tls://north/system"
    std::optional<std::string> labels; ///< "gpu=yes,rack=2"
    std::optional<std::int64_t> memoryPercent; ///< of its memory that may be promised; 0: no limit
    std::optional<std::int64_t> processorPercent; ///< the same of its processors (0)
};
BOOST_DESCRIBE_STRUCT(NewHost, (), (name, uri, labels, memoryPercent, processorPercent))

/// PATCH: only what is named changes.
struct HostChange
{
    std::optional<std::string> name;
    std::optional<std::string> labels;
    std::optional<std::int64_t> memoryPercent;
    std::optional<std::int64_t> processorPercent;
};
BOOST_DESCRIBE_STRUCT(HostChange, (), (name, labels, memoryPercent, processorPercent))

/// POST .../hosts/{host}/drain: nothing new is given out there.
struct HostDrain
{
    std::optional<std::int64_t> withinMinutes; ///< then sessions that still run are ended
};
BOOST_DESCRIBE_STRUCT(HostDrain, (), (withinMinutes))

/// Answer to POST .../hosts/{host}/write-off: what went with it.
struct HostLoss
{
    std::string name;
    std::int64_t desktops = 0;
    std::vector<std::string> users; ///< who had a session there, by name
};
BOOST_DESCRIBE_STRUCT(HostLoss, (), (name, desktops, users))

struct HostItem
{
    std::string id;
    std::string name;
    std::string uri;
    std::string kind; ///< lxc, qemu
    std::string mode; ///< active, draining, maintenance
    std::string state; ///< derived: good, draining, maintenance, busy, away, dead
    std::string message; ///< what is so and what to do, in words; empty when all is well
    std::string description; ///< libvirt's version and so on; empty: it has not answered yet
    std::string labels;
    std::int64_t memoryMiB = 0; ///< of the machine; 0: not known yet
    std::int64_t memoryPercent = 0;
    std::int64_t memoryPromisedMiB = 0; ///< to desktops that there are
    std::int64_t processors = 0;
    std::int64_t processorPercent = 0;
    std::int64_t processorsPromised = 0;
    std::int64_t desktops = 0;
    std::int64_t inUse = 0;
    std::int64_t modeAt = 0;
    std::string modeBy;
    std::optional<std::int64_t> drainBy;
    std::optional<std::int64_t> deadAt;
    std::int64_t version = 0;
};
BOOST_DESCRIBE_STRUCT(HostItem, (),
    (id, name, uri, kind, mode, state, message, description, labels, memoryMiB, memoryPercent,
        memoryPromisedMiB, processors, processorPercent, processorsPromised, desktops, inUse,
        modeAt, modeBy, drainBy, deadAt, version))

/// R11: a database that was restored, or that a promotion took back, is being set right. Answer of
/// POST /api/v1/admin/system/adoption, and a part of the health; absent when all is well.
struct AdoptionStatus
{
    std::string state; ///< "checking" (the broker has just started), "adopting", "following"
                       ///< (another broker adopts)
    std::int64_t settled = 0; ///< desktops that are done
    std::int64_t total = 0;
    std::int64_t waiting = 0; ///< desktops whose agent has not spoken yet
    std::string message; ///< "adopted 312 of 500"
};
BOOST_DESCRIBE_STRUCT(AdoptionStatus, (), (state, settled, total, waiting, message))

/// GET /api/v1/health, without sign-in.
struct Health
{
    std::string status; ///< "good", "degraded"
    std::string version;
    std::string database; ///< "good", or what is wrong in words
    std::string hypervisor;
    std::optional<AdoptionStatus> adoption;
};
BOOST_DESCRIBE_STRUCT(Health, (), (status, version, database, hypervisor, adoption))

}
