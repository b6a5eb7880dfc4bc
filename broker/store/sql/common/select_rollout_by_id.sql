-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
SELECT id, organisation_id, pool_id, from_image_id, to_image_id, mode, is_rollback, start_at,
    countdown_minutes, canary_percent, wave_percent, state, reason, note, started_by, created_at,
    begun_at, changed_at, changed_by
FROM rollouts WHERE id = :id;
