-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
-- What is saved to the disk uses neither memory nor processors of its host. Few rows, by an index of their own.
SELECT d.host_id, CAST(SUM(p.memory_mib) AS BIGINT), CAST(SUM(p.vcpus) AS BIGINT)
FROM incarnations i JOIN desktops d ON d.id = i.desktop_id JOIN pools p ON p.id = d.pool_id
WHERE i.suspended_at IS NOT NULL AND i.ended_at IS NULL AND i.resuming_at IS NULL AND d.removed = 0
GROUP BY d.host_id;
