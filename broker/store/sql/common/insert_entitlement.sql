-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
INSERT INTO entitlements (pool_id, position, organisation_id, subject, user_id, user_group_id, terminal_group_id,
    weekdays, from_minute, to_minute, first_day, last_day, created_at, created_by)
VALUES (:pool_id, :position, :organisation_id, :subject, :user_id, :user_group_id, :terminal_group_id,
    :weekdays, :from_minute, :to_minute, :first_day, :last_day, :created_at, :created_by);
