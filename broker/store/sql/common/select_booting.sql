-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
-- What was set aside may stay half started for days: it takes part in no boot storm. Nor does what is saved to
-- the disk; on its way there, or back, it does.
SELECT d.host_id, COUNT(*)
FROM incarnations i JOIN desktops d ON d.id = i.desktop_id
WHERE i.started_at IS NOT NULL AND i.ready_at IS NULL AND i.unready_at IS NULL
    AND i.ending_at IS NULL AND i.ended_at IS NULL AND i.pool_id <> :pool_id
    AND (i.suspended_at IS NULL OR i.resuming_at IS NOT NULL)
    AND d.quarantined_at IS NULL AND d.removed = 0
GROUP BY d.host_id;
