-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
--
-- R11: a restored database is being set right. The one row says by whom; while it is there nothing new is
-- given out. Neither table refers to desktops: they are about what the database may not know.

CREATE TABLE adoption (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    broker_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    since BIGINT NOT NULL,
    total BIGINT NOT NULL,
    settled BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);

CREATE TABLE adoption_words (
    desktop_id TEXT PRIMARY KEY,
    incarnation BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    is_ready BIGINT NOT NULL,
    certificate_sha256 TEXT NOT NULL,
    session TEXT NOT NULL,
    lease_id TEXT NOT NULL,
    user_id TEXT NOT NULL
);

CREATE TABLE adoption_settled (
    desktop_id TEXT PRIMARY KEY
);
