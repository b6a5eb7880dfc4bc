-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
-- Whole numbers divide to whole numbers in both dialects.
SELECT granted_at / :slot AS slot, COUNT(*) FROM leases
WHERE pool_id = :pool_id AND granted_at >= :from AND granted_at < :until
GROUP BY 1 ORDER BY 1;
