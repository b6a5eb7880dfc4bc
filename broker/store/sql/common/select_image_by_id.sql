-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
SELECT id, organisation_id, name, version, kind, source, created_at
FROM images WHERE id = :id;
