-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
UPDATE counters SET value = value + 1 WHERE name = 'epoch' RETURNING value;
