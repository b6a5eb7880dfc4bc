-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
UPDATE pools SET session_limit = :sessions
WHERE id = :pool_id AND organisation_id = :organisation_id AND deleted = 0;
