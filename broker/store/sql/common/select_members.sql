-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
SELECT group_id, user_id FROM user_group_members WHERE organisation_id = :organisation_id;
