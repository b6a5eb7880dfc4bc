-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
SELECT desktop_id, incarnation, organisation_id, at, kind, noted_by, reason, seen
FROM evidence WHERE desktop_id = :desktop_id AND incarnation <= :incarnation AND kind = 'proof'
ORDER BY incarnation DESC, number DESC LIMIT 1;
