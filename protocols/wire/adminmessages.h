// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

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
    std::string version;
    std::optional<std::string> kind; ///< "lxc" (default): containers; "qemu": virtual machines
    std::string source; ///< lxc: directory of the image's root on the host; qemu: directory of
                        ///< disk, kernel and initrd on the broker's machine
};
BOOST_DESCRIBE_STRUCT(NewImage, (), (name, version, kind, source))

struct ImageItem
{
    std::string id;
    std::string name;
    std::string version;
    std::string kind;
    std::string source;
    std::int64_t createdAt = 0;
};
BOOST_DESCRIBE_STRUCT(ImageItem, (), (id, name, version, kind, source, createdAt))

struct NewPool
{
    std::string name;
    std::optional<std::string> description;
    std::string image; ///< name or id
    std::int64_t spare = 1; ///< desktops kept ready beyond those in use
    std::int64_t max = 1; ///< desktops at most
    std::optional<std::int64_t> memoryMiB;
    std::optional<std::int64_t> vcpus; ///< these three of pools of virtual machines
    std::optional<std::string> machine; ///< QEMU's machine type, "q35" or "pc"
    std::optional<std::string> network; ///< libvirt's name; the broker's setting when absent
    std::optional<bool> clipboard;
};
BOOST_DESCRIBE_STRUCT(NewPool, (),
    (name, description, image, spare, max, memoryMiB, vcpus, machine, network, clipboard))

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
};
BOOST_DESCRIBE_STRUCT(
    PoolChange, (), (description, image, spare, max, memoryMiB, clipboard, enabled))

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
    std::int64_t ready = 0; ///< free and ready now
    std::int64_t preparing = 0;
    std::int64_t inUse = 0;
    std::int64_t quarantined = 0;
    std::string message; ///< what is wrong, in words; empty when all is well
};
BOOST_DESCRIBE_STRUCT(PoolItem, (),
    (id, name, description, image, spare, max, memoryMiB, vcpus, machine, network, clipboard,
        enabled, ready, preparing, inUse, quarantined, message))

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
};
BOOST_DESCRIBE_STRUCT(DesktopItem, (),
    (id, name, pool, incarnation, status, address, domain, certificateSha256, image, user, lease,
        message, since))

struct Quarantine
{
    std::string reason;
};
BOOST_DESCRIBE_STRUCT(Quarantine, (), (reason))

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
};
BOOST_DESCRIBE_STRUCT(SessionItem, (),
    (lease, user, pool, desktop, incarnation, epoch, status, grantedAt, connectedAt, disconnectedAt,
        terminal))

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
