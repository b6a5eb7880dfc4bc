-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
--
-- Times are milliseconds since 1970, truth values 0 or 1, enumerations their names. Every table of
-- an organisation's facts carries the organisation; the failures of sign-ins whose user may not
-- exist, the counters and schema_version belong to the whole site.

CREATE TABLE organisations (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);

CREATE TABLE users (
    id TEXT PRIMARY KEY,
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    name TEXT NOT NULL,
    folded_name TEXT NOT NULL,
    display_name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('clinician', 'administrator')),
    disabled BIGINT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (organisation_id, folded_name)
);

CREATE TABLE tokens (
    hash TEXT PRIMARY KEY,
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    terminal TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked BIGINT NOT NULL DEFAULT 0
);

CREATE INDEX tokens_of_user ON tokens (user_id);

CREATE TABLE sign_in_failures (
    key TEXT NOT NULL,
    at BIGINT NOT NULL
);

CREATE INDEX sign_in_failures_of_key ON sign_in_failures (key, at);

CREATE TABLE images (
    id TEXT PRIMARY KEY,
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    source TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (organisation_id, name, version)
);

-- A deleted pool stays for the history of its leases.
CREATE TABLE pools (
    id TEXT PRIMARY KEY,
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    image_id TEXT NOT NULL REFERENCES images (id),
    spare BIGINT NOT NULL CHECK (spare >= 0),
    max BIGINT NOT NULL CHECK (max >= 0),
    memory_mib BIGINT NOT NULL,
    clipboard BIGINT NOT NULL,
    enabled BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    deleted BIGINT NOT NULL DEFAULT 0
);

CREATE UNIQUE INDEX one_pool_of_a_name ON pools (organisation_id, name) WHERE deleted = 0;

-- A removed desktop stays for the history of its incarnations and leases; its name and address may
-- be given again. Names are unique on the site because domains are named after them.
CREATE TABLE desktops (
    id TEXT PRIMARY KEY,
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    pool_id TEXT NOT NULL REFERENCES pools (id),
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    quarantined_at BIGINT,
    quarantine_reason TEXT NOT NULL DEFAULT '',
    removed BIGINT NOT NULL DEFAULT 0
);

CREATE UNIQUE INDEX one_desktop_of_a_name ON desktops (name) WHERE removed = 0;

CREATE UNIQUE INDEX one_desktop_at_an_address ON desktops (address) WHERE removed = 0;

CREATE INDEX desktops_of_pool ON desktops (pool_id) WHERE removed = 0;

CREATE TABLE incarnations (
    desktop_id TEXT NOT NULL REFERENCES desktops (id),
    number BIGINT NOT NULL CHECK (number >= 1),
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    domain_uuid TEXT NOT NULL UNIQUE,
    image_id TEXT NOT NULL REFERENCES images (id),
    bootstrap_hash TEXT NOT NULL,
    certificate_sha256 TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    ready_at BIGINT,
    unready_at BIGINT,
    ending_at BIGINT,
    ended_at BIGINT,
    end_reason TEXT,
    start_attempts BIGINT NOT NULL DEFAULT 0,
    last_failure_at BIGINT,
    last_error TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (desktop_id, number)
);

CREATE UNIQUE INDEX one_living_incarnation_of_a_desktop ON incarnations (desktop_id)
    WHERE ended_at IS NULL;

-- R1: one incarnation serves one user, ever. R2: one open lease of a desktop, one of a user in a
-- pool.
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
    UNIQUE (desktop_id, incarnation),
    FOREIGN KEY (desktop_id, incarnation) REFERENCES incarnations (desktop_id, number)
);

CREATE UNIQUE INDEX one_open_lease_of_a_desktop ON leases (desktop_id) WHERE closed_at IS NULL;

CREATE UNIQUE INDEX one_open_lease_of_a_user_in_a_pool ON leases (user_id, pool_id)
    WHERE closed_at IS NULL;

-- R9
CREATE TABLE idempotency_keys (
    user_id TEXT NOT NULL REFERENCES users (id),
    key TEXT NOT NULL,
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    pool_id TEXT NOT NULL REFERENCES pools (id),
    lease_id TEXT NOT NULL REFERENCES leases (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, key)
);

CREATE TABLE tickets (
    hash TEXT PRIMARY KEY,
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    lease_id TEXT NOT NULL REFERENCES leases (id),
    epoch BIGINT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id),
    expires_at BIGINT NOT NULL,
    used BIGINT NOT NULL DEFAULT 0
);

-- A10: append-only. What changes a record breaks the chain of hashes.
CREATE TABLE audit (
    number BIGINT PRIMARY KEY,
    organisation_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    outcome TEXT NOT NULL,
    detail TEXT NOT NULL,
    hash TEXT NOT NULL
);

CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);

INSERT INTO counters (name, value) VALUES ('epoch', 0);
