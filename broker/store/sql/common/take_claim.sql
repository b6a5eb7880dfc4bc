-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
INSERT INTO pool_claims (pool_id, broker_id, epoch, expires_at)
VALUES (:pool_id, :broker_id, :epoch, :expires_at)
ON CONFLICT (pool_id) DO UPDATE SET broker_id = excluded.broker_id, epoch = excluded.epoch,
    expires_at = excluded.expires_at
WHERE pool_claims.expires_at <= :now;
