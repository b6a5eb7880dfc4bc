-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
SELECT id, organisation_id, name FROM user_groups WHERE organisation_id = :organisation_id;
