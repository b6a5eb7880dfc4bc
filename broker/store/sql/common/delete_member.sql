-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
DELETE FROM user_group_members WHERE group_id = :group_id AND user_id = :user_id;
