-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
--
-- Desktops that are kept for one user. A user has one at most in a pool. The disk of a desktop is named after
-- the first domain that had it; empty: it is the incarnation's own.

ALTER TABLE pools ADD COLUMN kind TEXT NOT NULL DEFAULT 'floating' CHECK (kind IN ('floating', 'dedicated'));

ALTER TABLE desktops ADD COLUMN owner_id TEXT REFERENCES users (id);

CREATE UNIQUE INDEX desktop_of_owner ON desktops (pool_id, owner_id) WHERE owner_id IS NOT NULL AND removed = 0;

ALTER TABLE incarnations ADD COLUMN disk_uuid TEXT NOT NULL DEFAULT '';
