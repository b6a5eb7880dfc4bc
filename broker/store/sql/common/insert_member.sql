-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
INSERT INTO user_group_members (group_id, user_id, organisation_id)
VALUES (:group_id, :user_id, :organisation_id) ON CONFLICT DO NOTHING;
