-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
--
-- How many desktops a pool keeps: a share of those in use, a minimum, a weekly calendar, a roster. Days
-- are counted from 1970 in the pool's time zone, times of day in minutes from midnight.

ALTER TABLE pools ADD COLUMN spare_percent BIGINT NOT NULL DEFAULT 0 CHECK (spare_percent >= 0);

ALTER TABLE pools ADD COLUMN min BIGINT NOT NULL DEFAULT 0 CHECK (min >= 0);

ALTER TABLE pools ADD COLUMN forecast BIGINT NOT NULL DEFAULT 0;

-- Empty: the broker's own.
ALTER TABLE pools ADD COLUMN time_zone TEXT NOT NULL DEFAULT '';

-- What a window does not set is null.
CREATE TABLE pool_windows (
    pool_id TEXT NOT NULL REFERENCES pools (id),
    position BIGINT NOT NULL,
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    kind TEXT NOT NULL CHECK (kind IN ('weekdays', 'holidays', 'dates')),
    weekdays BIGINT NOT NULL,
    first_day BIGINT NOT NULL,
    last_day BIGINT NOT NULL,
    from_minute BIGINT NOT NULL,
    to_minute BIGINT NOT NULL,
    spare BIGINT,
    spare_percent BIGINT,
    min BIGINT,
    max BIGINT,
    PRIMARY KEY (pool_id, position)
);

CREATE TABLE pool_holidays (
    pool_id TEXT NOT NULL REFERENCES pools (id),
    day BIGINT NOT NULL,
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    name TEXT NOT NULL,
    PRIMARY KEY (pool_id, day)
);

CREATE TABLE pool_shifts (
    pool_id TEXT NOT NULL REFERENCES pools (id),
    start_at BIGINT NOT NULL,
    ward TEXT NOT NULL,
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    heads BIGINT NOT NULL CHECK (heads >= 0),
    PRIMARY KEY (pool_id, start_at, ward)
);

-- The forecast reads what was metered from the leases and incarnations themselves.
CREATE INDEX leases_of_pool ON leases (pool_id, granted_at);

CREATE INDEX boots_of_pool ON incarnations (pool_id, ready_at) WHERE ready_at IS NOT NULL;

-- A boot storm of all pools is one storm: how many boot now.
CREATE INDEX booting_incarnations ON incarnations (pool_id) WHERE started_at IS NOT NULL
    AND ready_at IS NULL AND unready_at IS NULL AND ending_at IS NULL AND ended_at IS NULL;
