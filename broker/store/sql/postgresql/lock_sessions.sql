-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
-- Who counts sessions is alone with it. One lock for all limits: with one for each pool and user, two
-- groups of grants would wait for each other. Rows that only refer to the organisation need not wait.
SELECT id FROM organisations WHERE id = :id FOR NO KEY UPDATE;
