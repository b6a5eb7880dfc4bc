-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
--
-- Virtualisation hosts, what pools ask of them, and which desktop is where. Desktops that there are belong to no
-- host yet: the broker gives them to the hosts of its configuration when it starts.

CREATE TABLE hosts (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    uri TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('lxc', 'qemu')),
    memory_mib BIGINT NOT NULL CHECK (memory_mib >= 0),
    processors BIGINT NOT NULL CHECK (processors >= 0),
    memory_percent BIGINT NOT NULL CHECK (memory_percent >= 0),
    processor_percent BIGINT NOT NULL CHECK (processor_percent >= 0),
    labels TEXT NOT NULL,
    mode TEXT NOT NULL CHECK (mode IN ('active', 'draining', 'maintenance')),
    mode_at BIGINT NOT NULL,
    mode_by TEXT NOT NULL,
    drain_by BIGINT,
    dead_at BIGINT,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

ALTER TABLE desktops ADD COLUMN host_id TEXT NOT NULL DEFAULT '';

CREATE INDEX desktops_of_host ON desktops (host_id, pool_id) WHERE removed = 0;

ALTER TABLE pools ADD COLUMN labels TEXT NOT NULL DEFAULT '';

ALTER TABLE pools ADD COLUMN spread TEXT NOT NULL DEFAULT 'soft' CHECK (spread IN ('soft', 'strict'));
