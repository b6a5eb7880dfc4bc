-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
-- All that a grant depends on besides what is free: the pool, the key, the user's open lease.
SELECT CASE WHEN p.maintenance_since IS NULL THEN p.enabled ELSE 0 END, p.image_id,
    p.kind, p.seats, p.session_limit, o.sessions_per_user, (SELECT COUNT(*) FROM adoption),
    (SELECT COUNT(*) FROM adoption_settled s WHERE s.desktop_id = l.desktop_id),
    CASE WHEN EXISTS (SELECT 1 FROM desktops x JOIN hosts h ON h.id = x.host_id
        WHERE x.id = l.desktop_id AND h.dead_at IS NOT NULL) THEN 1 ELSE 0 END,
    k.pool_id, k.lease_id,
    l.id, l.organisation_id, l.pool_id, l.desktop_id, l.incarnation, l.user_id, l.epoch, l.terminal,
    l.granted_at, l.first_connected_at, l.connected_at, l.disconnected_at, l.closed_at,
    l.close_reason, l.seat
FROM pools p
JOIN organisations o ON o.id = p.organisation_id
LEFT JOIN idempotency_keys k ON k.user_id = :user_id AND k.key = :key AND k.created_at > :since
    AND NOT EXISTS (SELECT 1 FROM leases g WHERE g.id = k.lease_id AND g.close_reason IN ('neverReady', 'hostLost'))
LEFT JOIN leases l ON l.user_id = :user_id AND l.pool_id = p.id AND l.closed_at IS NULL
WHERE p.id = :pool_id AND p.organisation_id = :organisation_id AND p.deleted = 0;
