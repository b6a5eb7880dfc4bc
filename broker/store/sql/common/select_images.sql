-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
SELECT id, organisation_id, name, version, kind, source, created_at, state, note, created_by,
    state_at, state_by, content_hash, seen_hash, checked_at
FROM images WHERE organisation_id = :organisation_id ORDER BY name, created_at, id;
