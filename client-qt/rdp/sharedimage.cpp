// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/rdp/sharedimage.h"

#include <fcntl.h>
#include <memory>
#include <sys/mman.h>
#include <sys/stat.h>

namespace wardesk {

namespace {

struct Mapping
{
    void* address;
    std::size_t size;
};

void unmap(void* mapping)
{
    const std::unique_ptr<Mapping> owned(static_cast<Mapping*>(mapping));
    ::munmap(owned->address, owned->size);
}

}

Result<QImage> mapSharedImage(const rdp::NewSurface& surface, const rdp::Descriptor& memory)
{
    const int seals = memory.isValid() ? ::fcntl(memory.get(), F_GET_SEALS) : -1;
    if (seals < 0 || (seals & F_SEAL_SHRINK) == 0)
        return failure(Errc::invalidArgument, "the picture's memory is not sealed");
    const std::size_t size = std::size_t { surface.stride } * surface.height;
    struct stat status
    {
    };
    if (::fstat(memory.get(), &status) != 0 || status.st_size < 0
        || static_cast<std::size_t>(status.st_size) < size)
        return failure(Errc::invalidArgument, "the picture's memory is too small");
    void* address = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, memory.get(), 0);
    if (address == MAP_FAILED)
        return failure(Errc::internal, "the picture's memory cannot be mapped");
    auto mapping = std::make_unique<Mapping>(Mapping { address, size });
    // The const pixels make the image read-only: drawing on it would copy it first.
    QImage image(static_cast<const uchar*>(address), static_cast<int>(surface.width),
        static_cast<int>(surface.height), static_cast<qsizetype>(surface.stride),
        QImage::Format_RGB32, unmap, mapping.get());
    if (image.isNull()) {
        ::munmap(address, size);
        return failure(Errc::internal, "the picture is too large");
    }
    static_cast<void>(mapping.release());
    return image;
}

}
