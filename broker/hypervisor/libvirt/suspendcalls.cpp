// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/hypervisor/libvirt/suspendcalls.h"

#include "broker/hypervisor/domainspec.h"
#include "broker/hypervisor/libvirt/errortext.h"
#include "broker/hypervisor/libvirt/handles.h"
#include "protocols/base/encoding.h"
#include "protocols/wire/codec.h"
#include "protocols/wire/machinemessages.h"

#include <string_view>

namespace wardesk::broker {

namespace {

constexpr std::size_t wakeSeedBytes = 64;

HandOver::Message wakeMessage(std::int64_t token)
{
    return [token] {
        using namespace std::chrono;
        wire::MachineWake told;
        told.resumed = token;
        told.timeMs = duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
        told.seed = toBase64(randomBytes(wakeSeedBytes));
        return Secret(wire::encode(told) + '\n');
    };
}

/// Ours, or why it cannot be had.
Result<DomainHandle> ownDomain(
    virConnectPtr connection, const HostContext& context, const DomainUuid& uuid)
{
    DomainHandle domain(virDomainLookupByUUIDString(connection, uuid.value().c_str()));
    if (!domain) {
        if (lastErrorIsNoDomain())
            return tl::unexpected(goneError(uuid));
        return tl::unexpected(lastLibvirtError("the domains of the host could not be read"));
    }
    const auto isOurs = isOwnDomain(domain.get(), context.settings.site);
    if (!isOurs)
        return tl::unexpected(isOurs.error());
    if (!*isOurs)
        return failure(Errc::conflict,
            "the domain " + uuid.value()
                + " on the host belongs to somebody else and is left "
                  "alone");
    return domain;
}

Result<void> makePersistent(virConnectPtr connection, virDomainPtr domain)
{
    if (virDomainIsPersistent(domain) == 1)
        return {};
    const TextHandle xml(
        virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE));
    if (!xml)
        return tl::unexpected(lastLibvirtError("the desktop's description could not be read"));
    const DomainHandle defined(virDomainDefineXML(connection, xml.get()));
    if (!defined)
        return tl::unexpected(lastLibvirtError("the desktop could not be made ready for saving"));
    return {};
}

/// In the words of whoever has to make room.
Error inWords(Error error)
{
    for (const std::string_view sign : { "No space left", "no space left", "ENOSPC" }) {
        if (error.detail.find(sign) != std::string::npos)
            return { Errc::storageFull,
                "the host's disk has no room left for a suspended desktop's memory; make room "
                "below /var/lib/libvirt on it ("
                    + error.detail + ')' };
    }
    return error;
}

}

Result<void> suspendDomain(virConnectPtr connection, const HostContext& context,
    const DomainUuid& uuid, std::chrono::steady_clock::time_point until)
{
    if (context.type == DomainType::lxc)
        return failure(Errc::invalidArgument,
            "containers cannot be saved to the host's disk; only virtual machines can");
    const auto domain = ownDomain(connection, context, uuid);
    if (!domain)
        return tl::unexpected(domain.error());
    virDomainPtr raw = domain->get();
    if (virDomainIsActive(raw) == 0)
        return virDomainHasManagedSaveImage(raw, 0) == 1 ? Result<void>()
                                                         : tl::unexpected(goneError(uuid));
    if (auto persistent = makePersistent(connection, raw); !persistent)
        return persistent;
    if (std::chrono::steady_clock::now() >= until)
        return failure(Errc::timeout, "the host took too long to begin with the saving");
    if (context.handOver)
        context.handOver->forget(uuid);
    context.expectEnd(uuid.value());
    if (virDomainManagedSave(raw, VIR_DOMAIN_SAVE_RUNNING) == 0)
        return {};
    Error error = lastLibvirtError("the desktop could not be saved to its host's disk");
    // A call that was given up may have done it meanwhile.
    if (virDomainIsActive(raw) == 0 && virDomainHasManagedSaveImage(raw, 0) == 1)
        return {};
    context.forgetEnd(uuid.value());
    return tl::unexpected(inWords(std::move(error)));
}

Result<void> resumeDomain(virConnectPtr connection, const HostContext& context,
    const DomainUuid& uuid, std::int64_t token)
{
    const auto domain = ownDomain(connection, context, uuid);
    if (!domain)
        return tl::unexpected(domain.error());
    virDomainPtr raw = domain->get();
    context.forgetEnd(uuid.value());
    if (virDomainIsActive(raw) == 0) {
        // Without its memory it would boot, as something that nobody has asked for.
        if (virDomainHasManagedSaveImage(raw, 0) != 1)
            return tl::unexpected(goneError(uuid));
        if (virDomainCreate(raw) < 0) {
            Error error
                = lastLibvirtError("the suspended desktop could not be resumed from its host's "
                                   "disk");
            if (virDomainIsActive(raw) != 1)
                return tl::unexpected(std::move(error));
        }
    } else {
        int state = VIR_DOMAIN_NOSTATE;
        int reason = 0;
        // A save that failed half way may leave it standing.
        if (virDomainGetState(raw, &state, &reason, 0) == 0 && state == VIR_DOMAIN_PAUSED
            && reason != VIR_DOMAIN_PAUSED_SAVE)
            virDomainResume(raw);
    }
    if (virDomainIsPersistent(raw) == 1
        && virDomainUndefineFlags(raw, VIR_DOMAIN_UNDEFINE_MANAGED_SAVE) < 0)
        return tl::unexpected(
            lastLibvirtError("the resumed desktop could not be made one that is never saved"));
    if (context.handOver)
        context.handOver->wake(uuid, wakeMessage(token));
    return {};
}

}
