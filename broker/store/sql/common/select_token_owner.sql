-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
SELECT u.id, u.organisation_id, u.name, u.display_name, u.role, u.disabled, u.password_hash,
    u.created_at, t.terminal, t.expires_at
FROM tokens t JOIN users u ON u.id = t.user_id AND u.organisation_id = t.organisation_id
WHERE t.hash = :hash AND t.revoked = 0 AND t.expires_at > :now AND u.disabled = 0;
