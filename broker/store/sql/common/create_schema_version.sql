-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
CREATE TABLE IF NOT EXISTS schema_version (
    version BIGINT PRIMARY KEY
);
