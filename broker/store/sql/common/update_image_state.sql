-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
UPDATE images SET state = :state, state_at = :state_at, state_by = :state_by
WHERE id = :id AND organisation_id = :organisation_id;
