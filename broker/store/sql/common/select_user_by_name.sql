-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
SELECT id, organisation_id, name, display_name, role, disabled, password_hash, created_at
FROM users WHERE organisation_id = :organisation_id AND folded_name = :folded_name;
