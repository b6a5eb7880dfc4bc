-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
INSERT INTO tickets (hash, organisation_id, lease_id, epoch, user_id, expires_at)
SELECT :hash, organisation_id, id, :epoch, :user_id, :expires_at FROM leases WHERE id = :lease_id;
