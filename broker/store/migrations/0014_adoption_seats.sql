-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
--
-- R11: what the agent of a shared desktop says of each of its sessions. `place` is the one in its list:
-- an agent that names an account twice is to be found out, not to fail here.

CREATE TABLE adoption_seats (
    desktop_id TEXT NOT NULL,
    place BIGINT NOT NULL,
    seat BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    session TEXT NOT NULL,
    lease_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    PRIMARY KEY (desktop_id, place)
);
