-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
SELECT p.session_limit, o.sessions_per_user
FROM pools p JOIN organisations o ON o.id = p.organisation_id
WHERE p.id = :pool_id AND p.organisation_id = :organisation_id AND p.deleted = 0;
