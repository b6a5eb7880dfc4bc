-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
--
-- What becomes of sessions that are left alone, in seconds, 0: never. Pools that there are keep what they
-- have had so far: an upgrade ends nobody's session.

ALTER TABLE pools ADD COLUMN lock_after BIGINT NOT NULL DEFAULT 0 CHECK (lock_after >= 0);

ALTER TABLE pools ADD COLUMN disconnect_after BIGINT NOT NULL DEFAULT 0 CHECK (disconnect_after >= 0);

ALTER TABLE pools ADD COLUMN log_off_after BIGINT NOT NULL DEFAULT 0 CHECK (log_off_after >= 0);

ALTER TABLE pools ADD COLUMN recycle_after BIGINT NOT NULL DEFAULT 0 CHECK (recycle_after >= 0);

-- Null: the pool is not in maintenance.
ALTER TABLE pools ADD COLUMN maintenance_since BIGINT;

ALTER TABLE pools ADD COLUMN maintenance_reason TEXT NOT NULL DEFAULT '';

ALTER TABLE pools ADD COLUMN maintenance_until BIGINT;
