-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
-- The accounts that were given out; beyond one only in a shared desktop.
UPDATE incarnations SET leased = leased + 1 WHERE desktop_id = :desktop_id AND number = :number;
