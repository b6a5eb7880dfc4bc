-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
-- select_free_seat, to be taken: whoever has locked a desktop is going into it, on to the next one (R2).
-- The desktop's row is locked first, as everywhere: what was locked before another row was skipped stays
-- locked, and whoever waited for the desktop would never get its incarnation.
-- How many are inside is counted again under the lock: a lock that was waited for shows the desktop as
-- it is now, and its leases as they were when this statement began.
SELECT d.id, d.organisation_id, d.pool_id, d.name, d.address, d.quarantined_at, d.quarantine_reason,
    d.host_id, (SELECT h.dead_at FROM hosts h WHERE h.id = d.host_id), d.owner_id,
    i.number, i.domain_uuid, i.disk_uuid, i.image_id, i.bootstrap_hash, i.certificate_sha256,
    i.created_at, i.started_at, i.ready_at, i.unready_at, i.ending_at, i.ended_at, i.end_reason,
    i.start_attempts, i.last_failure_at, i.last_error, i.suspending_at, i.suspended_at, i.resuming_at,
    i.draining_at
FROM desktops d JOIN incarnations i ON i.desktop_id = d.id
WHERE d.pool_id = :pool_id AND d.organisation_id = :organisation_id AND d.removed = 0
    AND d.quarantined_at IS NULL AND d.owner_id IS NULL
    AND i.ready_at IS NOT NULL AND i.suspending_at IS NULL AND i.draining_at IS NULL
    AND i.ending_at IS NULL AND i.ended_at IS NULL AND i.leased < :accounts
    AND NOT EXISTS (SELECT 1 FROM hosts h
        WHERE h.id = d.host_id AND (h.mode <> 'active' OR h.dead_at IS NOT NULL))
    AND (SELECT COUNT(*) FROM leases l WHERE l.desktop_id = d.id AND l.closed_at IS NULL) < :seats
ORDER BY CASE WHEN i.image_id = :image_id THEN 0 ELSE 1 END,
    (SELECT COUNT(*) FROM leases l WHERE l.desktop_id = d.id AND l.closed_at IS NULL),
    i.ready_at, i.desktop_id
LIMIT 1
FOR UPDATE OF d, i SKIP LOCKED;
