-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
--
-- Several brokers on one database: who they are, and who works on which pool until when. Both belong
-- to the whole site. Times are the database's.

CREATE TABLE brokers (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    peer_address TEXT NOT NULL,
    agent_host TEXT NOT NULL,
    agent_port BIGINT NOT NULL,
    key_sha256 TEXT NOT NULL,
    epoch BIGINT NOT NULL UNIQUE,
    seen_at BIGINT NOT NULL
);

CREATE TABLE pool_claims (
    pool_id TEXT PRIMARY KEY REFERENCES pools (id),
    broker_id TEXT NOT NULL REFERENCES brokers (id),
    epoch BIGINT NOT NULL UNIQUE,
    expires_at BIGINT NOT NULL
);

-- What is free, found without looking at all that is not. The lease alone decides (R1, R2): `leased`
-- is written by nothing but the transaction that inserts it.
ALTER TABLE incarnations ADD COLUMN pool_id TEXT NOT NULL DEFAULT '';

ALTER TABLE incarnations ADD COLUMN leased BIGINT NOT NULL DEFAULT 0;

UPDATE incarnations SET
    pool_id = (SELECT pool_id FROM desktops WHERE id = incarnations.desktop_id),
    leased = (SELECT COUNT(*) FROM leases
        WHERE desktop_id = incarnations.desktop_id AND incarnation = incarnations.number);

CREATE INDEX free_incarnations ON incarnations (pool_id, image_id, ready_at, desktop_id)
    WHERE leased = 0 AND ready_at IS NOT NULL AND ending_at IS NULL AND ended_at IS NULL;
