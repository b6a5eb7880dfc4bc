// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <libvirt/libvirt.h>
#include <memory>

/// Owners of what libvirt hands out.
namespace wardesk::broker {

struct FreeDomain
{
    void operator()(virDomainPtr domain) const { virDomainFree(domain); }
};
using DomainHandle = std::unique_ptr<virDomain, FreeDomain>;

struct FreeNetwork
{
    void operator()(virNetworkPtr network) const { virNetworkFree(network); }
};
using NetworkHandle = std::unique_ptr<virNetwork, FreeNetwork>;

struct FreePool
{
    void operator()(virStoragePoolPtr pool) const { virStoragePoolFree(pool); }
};
using PoolHandle = std::unique_ptr<virStoragePool, FreePool>;

struct FreeVolume
{
    void operator()(virStorageVolPtr volume) const { virStorageVolFree(volume); }
};
using VolumeHandle = std::unique_ptr<virStorageVol, FreeVolume>;

/// Ended before it is freed, if nobody has: libvirt keeps a stream that is still open.
struct FreeStream
{
    void operator()(virStreamPtr stream) const
    {
        virStreamAbort(stream);
        virStreamFree(stream);
    }
};
using StreamHandle = std::unique_ptr<virStream, FreeStream>;

struct CloseConnection
{
    void operator()(virConnectPtr connection) const { virConnectClose(connection); }
};
using ConnectionHandle = std::unique_ptr<virConnect, CloseConnection>;

struct FreeText
{
    void operator()(char* text) const { std::free(text); }
};
using TextHandle = std::unique_ptr<char, FreeText>;

}
