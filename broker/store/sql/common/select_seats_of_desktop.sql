-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
-- Of one incarnation: how many are inside, and the highest account that was ever given out.
SELECT COALESCE(SUM(CASE WHEN closed_at IS NULL THEN 1 ELSE 0 END), 0), COALESCE(MAX(seat), 0)
FROM leases WHERE desktop_id = :desktop_id AND incarnation = :incarnation;
