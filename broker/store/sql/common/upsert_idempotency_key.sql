-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
INSERT INTO idempotency_keys (user_id, key, organisation_id, pool_id, lease_id, created_at)
VALUES (:user_id, :key, :organisation_id, :pool_id, :lease_id, :created_at)
ON CONFLICT (user_id, key) DO UPDATE SET pool_id = excluded.pool_id,
    lease_id = excluded.lease_id, created_at = excluded.created_at;
