-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
-- Every pool that there is, with its claim if it has one.
SELECT p.id, c.expires_at, c.broker_id, c.epoch
FROM pools p LEFT JOIN pool_claims c ON c.pool_id = p.id
WHERE p.deleted = 0 ORDER BY p.id;
