-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
-- By the pool's desktops: its leases are a history that grows.
SELECT COUNT(*) FROM desktops d JOIN leases l ON l.desktop_id = d.id AND l.closed_at IS NULL
WHERE d.pool_id = :pool_id AND d.removed = 0;
