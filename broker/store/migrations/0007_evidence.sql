-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
--
-- What was seen of desktops, kept: the proof of each reset, and why a desktop was set aside and taken back.

CREATE TABLE evidence (
    desktop_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    incarnation BIGINT NOT NULL,
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    at BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('proof', 'quarantine', 'release')),
    noted_by TEXT NOT NULL,
    reason TEXT NOT NULL,
    seen TEXT NOT NULL
);

CREATE INDEX evidence_of_desktop ON evidence (desktop_id, number);

CREATE INDEX proofs_of_desktop ON evidence (desktop_id, incarnation) WHERE kind = 'proof';
