-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
SELECT number, organisation_id, at, actor, action, object, outcome, detail, hash
FROM audit WHERE number > :after ORDER BY number LIMIT 1000;
