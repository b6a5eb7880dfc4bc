-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
SELECT e.subject, e.user_id, e.user_group_id, e.terminal_group_id, e.weekdays, e.from_minute, e.to_minute,
    e.first_day, e.last_day, e.created_at, e.created_by, t.name, t.patterns
FROM entitlements e
LEFT JOIN terminal_groups t ON t.id = e.terminal_group_id
WHERE e.pool_id = :pool_id AND (e.subject = 'everybody' OR e.user_id = :user_id
    OR EXISTS (SELECT 1 FROM user_group_members m WHERE m.user_id = :user_id AND m.group_id = e.user_group_id))
ORDER BY e.position;
