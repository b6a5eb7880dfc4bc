-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
-- The same without waiting: no row when somebody else has it.
SELECT id FROM organisations WHERE id = :id FOR NO KEY UPDATE SKIP LOCKED;
