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

struct FreeText
{
    void operator()(char* text) const { std::free(text); }
};
using TextHandle = std::unique_ptr<char, FreeText>;

}
