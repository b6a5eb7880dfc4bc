-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
SELECT pool_id, lease_id FROM idempotency_keys
WHERE user_id = :user_id AND key = :key AND created_at > :since;
