-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
SELECT d.id, d.organisation_id, d.pool_id, d.name, d.address, d.quarantined_at, d.quarantine_reason,
    d.host_id, (SELECT h.dead_at FROM hosts h WHERE h.id = d.host_id), d.owner_id,
    i.number, i.domain_uuid, i.disk_uuid, i.image_id, i.bootstrap_hash, i.certificate_sha256,
    i.created_at, i.started_at, i.ready_at, i.unready_at, i.ending_at, i.ended_at, i.end_reason,
    i.start_attempts, i.last_failure_at, i.last_error, i.suspending_at, i.suspended_at, i.resuming_at,
    i.draining_at,
    l.id, l.organisation_id, l.pool_id, l.desktop_id, l.incarnation, l.user_id, l.epoch, l.terminal,
    l.granted_at, l.first_connected_at, l.connected_at, l.disconnected_at, l.closed_at,
    l.close_reason, l.seat
FROM desktops d
JOIN incarnations i ON i.desktop_id = d.id
    AND i.number = (SELECT MAX(number) FROM incarnations WHERE desktop_id = d.id)
LEFT JOIN leases l ON l.desktop_id = d.id AND l.incarnation = i.number
WHERE d.pool_id = :pool_id AND d.removed = 0
ORDER BY d.name, d.id, l.seat;
