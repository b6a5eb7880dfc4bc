-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
SELECT id FROM user_groups WHERE id = :id FOR UPDATE;
