-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
INSERT INTO tokens (hash, organisation_id, user_id, terminal, expires_at)
VALUES (:hash, :organisation_id, :user_id, :terminal, :expires_at);
