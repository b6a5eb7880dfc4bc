-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
--
-- Desktops that several users are in at a time. `incarnations.leased` counts the accounts that were
-- given out; it was 0 or 1, and still is where a desktop is one user's.

ALTER TABLE pools ADD COLUMN seats BIGINT NOT NULL DEFAULT 1 CHECK (seats >= 1);

-- A column's check goes with the column only.
ALTER TABLE pools ADD COLUMN kind_now TEXT NOT NULL DEFAULT 'floating'
    CHECK (kind_now IN ('floating', 'dedicated', 'shared'));

UPDATE pools SET kind_now = kind;

ALTER TABLE pools DROP COLUMN kind;

ALTER TABLE pools RENAME COLUMN kind_now TO kind;

ALTER TABLE incarnations ADD COLUMN draining_at BIGINT;
