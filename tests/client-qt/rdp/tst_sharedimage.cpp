// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/rdp/sharedimage.h"

#include <QTest>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

using namespace wardesk;
using namespace wardesk::rdp;

namespace {

Descriptor memory(std::size_t size, int seals)
{
    Descriptor descriptor(::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    const bool good = ::ftruncate(descriptor.get(), static_cast<off_t>(size)) == 0
        && (seals == 0 || ::fcntl(descriptor.get(), F_ADD_SEALS, seals) == 0);
    return good ? std::move(descriptor) : Descriptor();
}

constexpr NewSurface surface { 64, 32, 256 };

}

class TestSharedImage : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void itShowsWhatTheOtherSideWrites()
    {
        const Descriptor shared = memory(256 * 32, F_SEAL_SHRINK | F_SEAL_GROW);
        const auto image = mapSharedImage(surface, shared);
        QVERIFY(image.has_value());
        QCOMPARE(image->size(), QSize(64, 32));
        QCOMPARE(image->pixel(3, 2), qRgb(0, 0, 0));
        const std::array<std::uint8_t, 4> red { 0, 0, 255, 0 };
        QCOMPARE(::pwrite(shared.get(), red.data(), 4, 2 * 256 + 3 * 4), ssize_t { 4 });
        QCOMPARE(image->pixel(3, 2), qRgb(255, 0, 0));
    }

    // S9: a worker that could shrink the memory under the client would kill it with SIGBUS.
    void unsealedMemoryIsRefused()
    {
        QVERIFY(!mapSharedImage(surface, memory(256 * 32, 0)).has_value());
        QVERIFY(!mapSharedImage(surface, memory(256 * 32, F_SEAL_GROW)).has_value());
    }

    void memoryThatIsTooSmallIsRefused()
    {
        QVERIFY(!mapSharedImage(surface, memory(256 * 32 - 1, F_SEAL_SHRINK)).has_value());
        QVERIFY(!mapSharedImage(surface, memory(0, F_SEAL_SHRINK)).has_value());
    }

    void somethingElseThanMemoryIsRefused()
    {
        QVERIFY(!mapSharedImage(surface, Descriptor()).has_value());
        QVERIFY(!mapSharedImage(surface, Descriptor(::open("/dev/zero", O_RDONLY))).has_value());
    }

    void anImageOutlivesTheDescriptor()
    {
        QImage copy;
        {
            Descriptor shared = memory(256 * 32, F_SEAL_SHRINK);
            copy = *mapSharedImage(surface, shared);
        }
        QCOMPARE(copy.pixel(63, 31), qRgb(0, 0, 0));
    }
};

QTEST_APPLESS_MAIN(TestSharedImage)
#include "tst_sharedimage.moc"
