-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
UPDATE images SET
    content_hash = CASE WHEN content_hash = '' THEN :content_hash ELSE content_hash END,
    seen_hash = :seen_hash, checked_at = :checked_at
WHERE id = :id AND organisation_id = :organisation_id;
