// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace wardesk::ctl {

/// wardeskctl with these words; its exit code. In the library, where the compiler reads CLI11 for
/// its commands as well.
[[nodiscard]] int runCommandLine(int argc, const char* const* argv);

}
