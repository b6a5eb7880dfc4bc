-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
-- Counted by host and pool first, from the index alone; then each pool's size.
SELECT g.host_id, CAST(SUM(g.desktops) AS BIGINT), CAST(SUM(g.desktops * p.memory_mib) AS BIGINT),
    CAST(SUM(g.desktops * p.vcpus) AS BIGINT)
FROM (SELECT host_id, pool_id, COUNT(*) AS desktops FROM desktops WHERE removed = 0
    GROUP BY host_id, pool_id) g
JOIN pools p ON p.id = g.pool_id
GROUP BY g.host_id;
