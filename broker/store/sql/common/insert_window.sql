-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
INSERT INTO pool_windows (pool_id, position, organisation_id, kind, weekdays, first_day, last_day,
    from_minute, to_minute, spare, spare_percent, min, max,
    suspended, suspended_percent)
VALUES (:pool_id, :position, :organisation_id, :kind, :weekdays, :first_day, :last_day,
    :from_minute, :to_minute, :spare, :spare_percent, :min, :max,
    :suspended, :suspended_percent);
