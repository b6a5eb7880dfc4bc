-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
--
-- Who may use a pool, where and when, and how many sessions there may be. Days are counted from 1970 in the
-- pool's time zone, times of day in minutes from midnight. Zero sessions: no limit.

ALTER TABLE pools ADD COLUMN session_limit BIGINT NOT NULL DEFAULT 0 CHECK (session_limit >= 0);

ALTER TABLE organisations ADD COLUMN sessions_per_user BIGINT NOT NULL DEFAULT 0 CHECK (sessions_per_user >= 0);

CREATE TABLE user_groups (
    id TEXT PRIMARY KEY,
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    name TEXT NOT NULL,
    folded_name TEXT NOT NULL,
    UNIQUE (organisation_id, folded_name)
);

CREATE TABLE user_group_members (
    group_id TEXT NOT NULL REFERENCES user_groups (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    PRIMARY KEY (group_id, user_id)
);

CREATE INDEX groups_of_user ON user_group_members (user_id, group_id);

-- One pattern a line.
CREATE TABLE terminal_groups (
    id TEXT PRIMARY KEY,
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    name TEXT NOT NULL,
    folded_name TEXT NOT NULL,
    patterns TEXT NOT NULL,
    UNIQUE (organisation_id, folded_name)
);

-- What is null is not asked.
CREATE TABLE entitlements (
    pool_id TEXT NOT NULL REFERENCES pools (id),
    position BIGINT NOT NULL,
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    subject TEXT NOT NULL CHECK (subject IN ('everybody', 'user', 'group')),
    user_id TEXT REFERENCES users (id),
    user_group_id TEXT REFERENCES user_groups (id),
    terminal_group_id TEXT REFERENCES terminal_groups (id),
    weekdays BIGINT,
    from_minute BIGINT,
    to_minute BIGINT,
    first_day BIGINT,
    last_day BIGINT,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    PRIMARY KEY (pool_id, position),
    CHECK ((subject = 'user') = (user_id IS NOT NULL)),
    CHECK ((subject = 'group') = (user_group_id IS NOT NULL))
);

CREATE INDEX entitlements_of_group ON entitlements (user_group_id) WHERE user_group_id IS NOT NULL;

CREATE INDEX entitlements_of_terminals ON entitlements (terminal_group_id) WHERE terminal_group_id IS NOT NULL;

-- Pools that there are may be used by everybody, as before.
INSERT INTO entitlements (pool_id, position, organisation_id, subject, created_at, created_by)
SELECT id, 0, organisation_id, 'everybody', created_at, 'upgrade' FROM pools;
