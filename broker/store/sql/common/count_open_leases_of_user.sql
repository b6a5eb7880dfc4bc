-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
SELECT COUNT(*) FROM leases WHERE user_id = :user_id AND closed_at IS NULL;
