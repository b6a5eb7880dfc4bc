-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
SELECT kind, weekdays, first_day, last_day, from_minute, to_minute, spare, spare_percent, min, max,
    suspended, suspended_percent
FROM pool_windows WHERE pool_id = :pool_id ORDER BY position;
