// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/hypervisor/libvirt/domaincalls.h"

#include "broker/hypervisor/libvirt/domainmetadata.h"
#include "broker/hypervisor/libvirt/errortext.h"
#include "broker/hypervisor/libvirt/handles.h"
#include "broker/hypervisor/libvirt/keptfolders.h"
#include "broker/hypervisor/libvirt/machinecalls.h"
#include "broker/hypervisor/libvirt/networkxml.h"

#include <array>
#include <filesystem>
#include <libvirt/virterror.h>
#include <optional>
#include <sys/stat.h>

namespace wardesk::broker {

namespace {

/// A container whose controller was killed while libvirtd was away stays in libvirt's books as a
/// transient domain that is shut off. Nothing of it runs, and its metadata cannot be read.
bool isDeadShell(virDomainPtr domain)
{
    return virDomainIsActive(domain) == 0 && virDomainIsPersistent(domain) == 0;
}

/// Ours, or nothing when the domain is somebody else's.
Result<std::optional<DomainMetadata>> ownMetadata(virDomainPtr domain, const std::string& site)
{
    const TextHandle element(
        virDomainGetMetadata(domain, VIR_DOMAIN_METADATA_ELEMENT, metadataNamespace, 0));
    if (!element) {
        if (lastErrorIsNoMetadata())
            return std::nullopt;
        return tl::unexpected(lastLibvirtError("a domain's metadata could not be read"));
    }
    std::optional<DomainMetadata> metadata = readMetadata(element.get());
    if (metadata && metadata->site != site)
        return std::nullopt;
    return metadata;
}

/// A shell keeps its name and UUID until the daemon is started again, and no call ends what is not
/// running. One that is made persistent, though, can be undefined. (Whoever dies in between leaves
/// a persistent domain that is off, which destroyDomain() ends.) True when it was ours and is gone.
bool removeDeadShell(virConnectPtr connection, virDomainPtr shell, const std::string& site)
{
    const TextHandle xml(virDomainGetXMLDesc(shell, VIR_DOMAIN_XML_INACTIVE));
    if (!xml)
        return false;
    const auto metadata = findMetadata(xml.get());
    if (!metadata || metadata->site != site)
        return false;
    const DomainHandle defined(virDomainDefineXML(connection, xml.get()));
    return defined && virDomainUndefine(defined.get()) == 0;
}

tl::unexpected<Error> notOurs(const DomainUuid& uuid)
{
    return failure(Errc::conflict,
        "the domain " + uuid.value() + " on the host belongs to somebody else and is left alone");
}

DomainState stateOf(int state)
{
    switch (state) {
    case VIR_DOMAIN_PAUSED:
    case VIR_DOMAIN_PMSUSPENDED:
        return DomainState::paused;
    case VIR_DOMAIN_SHUTOFF:
        return DomainState::shutOff;
    case VIR_DOMAIN_CRASHED:
        return DomainState::crashed;
    default: // running, blocked, on its way down: not off before it is off (R6)
        return DomainState::running;
    }
}

bool isOnThisMachine(virConnectPtr connection)
{
    const TextHandle uri(virConnectGetURI(connection));
    return uri && std::string_view(uri.get()).find(":///") != std::string_view::npos;
}

/// packaging/lib/rootfs.sh: above whatever else gives ids to people and containers.
constexpr uid_t firstContainerId = 2'100'000'000;

/// An image's name on the host is a link to its newest version. The domain gets the version itself,
/// so that a desktop keeps what it was started with.
Result<std::string> resolveImage(virConnectPtr connection, const std::string& source)
{
    if (!isOnThisMachine(connection))
        return source;
    std::error_code error;
    const auto resolved = std::filesystem::canonical(source, error);
    if (error || !std::filesystem::is_directory(resolved, error))
        return failure(Errc::notFound,
            "the image's directory '" + source
                + "' does not exist on the host; build the image"
                  " or correct its source");
    return resolved.string();
}

/// Who owns the image's root is root in the container: the image's ids decide how they are mapped.
Result<std::int64_t> firstIdOf(virConnectPtr connection, const std::string& image)
{
    if (!isOnThisMachine(connection))
        return 0;
    struct stat root
    {
    };
    if (::stat(image.c_str(), &root) != 0)
        return failure(Errc::notFound, "the image " + image + " cannot be looked at");
    if (root.st_uid != 0 && root.st_uid != firstContainerId)
        return failure(Errc::invalidArgument,
            "the image " + image + " belongs to user " + std::to_string(root.st_uid)
                + ", who would be root in the desktop; build the image anew");
    return static_cast<std::int64_t>(root.st_uid);
}

Result<std::string> gatewayOf(virConnectPtr connection, const DomainSpec& spec)
{
    const NetworkHandle network(virNetworkLookupByName(connection, spec.network.c_str()));
    if (!network)
        return tl::unexpected(lastLibvirtError("the network '" + spec.network + "' is needed"));
    const TextHandle xml(virNetworkGetXMLDesc(network.get(), 0));
    if (!xml)
        return tl::unexpected(
            lastLibvirtError("the network '" + spec.network + "' could not be read"));
    return gatewayFor(xml.get(), spec.address);
}

/// libvirt quotes what it cannot parse; the secret must not get into a log that way.
Error withoutSecret(Error error, const Secret& secret)
{
    const std::string_view value = secret.reveal();
    if (value.empty())
        return error;
    for (auto at = error.detail.find(value); at != std::string::npos; at = error.detail.find(value))
        error.detail.replace(at, value.size(), "(secret)");
    return error;
}

/// LXC knows no saved memory, and refuses the question.
bool isSaved(virDomainPtr domain, DomainType type)
{
    return type != DomainType::lxc && virDomainIsPersistent(domain) == 1
        && virDomainIsActive(domain) == 0 && virDomainHasManagedSaveImage(domain, 0) == 1;
}

/// With the memory that is saved for it, if there is any.
int undefine(virDomainPtr domain, DomainType type)
{
    return type == DomainType::lxc
        ? virDomainUndefine(domain)
        : virDomainUndefineFlags(domain, VIR_DOMAIN_UNDEFINE_MANAGED_SAVE);
}

/// Whether a domain of this UUID runs already and is ours; what is ours and off is removed.
Result<bool> runsAlready(
    virConnectPtr connection, const HostContext& context, const DomainUuid& uuid)
{
    const DomainHandle domain(virDomainLookupByUUIDString(connection, uuid.value().c_str()));
    if (!domain) {
        if (lastErrorIsNoDomain())
            return false;
        return tl::unexpected(lastLibvirtError("the domains of the host could not be read"));
    }
    if (isDeadShell(domain.get())) {
        if (removeDeadShell(connection, domain.get(), context.settings.site))
            return false;
        return notOurs(uuid);
    }
    const auto metadata = ownMetadata(domain.get(), context.settings.site);
    if (!metadata)
        return tl::unexpected(metadata.error());
    if (!*metadata)
        return notOurs(uuid);
    if (virDomainIsActive(domain.get()) == 1)
        return true;
    // What is saved to the disk is there, too: a start that comes late must not wipe it.
    if (isSaved(domain.get(), context.type))
        return true;
    undefine(domain.get(), context.type);
    return false;
}

std::string versionText(unsigned long version)
{
    return std::to_string(version / 1'000'000) + '.' + std::to_string(version / 1'000 % 1'000) + '.'
        + std::to_string(version % 1'000);
}

}

Result<bool> isOwnDomain(virDomainPtr domain, const std::string& site)
{
    return ownMetadata(domain, site).map([](const std::optional<DomainMetadata>& metadata) {
        return metadata.has_value();
    });
}

Result<void> startDomain(
    virConnectPtr connection, const HostContext& context, const DomainSpec& spec)
{
    const auto running = runsAlready(connection, context, spec.uuid);
    if (!running)
        return tl::unexpected(running.error());
    if (*running)
        return {};
    DomainSpec resolved = spec;
    std::string gateway;
    std::int64_t firstId = 0;
    if (context.type == DomainType::qemu) {
        auto found = gatewayOf(connection, spec);
        if (!found)
            return tl::unexpected(found.error());
        return startMachine(connection, context, spec, *found);
    }
    if (context.type == DomainType::lxc) {
        auto image = resolveImage(connection, spec.imageSource);
        if (!image)
            return tl::unexpected(image.error());
        resolved.imageSource = *image;
        auto ids = firstIdOf(connection, *image);
        if (ids && !spec.keptDisk.isEmpty()) {
            if (!isOnThisMachine(connection))
                return failure(Errc::invalidArgument,
                    "containers keep their disks only on the broker's own machine; use virtual "
                    "machines for this pool");
            auto lower = openKeptFolder(context.settings.keptFolder, spec, *image, *ids);
            if (!lower)
                return tl::unexpected(lower.error());
            resolved.imageSource = *lower;
            ids = firstIdOf(connection, *lower); // what is kept has the ids that it was made with
        }
        if (!ids)
            return tl::unexpected(ids.error());
        firstId = *ids;
        auto found = gatewayOf(connection, spec);
        if (!found)
            return tl::unexpected(found.error());
        gateway = *found;
    }
    const Secret xml = domainXml(resolved, context.settings, context.type, gateway, firstId);
    const DomainHandle domain(
        virDomainCreateXML(connection, std::string(xml.reveal()).c_str(), VIR_DOMAIN_NONE));
    if (domain)
        return {};
    Error error = withoutSecret(
        lastLibvirtError("the domain '" + spec.name + "' could not be started"), spec.bootstrap);
    // Somebody else (another broker, a call that was given up) may have been quicker.
    const auto now = runsAlready(connection, context, spec.uuid);
    if (now && *now)
        return {};
    const auto giveUp = [&](Error because) -> Result<void> {
        // A folder that was made for nothing, and nobody has been in, goes.
        if (now && !spec.keptDisk.isEmpty() && spec.owner.isEmpty())
            std::ignore = removeKeptFolder(context.settings.keptFolder, spec.keptDisk);
        return tl::unexpected(std::move(because));
    };
    const DomainHandle taken(virDomainLookupByName(connection, spec.name.c_str()));
    if (!taken)
        return giveUp(std::move(error));
    if (isDeadShell(taken.get())
        && removeDeadShell(connection, taken.get(), context.settings.site)) {
        const DomainHandle again(
            virDomainCreateXML(connection, std::string(xml.reveal()).c_str(), VIR_DOMAIN_NONE));
        if (again)
            return {};
        return giveUp(
            withoutSecret(lastLibvirtError("the domain '" + spec.name + "' could not be started"),
                spec.bootstrap));
    }
    error.code = Errc::conflict; // libvirt has no code of its own for a name that is taken
    return giveUp(std::move(error));
}

namespace {

Result<void> endDomain(virConnectPtr connection, const HostContext& context, const DomainUuid& uuid)
{
    const DomainHandle domain(virDomainLookupByUUIDString(connection, uuid.value().c_str()));
    if (!domain) {
        if (lastErrorIsNoDomain())
            return {};
        return tl::unexpected(lastLibvirtError("the domains of the host could not be read"));
    }
    if (isDeadShell(domain.get())) {
        // Nothing of it runs, whether or not libvirt can be brought to forget it.
        std::ignore = removeDeadShell(connection, domain.get(), context.settings.site);
        return {};
    }
    const auto metadata = ownMetadata(domain.get(), context.settings.site);
    if (!metadata && !lastErrorIsNoDomain())
        return tl::unexpected(metadata.error());
    if (metadata && !*metadata)
        return notOurs(uuid);
    const bool persistent = virDomainIsPersistent(domain.get()) == 1;
    context.expectEnd(uuid.value());
    if (virDomainDestroy(domain.get()) < 0) {
        const bool gone = lastErrorIsNoDomain() || lastErrorIsNotRunning();
        Error error = lastLibvirtError("the domain " + uuid.value() + " could not be ended");
        context.forgetEnd(uuid.value());
        if (!gone)
            return tl::unexpected(std::move(error));
    }
    // It was saved to the disk, or was to be; nothing of that may be left.
    if (persistent && undefine(domain.get(), context.type) < 0 && !lastErrorIsNoDomain())
        return tl::unexpected(
            lastLibvirtError("the domain " + uuid.value() + " could not be removed"));
    return {};
}

}

Result<void> destroyDomain(
    virConnectPtr connection, const HostContext& context, const DomainUuid& uuid)
{
    const auto ended = endDomain(connection, context, uuid);
    if (!ended || context.type != DomainType::qemu)
        return ended;
    return removeMachineDisk(connection, context, uuid);
}

Result<void> removeKeptDisk(
    virConnectPtr connection, const HostContext& context, const DomainUuid& keptDisk)
{
    switch (context.type) {
    case DomainType::qemu:
        return removeKeptVolume(connection, context, keptDisk);
    case DomainType::lxc:
        return removeKeptFolder(context.settings.keptFolder, keptDisk);
    case DomainType::test:
        break;
    }
    return {};
}

Result<std::vector<ObservedDomain>> listDomains(
    virConnectPtr connection, const HostContext& context)
{
    virDomainPtr* all = nullptr;
    const int count = virConnectListAllDomains(connection, &all, 0);
    if (count < 0)
        return tl::unexpected(lastLibvirtError("the domains of the host could not be listed"));
    std::vector<DomainHandle> domains;
    for (int i = 0; i < count; ++i)
        domains.emplace_back(all[i]);
    std::free(all);

    std::vector<ObservedDomain> observed;
    for (const DomainHandle& domain : domains) {
        if (isDeadShell(domain.get()))
            continue;
        const auto metadata = ownMetadata(domain.get(), context.settings.site);
        if (!metadata) {
            if (lastErrorIsNoDomain()) // ended since the list was made
                continue;
            return tl::unexpected(metadata.error()); // half a list would read as lost desktops
        }
        if (!*metadata)
            continue;
        int state = VIR_DOMAIN_NOSTATE;
        if (virDomainGetState(domain.get(), &state, nullptr, 0) < 0) {
            if (lastErrorIsNoDomain())
                continue;
            return tl::unexpected(lastLibvirtError("a domain's state could not be read"));
        }
        // Asked only of those few that are off: each question is a call.
        const bool isAsleep = state == VIR_DOMAIN_SHUTOFF && isSaved(domain.get(), context.type);
        std::array<char, VIR_UUID_STRING_BUFLEN> uuid {};
        virDomainGetUUIDString(domain.get(), uuid.data());
        observed.push_back({ .uuid = DomainUuid(uuid.data()),
            .name = virDomainGetName(domain.get()),
            .state = isAsleep ? DomainState::suspended : stateOf(state),
            .desktop = (*metadata)->desktop,
            .pool = (*metadata)->pool,
            .incarnation = (*metadata)->incarnation,
            .epoch = (*metadata)->epoch,
            .organisation = (*metadata)->organisation,
            .hostName = (*metadata)->hostName,
            .address = (*metadata)->address,
            .image = (*metadata)->image,
            .bootstrapHash = (*metadata)->bootstrapHash,
            .keptDisk = (*metadata)->keptDisk,
            .owner = (*metadata)->owner });
    }
    // What cannot be removed now is found again; the list is not worse for it.
    if (context.leftovers)
        std::ignore
            = sweepLeftovers(connection, context.settings, *context.leftovers, *context.machines);
    return observed;
}

Result<HostCapacity> capacityOf(virConnectPtr connection)
{
    virNodeInfo info {};
    if (virNodeGetInfo(connection, &info) < 0)
        return tl::unexpected(lastLibvirtError("the host does not say how much it has"));
    return HostCapacity { static_cast<std::int64_t>(info.memory / 1024), info.cpus };
}

Result<std::string> describeHost(virConnectPtr connection)
{
    unsigned long version = 0;
    const char* type = virConnectGetType(connection);
    if (type == nullptr || virConnectGetLibVersion(connection, &version) < 0)
        return tl::unexpected(lastLibvirtError("the host does not say what it is"));
    return "libvirt " + versionText(version) + ", " + type;
}

}
