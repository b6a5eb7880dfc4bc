-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
INSERT INTO pool_shifts (pool_id, start_at, ward, organisation_id, heads)
VALUES (:pool_id, :start_at, :ward, :organisation_id, :heads);
