-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
SELECT id, organisation_id, pool_id, desktop_id, incarnation, user_id, epoch, terminal, granted_at,
    first_connected_at, connected_at, disconnected_at, closed_at, close_reason,
    seat
FROM leases WHERE id = :id;
