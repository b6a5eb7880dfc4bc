-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
--
-- R1 by account: no account of an incarnation is ever given twice. Where a desktop is one user's, its
-- leases have the seat 0, and so one incarnation still has one lease, ever.

ALTER TABLE leases ADD COLUMN seat BIGINT NOT NULL DEFAULT 0 CHECK (seat >= 0);

ALTER TABLE leases DROP CONSTRAINT leases_desktop_id_incarnation_key;

ALTER TABLE leases ADD CONSTRAINT one_lease_of_a_seat UNIQUE (desktop_id, incarnation, seat);

DROP INDEX one_open_lease_of_a_desktop;

CREATE UNIQUE INDEX one_open_lease_of_a_seat ON leases (desktop_id, seat) WHERE closed_at IS NULL;
