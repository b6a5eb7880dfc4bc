-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
INSERT INTO pool_holidays (pool_id, day, organisation_id, name)
VALUES (:pool_id, :day, :organisation_id, :name);
