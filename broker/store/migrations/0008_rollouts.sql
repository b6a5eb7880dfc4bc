-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
--
-- Versions of images: what state they are in, what is in them, who brought them; and how pools go from
-- one to another. The rollouts of a pool stay as its history.

ALTER TABLE images ADD COLUMN state TEXT NOT NULL DEFAULT 'published'
    CHECK (state IN ('imported', 'published', 'retired'));

ALTER TABLE images ADD COLUMN note TEXT NOT NULL DEFAULT '';

ALTER TABLE images ADD COLUMN created_by TEXT NOT NULL DEFAULT '';

ALTER TABLE images ADD COLUMN state_at BIGINT NOT NULL DEFAULT 0;

ALTER TABLE images ADD COLUMN state_by TEXT NOT NULL DEFAULT '';

-- Empty: never read.
ALTER TABLE images ADD COLUMN content_hash TEXT NOT NULL DEFAULT '';

ALTER TABLE images ADD COLUMN seen_hash TEXT NOT NULL DEFAULT '';

ALTER TABLE images ADD COLUMN checked_at BIGINT;

UPDATE images SET state_at = created_at;

CREATE TABLE rollouts (
    id TEXT PRIMARY KEY,
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    pool_id TEXT NOT NULL REFERENCES pools (id),
    from_image_id TEXT NOT NULL REFERENCES images (id),
    to_image_id TEXT NOT NULL REFERENCES images (id),
    mode TEXT NOT NULL CHECK (mode IN ('whenLoggedOff', 'force')),
    is_rollback BIGINT NOT NULL,
    start_at BIGINT NOT NULL,
    countdown_minutes BIGINT NOT NULL CHECK (countdown_minutes >= 0),
    canary_percent BIGINT NOT NULL CHECK (canary_percent BETWEEN 0 AND 100),
    wave_percent BIGINT NOT NULL CHECK (wave_percent BETWEEN 1 AND 100),
    state TEXT NOT NULL
        CHECK (state IN ('scheduled', 'running', 'stopped', 'done', 'cancelled', 'rolledBack')),
    reason TEXT NOT NULL,
    note TEXT NOT NULL,
    started_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    begun_at BIGINT,
    changed_at BIGINT NOT NULL,
    changed_by TEXT NOT NULL
);

CREATE UNIQUE INDEX one_open_rollout_of_a_pool ON rollouts (pool_id)
    WHERE state IN ('scheduled', 'running', 'stopped');

CREATE INDEX rollouts_of_pool ON rollouts (organisation_id, pool_id, created_at);
