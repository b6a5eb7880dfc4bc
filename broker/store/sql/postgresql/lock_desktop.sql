-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
-- The row of a desktop is the lock on its incarnations.
SELECT id FROM desktops WHERE id = :id FOR UPDATE;
