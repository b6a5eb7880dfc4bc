-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
UPDATE pools SET deleted = 1 WHERE id = :id AND deleted = 0;
