-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
SELECT day, name FROM pool_holidays WHERE pool_id = :pool_id ORDER BY day;
