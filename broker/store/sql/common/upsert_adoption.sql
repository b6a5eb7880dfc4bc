-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
INSERT INTO adoption (id, broker_id, reason, since, total, settled, seen_at)
VALUES (1, :broker_id, :reason, :since, :total, :settled, :seen_at)
ON CONFLICT (id) DO UPDATE SET broker_id = excluded.broker_id, seen_at = excluded.seen_at;
