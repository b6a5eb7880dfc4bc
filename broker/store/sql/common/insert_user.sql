-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
INSERT INTO users (id, organisation_id, name, folded_name, display_name, role, disabled,
    password_hash, created_at)
VALUES (:id, :organisation_id, :name, :folded_name, :display_name, :role, :disabled, :password_hash,
    :created_at);
