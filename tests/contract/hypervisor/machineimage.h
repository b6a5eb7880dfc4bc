// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QString>
#include <optional>

namespace wardesk::broker {

/// A Linux kernel that can be booted, from a disk image that was built here; or the reason why
/// there is none.
struct TestKernel
{
    QString path;
    QString missing;
};
[[nodiscard]] TestKernel testKernel();

/// Makes a virtual machine's image of that kernel and one static program.
[[nodiscard]] bool makeMachineImage(
    const QString& folder, const QString& kernel, const QString& content);

}
