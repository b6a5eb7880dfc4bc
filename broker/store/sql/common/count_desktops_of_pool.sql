-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
SELECT COUNT(*) FROM desktops WHERE pool_id = :pool_id AND removed = 0;
