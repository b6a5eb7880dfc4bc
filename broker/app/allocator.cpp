// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/app/allocator.h"

#include <malloc.h>

namespace wardesk::broker {

void keepFreedMemory()
{
    constexpr int mebibyte = 1024 * 1024;
    mallopt(M_TRIM_THRESHOLD, 8 * mebibyte);
    mallopt(M_TOP_PAD, mebibyte);
    // Setting the others ends its adapting itself to what is asked for.
    mallopt(M_MMAP_THRESHOLD, 4 * mebibyte);
}

}
