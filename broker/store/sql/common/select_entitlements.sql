-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
SELECT subject, user_id, user_group_id, terminal_group_id, weekdays, from_minute, to_minute, first_day,
    last_day, created_at, created_by
FROM entitlements WHERE pool_id = :pool_id ORDER BY position;
