-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
UPDATE tickets SET used = 1
WHERE hash = :hash AND used = 0 AND user_id = :user_id AND expires_at > :now
    AND epoch = (SELECT epoch FROM leases WHERE id = tickets.lease_id AND closed_at IS NULL);
