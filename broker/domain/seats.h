// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/store.h"

#include <string>
#include <vector>

/// Desktops that several users are in at a time (PoolKind::shared). What is free in them is counted
/// from leases, as everywhere (R2).
namespace wardesk::broker {

constexpr std::int64_t fewestSeats = 2;
constexpr std::int64_t mostSeats = 64;
/// Accounts of a shared desktop for each session that it has room for. No account is used twice in
/// an incarnation (R1), and a desktop that went to its end whenever all had been used once would
/// hardly ever be open; one that is never made anew would keep what should be forgotten.
constexpr std::int64_t accountsPerSeat = 4;

[[nodiscard]] bool isShared(const Pool& pool);
/// Sessions at a time in one desktop.
[[nodiscard]] std::int64_t seatsOf(const Pool& pool);
/// Leases that one incarnation may have.
[[nodiscard]] std::int64_t accountsOf(const Pool& pool);

/// "the seats of a desktop: 2 to 64", or nothing when it is right.
[[nodiscard]] std::string whyNotSeats(PoolKind kind, std::int64_t seats);

/// Why so many sessions at most cannot be, of a shared pool: whole desktops are made. Nothing when
/// they can, and of other pools.
[[nodiscard]] std::string whyNotMax(const Pool& pool, std::int64_t max);

/// Puts a lease of its newest incarnation into the row; `lease` is afterwards what stands for it:
/// of the open ones one that was connected before one that was not, then what was closed last.
void addLease(DesktopRow& row, Lease lease);
/// All leases of the newest incarnation, what stands for the desktop first.
[[nodiscard]] std::vector<const Lease*> leasesOf(const DesktopRow& row);
[[nodiscard]] std::vector<const Lease*> openLeasesOf(const DesktopRow& row);
[[nodiscard]] std::int64_t openSeats(const DesktopRow& row);
/// Accounts that this incarnation has given out, whether or not anybody is in them now.
[[nodiscard]] std::int64_t usedSeats(const DesktopRow& row);
/// The account of the next session: above all that were given out (R1).
[[nodiscard]] std::int64_t nextSeat(const DesktopRow& row);
/// The open or closed lease of this account, or null.
[[nodiscard]] const Lease* leaseOfSeat(const DesktopRow& row, std::int64_t seat);

/// How many more may come into it as soon as it is ready; none when it is set aside, on its way out
/// or draining. Its host and what the pool's image is are the caller's questions.
[[nodiscard]] std::int64_t roomIn(const Pool& pool, const DesktopRow& row);
/// How many more may come into a desktop as it is; none while it is not ready, set aside, on its
/// way out or draining. Its host and what the pool's image is are the caller's questions.
[[nodiscard]] std::int64_t freeSeats(const Pool& pool, const DesktopRow& row);

}
