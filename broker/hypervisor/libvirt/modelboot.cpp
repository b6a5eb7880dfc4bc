// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/hypervisor/libvirt/modelboot.h"

#include "broker/hypervisor/libvirt/errortext.h"
#include "broker/hypervisor/libvirt/machinechannel.h"
#include "broker/hypervisor/libvirt/storagecalls.h"
#include "protocols/base/encoding.h"
#include "protocols/wire/codec.h"

#include <array>
#include <filesystem>
#include <thread>

namespace wardesk::broker {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kvmBootWithin = 120s;
constexpr auto look = 50ms;
constexpr auto settle = 300ms; ///< the guest sees that the channel is closed, and rests
constexpr std::size_t longestNote = 1U << 20U;

/// What says that a saved machine is complete: the last volume that is written.
struct Note
{
    std::string head; ///< base64
    std::string memoryVolume;
    std::string diskPath;
    std::int64_t diskBytes = 0;
    bool hasKvm = false;
};
BOOST_DESCRIBE_STRUCT(Note, (), (head, memoryVolume, diskPath, diskBytes, hasKvm))

/// A folder of names for one attempt, so that two never write into each other's volumes.
class Attempt
{
public:
    Attempt(virConnectPtr connection, virStoragePoolPtr pool, const ModelOrder& order)
        : m_connection(connection)
        , m_pool(pool)
        , m_order(order)
        , m_prefix("wardesk-" + order.key + '-' + toHex(randomBytes(4)) + '-')
    {
    }
    ~Attempt()
    {
        if (m_isKept)
            return;
        for (const char* part : { "memory", "state", "initrd", "kernel", "disk" })
            std::ignore = removeVolume(m_pool, nameOf(part));
    }
    Attempt(const Attempt&) = delete;
    Attempt& operator=(const Attempt&) = delete;

    void keep() { m_isKept = true; }
    [[nodiscard]] std::string nameOf(const char* part) const { return m_prefix + part; }

    [[nodiscard]] Result<std::string> upload(const char* part, const char* file) const
    {
        const std::string path = m_order.image.folder + '/' + file;
        const auto volume = createVolume(m_pool, volumeXml(nameOf(part), sizeOf(path), "raw"));
        if (!volume)
            return tl::unexpected(volume.error());
        if (auto sent = uploadFile(m_connection, volume->get(), path); !sent)
            return tl::unexpected(sent.error());
        return volumePath(volume->get());
    }
    /// The disk that the machine writes while it boots, laid over the image's.
    [[nodiscard]] Result<std::string> layState(const std::string& base) const
    {
        if (auto gone = removeVolume(m_pool, nameOf("state")); !gone)
            return tl::unexpected(gone.error());
        const auto volume = createVolume(
            m_pool, volumeXml(nameOf("state"), m_order.image.diskBytes, "qcow2", base, "raw"));
        if (!volume)
            return tl::unexpected(volume.error());
        return volumePath(volume->get());
    }

private:
    static std::int64_t sizeOf(const std::string& path);
    virConnectPtr m_connection;
    virStoragePoolPtr m_pool;
    const ModelOrder& m_order;
    const std::string m_prefix;
    bool m_isKept = false;
};

/// The running model; ended when this goes, unless it was saved.
class Model
{
public:
    explicit Model(DomainHandle domain)
        : m_domain(std::move(domain))
    {
    }
    ~Model()
    {
        if (m_domain)
            virDomainDestroy(m_domain.get());
    }
    Model(const Model&) = delete;
    Model& operator=(const Model&) = delete;

    [[nodiscard]] bool runs() const
    {
        int state = VIR_DOMAIN_NOSTATE;
        return virDomainGetState(m_domain.get(), &state, nullptr, 0) == 0
            && (state == VIR_DOMAIN_RUNNING || state == VIR_DOMAIN_BLOCKED);
    }
    [[nodiscard]] Result<void> save(const std::string& path)
    {
        if (virDomainSaveFlags(m_domain.get(), path.c_str(), nullptr, VIR_DOMAIN_SAVE_RUNNING) < 0)
            return tl::unexpected(lastLibvirtError("the booted machine could not be saved"));
        m_domain.reset();
        return {};
    }

private:
    DomainHandle m_domain;
};

Result<void> waitUntilItWaits(virConnectPtr connection, const std::string& uuid, const Model& model,
    const ModelOrder& order, Clock::duration within)
{
    auto channel = MachineChannel::open(connection, uuid);
    if (!channel)
        return tl::unexpected(channel.error());
    const auto end = Clock::now() + within;
    while (Clock::now() < end && !order.isStopped()) {
        const auto report = channel->hear();
        if (!report || !model.runs())
            return failure(Errc::unavailable, "the image's machine stopped while it booted");
        if (*report && (*report)->state == wire::MachineState::waiting)
            return {};
        std::this_thread::sleep_for(look);
    }
    return failure(Errc::timeout, "the image's machine did not get ready in time");
}

bool offersKvm(virConnectPtr connection, const std::string& machine)
{
    return TextHandle(virConnectGetDomainCapabilities(
               connection, nullptr, "x86_64", machine.c_str(), "kvm", 0))
        != nullptr;
}

/// Whether the model of that name is somebody's: its channel is held by the broker that boots it.
/// One whose broker has died is ended, and what it had made so far removed.
Result<bool> isTaken(virConnectPtr connection, virStoragePoolPtr pool, const std::string& key,
    const std::string& name)
{
    const DomainHandle domain(virDomainLookupByName(connection, name.c_str()));
    if (!domain) {
        if (lastErrorIsNoDomain())
            return false;
        return tl::unexpected(lastLibvirtError("the domains of the host could not be read"));
    }
    std::array<char, VIR_UUID_STRING_BUFLEN> uuid {};
    virDomainGetUUIDString(domain.get(), uuid.data());
    if (!MachineChannel::open(connection, uuid.data()))
        return virDomainIsActive(domain.get()) == 1;
    virDomainDestroy(domain.get());
    const auto names = volumeNames(pool);
    if (!names)
        return tl::unexpected(names.error());
    for (const std::string& volume : *names) {
        if (volume.starts_with("wardesk-" + key + '-'))
            std::ignore = removeVolume(pool, volume);
    }
    return false;
}

Result<SaveHead> headOf(virConnectPtr connection, virStorageVolPtr memory)
{
    const auto fixed = readVolume(connection, memory, saveFixedBytes);
    if (!fixed)
        return tl::unexpected(fixed.error());
    const auto length = saveHeadBytes(*fixed);
    if (!length)
        return tl::unexpected(length.error());
    const auto bytes = readVolume(connection, memory, *length);
    if (!bytes)
        return tl::unexpected(bytes.error());
    return readSaveHead(*bytes);
}

Result<void> writeNote(virConnectPtr connection, virStoragePoolPtr pool, const SavedMachine& saved)
{
    const auto head = writeSaveHead(saved.head, saved.head.xml);
    if (!head)
        return tl::unexpected(head.error());
    const std::string note = wire::encode(Note {
        toBase64(*head), saved.memoryVolume, saved.diskPath, saved.diskBytes, saved.hasKvm });
    const auto volume = createVolume(
        pool, volumeXml(noteName(saved.key), static_cast<std::int64_t>(note.size()), "raw"));
    if (!volume)
        return tl::unexpected(volume.error());
    return writeVolume(connection, volume->get(), note);
}

}

std::int64_t Attempt::sizeOf(const std::string& path)
{
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    return error ? 0 : static_cast<std::int64_t>(size);
}

std::string noteName(const std::string& key)
{
    return "wardesk-" + key + ".json";
}

std::string modelName(const std::string& key)
{
    return "wardesk-image-" + key;
}

Result<std::optional<SavedMachine>> findSaved(
    virStoragePoolPtr pool, virConnectPtr connection, const std::string& key)
{
    const auto volume = findVolume(pool, noteName(key));
    if (!volume)
        return tl::unexpected(volume.error());
    if (!*volume)
        return std::optional<SavedMachine>();
    const auto text = readVolume(connection, volume->get(), longestNote);
    if (!text)
        return tl::unexpected(text.error());
    const auto note = wire::decode<Note>(*text);
    const auto bytes = note ? fromBase64(note->head) : tl::unexpected(note.error());
    const auto head = bytes ? readSaveHead(*bytes) : tl::unexpected(bytes.error());
    if (!head) // half written: by a broker that is just doing it, or one that died of it
        return tl::unexpected(head.error());
    return std::optional(SavedMachine { .key = key,
        .head = *head,
        .memoryVolume = note->memoryVolume,
        .diskPath = note->diskPath,
        .diskBytes = note->diskBytes,
        .hasKvm = note->hasKvm });
}

Result<std::optional<SavedMachine>> makeSaved(
    virConnectPtr connection, const LibvirtSettings& settings, const ModelOrder& order)
{
    const auto pool = findPool(connection, settings.storagePool);
    if (!pool)
        return tl::unexpected(pool.error());
    if (auto earlier = findSaved(pool->get(), connection, order.key); earlier && *earlier)
        return earlier;
    else if (!earlier) {
        if (auto gone = removeVolume(pool->get(), noteName(order.key)); !gone)
            return tl::unexpected(gone.error());
    }
    ModelMachine model { .name = modelName(order.key),
        .uuid = randomUuid(),
        .kernel = {},
        .initrd = {},
        .disk = {},
        .network = order.network,
        .shape = order.shape };
    const auto taken = isTaken(connection, pool->get(), order.key, model.name);
    if (!taken)
        return tl::unexpected(taken.error());
    if (*taken)
        return std::optional<SavedMachine>();

    Attempt attempt(connection, pool->get(), order);
    const auto disk = attempt.upload("disk", "disk.raw");
    const auto kernel = disk ? attempt.upload("kernel", "vmlinuz") : disk;
    const auto initrd = kernel ? attempt.upload("initrd", "initrd.img") : kernel;
    const auto folder = initrd ? poolFolder(pool->get()) : initrd;
    if (!folder)
        return tl::unexpected(folder.error());
    model.kernel = *kernel;
    model.initrd = *initrd;

    // The probe that really boots something: the image itself, with KVM first.
    const bool tryKvm = order.hasKvm.value_or(offersKvm(connection, order.shape.machine));
    Result<void> outcome = failure(Errc::internal, "nothing was tried");
    for (const bool hasKvm : { true, false }) {
        if ((hasKvm && !tryKvm) || (!hasKvm && order.hasKvm == true))
            continue;
        const auto state = attempt.layState(*disk);
        if (!state)
            return tl::unexpected(state.error());
        model.disk = *state;
        model.hasKvm = hasKvm;
        DomainHandle domain(virDomainCreateXML(
            connection, modelXml(model, settings.site).c_str(), VIR_DOMAIN_NONE));
        if (!domain) {
            outcome = tl::unexpected(lastLibvirtError("the image's machine could not be started"));
            continue;
        }
        Model running(std::move(domain));
        const Clock::duration within
            = hasKvm && !order.hasKvm ? Clock::duration(kvmBootWithin) : settings.bootWithin;
        outcome = waitUntilItWaits(connection, model.uuid, running, order, within);
        if (!outcome)
            continue;
        std::this_thread::sleep_for(settle);
        const auto memory
            = createVolume(pool->get(), volumeXml(attempt.nameOf("memory"), 0, "raw"));
        if (!memory)
            return tl::unexpected(memory.error());
        if (auto saved = running.save(*folder + '/' + attempt.nameOf("memory")); !saved)
            return tl::unexpected(saved.error());
        auto head = headOf(connection, memory->get());
        if (!head)
            return tl::unexpected(head.error());
        const SavedMachine made { .key = order.key,
            .head = std::move(*head),
            .memoryVolume = attempt.nameOf("memory"),
            .diskPath = *state,
            .diskBytes = order.image.diskBytes,
            .hasKvm = hasKvm };
        if (auto noted = writeNote(connection, pool->get(), made); !noted)
            return tl::unexpected(noted.error());
        attempt.keep();
        return std::optional(made);
    }
    return tl::unexpected(outcome.error());
}

Result<void> removeSaved(
    virConnectPtr connection, const LibvirtSettings& settings, const std::string& key)
{
    const auto pool = findPool(connection, settings.storagePool);
    if (!pool)
        return tl::unexpected(pool.error());
    // Its disk stays: copies that run stand on it.
    return removeVolume(pool->get(), noteName(key));
}

}
