-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
UPDATE hosts SET dead_at = :dead_at WHERE id = :id;
