-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
SELECT ready_at - started_at FROM incarnations
WHERE pool_id = :pool_id AND ready_at IS NOT NULL AND started_at IS NOT NULL
    AND ready_at >= started_at AND resuming_at IS NULL
ORDER BY ready_at DESC LIMIT :newest;
