// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace wardesk::broker::simulation {

/// 0 all is well (or the seeded bug was caught), 1 a violation (or it was not caught), 2 wrong use.
[[nodiscard]] int runCommandLine(int argc, char** argv);

}
