-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
INSERT INTO images (id, organisation_id, name, version, kind, source, created_at)
VALUES (:id, :organisation_id, :name, :version, :kind, :source, :created_at);
