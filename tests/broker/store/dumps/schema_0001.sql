-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
-- sqlite3 broker.db .dump of a database of schema 1.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE schema_version (
    version BIGINT PRIMARY KEY
);
INSERT INTO schema_version VALUES(1);
CREATE TABLE organisations (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);
INSERT INTO organisations VALUES('org-1','Saint Mary');
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
INSERT INTO users VALUES('user-nurse','org-1','nurse','nurse','nurse','clinician',0,'$argon2id$',1766016000000);
INSERT INTO users VALUES('user-doctor','org-1','doctor','doctor','doctor','clinician',0,'$argon2id$',1766016000000);
CREATE TABLE tokens (
    hash TEXT PRIMARY KEY,
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    terminal TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked BIGINT NOT NULL DEFAULT 0
);
INSERT INTO tokens VALUES('token','org-1','user-nurse','ward 3',1766019600000,0);
CREATE TABLE sign_in_failures (
    key TEXT NOT NULL,
    at BIGINT NOT NULL
);
INSERT INTO sign_in_failures VALUES('account:nurse',1766016000000);
CREATE TABLE images (
    id TEXT PRIMARY KEY,
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    source TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (organisation_id, name, version)
);
INSERT INTO images VALUES('image-1','org-1','base','1','/images/base',1766016000000);
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
INSERT INTO pools VALUES('pool-1','org-1','ward','','image-1',2,10,1024,0,1,1766016000000,0);
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
INSERT INTO desktops VALUES('desktop-ward-01','org-1','pool-1','ward-01','10.20.0.2',NULL,'',0);
INSERT INTO desktops VALUES('desktop-ward-02','org-1','pool-1','ward-02','10.20.0.3',NULL,'',0);
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
INSERT INTO incarnations VALUES('desktop-ward-01',1,'org-1','428a0141-f022-48fc-bd07-aa5c2a3f1b2a','image-1','34bbd06af61e103defaea11e463895512c5d791819c03a0a3bd105c650748231','ab12',1766016000000,1766016000000,1766016000000,NULL,1766016002000,1766016003000,'loggedOff',0,NULL,'');
INSERT INTO incarnations VALUES('desktop-ward-02',1,'org-1','b9fdee8b-7dbe-4764-9793-c8cab9f09708','image-1','e4ee1cc24b97dc9caa1e6960d73bb584cf0e336a56d1704af541b469fa58dfe2','ab12',1766016000000,1766016000000,1766016000000,NULL,NULL,NULL,NULL,0,NULL,'');
INSERT INTO incarnations VALUES('desktop-ward-01',2,'org-1','uuid-2','image-1','hash','ab12',1766016003000,1766016004000,1766016005000,NULL,NULL,NULL,NULL,0,NULL,'');
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
INSERT INTO leases VALUES('55bbfc6a-1406-4437-8bb5-96190b6eb612','org-1','pool-1','desktop-ward-01',1,'user-nurse',1,'terminal-1',1766016000000,1766016001000,NULL,NULL,1766016002000,'loggedOff');
INSERT INTO leases VALUES('0e344a2b-c5bb-48c8-9b7f-7473d51f27a8','org-1','pool-1','desktop-ward-02',1,'user-doctor',2,'terminal-1',1766016004000,1766016005000,1766016005000,NULL,NULL,NULL);
CREATE TABLE idempotency_keys (
    user_id TEXT NOT NULL REFERENCES users (id),
    key TEXT NOT NULL,
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    pool_id TEXT NOT NULL REFERENCES pools (id),
    lease_id TEXT NOT NULL REFERENCES leases (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, key)
);
INSERT INTO idempotency_keys VALUES('user-nurse','a','org-1','pool-1','55bbfc6a-1406-4437-8bb5-96190b6eb612',1766016000000);
INSERT INTO idempotency_keys VALUES('user-doctor','b','org-1','pool-1','0e344a2b-c5bb-48c8-9b7f-7473d51f27a8',1766016004000);
CREATE TABLE tickets (
    hash TEXT PRIMARY KEY,
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    lease_id TEXT NOT NULL REFERENCES leases (id),
    epoch BIGINT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id),
    expires_at BIGINT NOT NULL,
    used BIGINT NOT NULL DEFAULT 0
);
INSERT INTO tickets VALUES('ticket','org-1','0e344a2b-c5bb-48c8-9b7f-7473d51f27a8',2,'user-doctor',1766016030000,0);
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
INSERT INTO audit VALUES(1,'org-1',1766016005000,'nurse','lease.grant','pool-1','done','','d4587cd51c3dde1a9af868dbe61e3a50601b0bae62a5b03446747b8f93525064');
INSERT INTO audit VALUES(2,'org-1',1766016005000,'nurse','lease.grant','pool-1','poolFull','','f347502e25343913edfbfea14250233a985b1fc64a03e848db00d6dc4ff0e619');
CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counters VALUES('epoch',2);
CREATE INDEX tokens_of_user ON tokens (user_id)
;
CREATE INDEX sign_in_failures_of_key ON sign_in_failures (key, at)
;
CREATE UNIQUE INDEX one_pool_of_a_name ON pools (organisation_id, name) WHERE deleted = 0
;
CREATE UNIQUE INDEX one_desktop_of_a_name ON desktops (name) WHERE removed = 0
;
CREATE UNIQUE INDEX one_desktop_at_an_address ON desktops (address) WHERE removed = 0
;
CREATE INDEX desktops_of_pool ON desktops (pool_id) WHERE removed = 0
;
CREATE UNIQUE INDEX one_living_incarnation_of_a_desktop ON incarnations (desktop_id)
    WHERE ended_at IS NULL
;
CREATE UNIQUE INDEX one_open_lease_of_a_desktop ON leases (desktop_id) WHERE closed_at IS NULL
;
CREATE UNIQUE INDEX one_open_lease_of_a_user_in_a_pool ON leases (user_id, pool_id)
    WHERE closed_at IS NULL
;
COMMIT;
