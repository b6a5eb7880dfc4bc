// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace wardesk::broker {

/// Up to 8 MiB that were freed stay with each of the C library's heaps (a thread has one). By
/// default it gives the end of a heap back at 128 KiB, which every group of grants crosses: a
/// quarter of its time went into losing those pages and getting them again. Before the first
/// thread.
void keepFreedMemory();

}
