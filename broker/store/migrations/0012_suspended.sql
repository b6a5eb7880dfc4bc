-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
--
-- Spares that are saved to their host's disk. The check is the last word: whatever a statement forgets, what is
-- saved is not ready, and only what is ready is ever given out.

ALTER TABLE pools ADD COLUMN suspended BIGINT NOT NULL DEFAULT 0;

ALTER TABLE pools ADD COLUMN suspended_percent BIGINT NOT NULL DEFAULT 0;

ALTER TABLE pool_windows ADD COLUMN suspended BIGINT;

ALTER TABLE pool_windows ADD COLUMN suspended_percent BIGINT;

ALTER TABLE incarnations ADD COLUMN suspending_at BIGINT CHECK (suspending_at IS NULL OR ready_at IS NULL);

ALTER TABLE incarnations ADD COLUMN suspended_at BIGINT CHECK (suspended_at IS NULL OR suspending_at IS NOT NULL);

ALTER TABLE incarnations ADD COLUMN resuming_at BIGINT;

CREATE INDEX suspended_incarnations ON incarnations (desktop_id) WHERE suspended_at IS NOT NULL AND ended_at IS NULL;
