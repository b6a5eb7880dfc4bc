-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
-- Those of a shared desktop that goes on stay: its other users are in it.
UPDATE leases SET closed_at = :now, close_reason = 'desktopLost', connected_at = NULL
WHERE desktop_id = :desktop_id AND closed_at IS NULL AND id <> :lease_id
    AND NOT (seat > 0 AND incarnation = :kept_incarnation);
