-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
SELECT number, organisation_id, at, actor, action, object, outcome, detail, hash
FROM audit
WHERE organisation_id = :organisation_id AND number > :after
ORDER BY number DESC LIMIT :limit;
