-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
--
-- R1 by account: no account of an incarnation is ever given twice. Where a desktop is one user's, its
-- leases have the seat 0, and so one incarnation still has one lease, ever.
--
-- SQLite drops no constraint: the table is made anew. Keys and tickets refer to it by its name; that
-- every one of them finds its lease again is checked when the migration is committed.

PRAGMA defer_foreign_keys = ON;

CREATE TEMPORARY TABLE leases_before (
    id TEXT, organisation_id TEXT, pool_id TEXT, desktop_id TEXT, incarnation BIGINT, user_id TEXT,
    epoch BIGINT, terminal TEXT, granted_at BIGINT, first_connected_at BIGINT, connected_at BIGINT,
    disconnected_at BIGINT, closed_at BIGINT, close_reason TEXT
);

INSERT INTO leases_before
SELECT id, organisation_id, pool_id, desktop_id, incarnation, user_id, epoch, terminal, granted_at,
    first_connected_at, connected_at, disconnected_at, closed_at, close_reason
FROM leases;

DROP TABLE leases;

CREATE TABLE leases (
    id TEXT PRIMARY KEY,
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    pool_id TEXT NOT NULL REFERENCES pools (id),
    desktop_id TEXT NOT NULL,
    incarnation BIGINT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id),
    epoch BIGINT NOT NULL UNIQUE,
    terminal TEXT NOT NULL,
    granted_at BIGINT NOT NULL,
    first_connected_at BIGINT,
    connected_at BIGINT,
    disconnected_at BIGINT,
    closed_at BIGINT,
    close_reason TEXT,
    seat BIGINT NOT NULL DEFAULT 0 CHECK (seat >= 0),
    CONSTRAINT one_lease_of_a_seat UNIQUE (desktop_id, incarnation, seat),
    FOREIGN KEY (desktop_id, incarnation) REFERENCES incarnations (desktop_id, number)
);

INSERT INTO leases (id, organisation_id, pool_id, desktop_id, incarnation, user_id, epoch, terminal,
    granted_at, first_connected_at, connected_at, disconnected_at, closed_at, close_reason)
SELECT id, organisation_id, pool_id, desktop_id, incarnation, user_id, epoch, terminal, granted_at,
    first_connected_at, connected_at, disconnected_at, closed_at, close_reason
FROM leases_before;

DROP TABLE leases_before;

CREATE UNIQUE INDEX one_open_lease_of_a_seat ON leases (desktop_id, seat) WHERE closed_at IS NULL;

CREATE UNIQUE INDEX one_open_lease_of_a_user_in_a_pool ON leases (user_id, pool_id)
    WHERE closed_at IS NULL;

CREATE INDEX leases_of_pool ON leases (pool_id, granted_at);
