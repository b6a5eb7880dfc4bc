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
