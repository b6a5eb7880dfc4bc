-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
UPDATE counters SET value = :at_least WHERE name = 'epoch' AND value < :at_least;
