-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
SELECT COUNT(*) FROM entitlements WHERE terminal_group_id = :id;
