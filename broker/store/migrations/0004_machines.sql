-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
--
-- Desktops that are virtual machines: what an image is, and what a pool's machines have.

ALTER TABLE images ADD COLUMN kind TEXT NOT NULL DEFAULT 'lxc';

ALTER TABLE pools ADD COLUMN vcpus BIGINT NOT NULL DEFAULT 1 CHECK (vcpus >= 1);

ALTER TABLE pools ADD COLUMN machine TEXT NOT NULL DEFAULT 'q35';

-- Empty: the broker's own setting.
ALTER TABLE pools ADD COLUMN network TEXT NOT NULL DEFAULT '';
