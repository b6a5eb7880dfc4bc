-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
INSERT INTO incarnations (desktop_id, number, organisation_id, pool_id, domain_uuid, disk_uuid,
    image_id, bootstrap_hash, created_at, start_attempts, last_failure_at, last_error)
VALUES (:desktop_id, :number, :organisation_id, :pool_id, :domain_uuid, :disk_uuid,
    :image_id, :bootstrap_hash,
    :created_at, :start_attempts, :last_failure_at, :last_error);
