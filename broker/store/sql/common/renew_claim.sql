-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
UPDATE pool_claims SET expires_at = :expires_at
WHERE pool_id = :pool_id AND broker_id = :broker_id AND epoch = :epoch;
