-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
UPDATE adoption SET total = :total, settled = :settled, seen_at = :seen_at
WHERE broker_id = :broker_id;
