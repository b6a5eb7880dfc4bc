-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
INSERT INTO terminal_groups (id, organisation_id, name, folded_name, patterns)
VALUES (:id, :organisation_id, :name, :folded_name, :patterns);
