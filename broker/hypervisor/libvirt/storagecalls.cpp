// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/hypervisor/libvirt/storagecalls.h"

#include "broker/hypervisor/libvirt/errortext.h"

#include <QXmlStreamReader>
#include <algorithm>
#include <array>
#include <fcntl.h>
#include <libvirt/virterror.h>
#include <unistd.h>

namespace wardesk::broker {

namespace {

class LocalFile
{
public:
    explicit LocalFile(const std::string& path)
        : m_file(::open(path.c_str(), O_RDONLY | O_CLOEXEC))
    {
    }
    ~LocalFile()
    {
        if (m_file >= 0)
            ::close(m_file);
    }
    LocalFile(const LocalFile&) = delete;
    LocalFile& operator=(const LocalFile&) = delete;
    [[nodiscard]] int get() const { return m_file; }

private:
    const int m_file;
};

int readSome(virStreamPtr, char* into, size_t count, void* opaque)
{
    return static_cast<int>(::read(*static_cast<int*>(opaque), into, count));
}

/// Is the file's position in data or in a hole, and how long is that?
int lookAhead(virStreamPtr, int* inData, long long* length, void* opaque)
{
    const int file = *static_cast<int*>(opaque);
    const off_t here = ::lseek(file, 0, SEEK_CUR);
    const off_t data = ::lseek(file, here, SEEK_DATA);
    const off_t end = ::lseek(file, 0, SEEK_END);
    *inData = data == here ? 1 : 0;
    off_t next = end;
    if (data == here)
        next = std::min(end, ::lseek(file, here, SEEK_HOLE));
    else if (data > here)
        next = data;
    *length = next - here;
    return ::lseek(file, here, SEEK_SET) == here ? 0 : -1;
}

int skipHole(virStreamPtr, long long length, void* opaque)
{
    return ::lseek(*static_cast<int*>(opaque), length, SEEK_CUR) < 0 ? -1 : 0;
}

Error transferError()
{
    return lastLibvirtError("a machine's disk could not be transferred to the host");
}

}

Result<PoolHandle> findPool(virConnectPtr connection, const std::string& name)
{
    PoolHandle pool(virStoragePoolLookupByName(connection, name.c_str()));
    if (!pool)
        return tl::unexpected(
            lastLibvirtError("the storage pool '" + name + "' is needed for virtual machines"));
    if (virStoragePoolIsActive(pool.get()) != 1)
        return failure(Errc::unavailable,
            "the storage pool '" + name
                + "' is not active on the host; start it (virsh pool-start)");
    return pool;
}

Result<std::string> poolFolder(virStoragePoolPtr pool)
{
    const TextHandle xml(virStoragePoolGetXMLDesc(pool, 0));
    if (!xml)
        return tl::unexpected(lastLibvirtError("the storage pool could not be read"));
    QXmlStreamReader reader(QString::fromUtf8(xml.get()));
    bool inTarget = false;
    while (!reader.atEnd()) {
        reader.readNext();
        if (reader.isStartElement() && reader.name() == QLatin1String("target"))
            inTarget = true;
        else if (inTarget && reader.isStartElement() && reader.name() == QLatin1String("path"))
            return reader.readElementText().toStdString();
    }
    return failure(Errc::unavailable, "the storage pool for machines is not a folder on the host");
}

Result<VolumeHandle> findVolume(virStoragePoolPtr pool, const std::string& name)
{
    VolumeHandle volume(virStorageVolLookupByName(pool, name.c_str()));
    if (!volume && !lastErrorIsNoVolume())
        return tl::unexpected(lastLibvirtError("the host's volumes could not be read"));
    return volume;
}

Result<VolumeHandle> createVolume(virStoragePoolPtr pool, const std::string& xml)
{
    VolumeHandle volume(virStorageVolCreateXML(pool, xml.c_str(), 0));
    if (!volume)
        return tl::unexpected(lastLibvirtError("a machine's disk could not be made"));
    return volume;
}

Result<std::string> volumePath(virStorageVolPtr volume)
{
    const TextHandle path(virStorageVolGetPath(volume));
    if (!path)
        return tl::unexpected(lastLibvirtError("a machine's disk could not be found"));
    return std::string(path.get());
}

Result<std::string> backingVolume(virStorageVolPtr volume)
{
    const TextHandle xml(virStorageVolGetXMLDesc(volume, 0));
    if (!xml)
        return tl::unexpected(lastLibvirtError("a machine's disk could not be examined"));
    QXmlStreamReader reader(QString::fromUtf8(xml.get()));
    bool inBacking = false;
    while (!reader.atEnd()) {
        reader.readNext();
        if (reader.isStartElement() && reader.name() == QLatin1String("backingStore"))
            inBacking = true;
        else if (inBacking && reader.isStartElement() && reader.name() == QLatin1String("path"))
            return reader.readElementText().section(QLatin1Char('/'), -1).toStdString();
    }
    return std::string();
}

Result<std::chrono::seconds> volumeChanged(virStorageVolPtr volume)
{
    const TextHandle xml(virStorageVolGetXMLDesc(volume, 0));
    if (!xml)
        return tl::unexpected(lastLibvirtError("a saved machine could not be examined"));
    QXmlStreamReader reader(QString::fromUtf8(xml.get()));
    while (!reader.atEnd()) {
        reader.readNext();
        if (reader.isStartElement() && reader.name() == QLatin1String("mtime"))
            return std::chrono::seconds(
                reader.readElementText().section(QLatin1Char('.'), 0, 0).toLongLong());
    }
    return failure(Errc::internal, "the host does not say when a saved machine was last used");
}

Result<void> removeVolume(virStoragePoolPtr pool, const std::string& name)
{
    const auto volume = findVolume(pool, name);
    if (!volume)
        return tl::unexpected(volume.error());
    if (*volume && virStorageVolDelete(volume->get(), 0) < 0 && !lastErrorIsNoVolume())
        return tl::unexpected(lastLibvirtError("a machine's disk could not be removed"));
    return {};
}

Result<std::vector<std::string>> volumeNames(virStoragePoolPtr pool)
{
    virStorageVolPtr* all = nullptr;
    const int count = virStoragePoolListAllVolumes(pool, &all, 0);
    if (count < 0)
        return tl::unexpected(lastLibvirtError("the host's volumes could not be listed"));
    std::vector<std::string> names;
    for (int i = 0; i < count; ++i) {
        names.emplace_back(virStorageVolGetName(all[i]));
        virStorageVolFree(all[i]);
    }
    std::free(all);
    return names;
}

Result<void> uploadFile(virConnectPtr connection, virStorageVolPtr volume, const std::string& path)
{
    const LocalFile file(path);
    if (file.get() < 0)
        return failure(Errc::notFound, "the image's file '" + path + "' cannot be read");
    const StreamHandle stream(virStreamNew(connection, 0));
    int number = file.get();
    if (!stream
        || virStorageVolUpload(volume, stream.get(), 0, 0, VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM) < 0
        || virStreamSparseSendAll(stream.get(), readSome, lookAhead, skipHole, &number) < 0
        || virStreamFinish(stream.get()) < 0)
        return tl::unexpected(transferError());
    return {};
}

Result<void> writeVolume(
    virConnectPtr connection, virStorageVolPtr volume, const std::string& bytes)
{
    const StreamHandle stream(virStreamNew(connection, 0));
    if (!stream || virStorageVolUpload(volume, stream.get(), 0, bytes.size(), 0) < 0)
        return tl::unexpected(transferError());
    for (std::size_t sent = 0; sent < bytes.size();) {
        const int now = virStreamSend(stream.get(), bytes.data() + sent, bytes.size() - sent);
        if (now < 0)
            return tl::unexpected(transferError());
        sent += static_cast<std::size_t>(now);
    }
    if (virStreamFinish(stream.get()) < 0)
        return tl::unexpected(transferError());
    return {};
}

Result<std::string> readVolume(virConnectPtr connection, virStorageVolPtr volume, std::size_t count)
{
    const StreamHandle stream(virStreamNew(connection, 0));
    if (!stream || virStorageVolDownload(volume, stream.get(), 0, count, 0) < 0)
        return tl::unexpected(transferError());
    std::string bytes;
    std::array<char, 65536> part {};
    for (;;) {
        const int got = virStreamRecv(stream.get(), part.data(), part.size());
        if (got < 0)
            return tl::unexpected(transferError());
        if (got == 0)
            break;
        bytes.append(part.data(), static_cast<std::size_t>(got));
    }
    if (virStreamFinish(stream.get()) < 0)
        return tl::unexpected(transferError());
    return bytes;
}

}
