// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/service/audit.h"
#include "broker/service/shell.h"

namespace wardesk::broker {

/// An act of an administrator that is one job of the database: job(Store&, AuditNote&) ->
/// Result<T>, with exactly one audit record whatever comes of it (A10). The job may say more in the
/// note.
template <typename T, typename Job>
void audited(Shell& shell, AuditNote note, Job job, Done<T> done)
{
    onStore(
        shell, Urgency::first,
        [note = std::move(note), job = std::move(job), now = shell.clock.wall()](
            Store& store) -> Result<T> {
            AuditNote told = note;
            Result<T> result = job(store, told);
            return recorded<T>(store, told, std::move(result), now);
        },
        std::move(done));
}

}
