// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/hypervisor/machineimage.h"

#include <QDir>
#include <QFile>

namespace wardesk::broker {

namespace {

/// One member of a cpio archive in the "newc" format, which the kernel unpacks as its first root.
QByteArray member(const QByteArray& name, unsigned mode, const QByteArray& content)
{
    static unsigned number = 0;
    QByteArray header = "070701";
    const auto field = [&header](qsizetype value) {
        header += QByteArray::number(value, 16).rightJustified(8, '0').toUpper();
    };
    field(++number);
    field(mode);
    for (int i = 0; i < 2; ++i) // owner, group
        field(0);
    field(1); // links
    field(0); // time
    field(content.size());
    for (int i = 0; i < 4; ++i) // devices
        field(0);
    field(name.size() + 1);
    field(0); // checksum
    QByteArray all = header + name + '\0';
    all.append((4 - all.size() % 4) % 4, '\0');
    all += content;
    all.append((4 - all.size() % 4) % 4, '\0');
    return all;
}

bool writeFile(const QString& path, const QByteArray& content)
{
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(content) == content.size();
}

}

TestKernel testKernel()
{
    QString path = qEnvironmentVariable("WARDESK_TEST_KERNEL");
    if (path.isEmpty())
        path = qEnvironmentVariable("WARDESK_IMAGES", QStringLiteral("/var/lib/wardesk/images"))
            + QStringLiteral("/plain-disk/vmlinuz");
    if (QFile::exists(path))
        return { path, {} };
    return { {},
        QStringLiteral("there is no kernel to boot (%1): packaging/image/build plain --disk, or set"
                       " WARDESK_TEST_KERNEL")
            .arg(path) };
}

bool makeMachineImage(const QString& folder, const QString& kernel, const QString& content)
{
    QFile init(QStringLiteral(HYPERVISOR_TEST_MACHINE_INIT));
    if (!QDir().mkpath(folder) || !init.open(QIODevice::ReadOnly))
        return false;
    QByteArray root;
    for (const char* directory : { "dev", "sys", "proc" })
        root += member(directory, 040755, {});
    root += member("init", 0100755, init.readAll());
    root += member("TRAILER!!!", 0, {});
    return QFile::copy(kernel, folder + QStringLiteral("/vmlinuz"))
        && writeFile(folder + QStringLiteral("/initrd.img"), root)
        && writeFile(folder + QStringLiteral("/disk.raw"), QByteArray(1 << 20, '\0'))
        && writeFile(folder + QStringLiteral("/image.json"),
            "{\"kind\":\"qemu\",\"content\":\"" + content.toLatin1() + "\"}");
}

}
