-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
UPDATE rollouts SET state = :state, reason = :reason, begun_at = :begun_at, changed_at = :changed_at,
    changed_by = :changed_by
WHERE id = :id;
