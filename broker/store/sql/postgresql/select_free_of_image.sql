-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
-- Whoever has locked a desktop is taking it: on to the next one (R2).
SELECT d.id, d.organisation_id, d.pool_id, d.name, d.address, d.quarantined_at, d.quarantine_reason,
    d.host_id, (SELECT h.dead_at FROM hosts h WHERE h.id = d.host_id), d.owner_id,
    i.number, i.domain_uuid, i.disk_uuid, i.image_id, i.bootstrap_hash, i.certificate_sha256,
    i.created_at, i.started_at, i.ready_at, i.unready_at, i.ending_at, i.ended_at, i.end_reason,
    i.start_attempts, i.last_failure_at, i.last_error, i.suspending_at, i.suspended_at, i.resuming_at,
    i.draining_at
FROM incarnations i JOIN desktops d ON d.id = i.desktop_id
WHERE i.pool_id = :pool_id AND i.image_id = :image_id AND i.leased = 0 AND i.ready_at IS NOT NULL
    AND i.suspending_at IS NULL AND i.ending_at IS NULL AND i.ended_at IS NULL AND d.organisation_id = :organisation_id
    AND d.removed = 0 AND d.quarantined_at IS NULL AND d.owner_id IS NULL
    AND NOT EXISTS (SELECT 1 FROM hosts h
        WHERE h.id = d.host_id AND (h.mode <> 'active' OR h.dead_at IS NOT NULL))
    AND NOT EXISTS (SELECT 1 FROM leases WHERE desktop_id = i.desktop_id AND incarnation = i.number)
ORDER BY i.ready_at, i.desktop_id
LIMIT 1
FOR UPDATE OF d, i SKIP LOCKED;
