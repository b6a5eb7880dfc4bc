-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
UPDATE leases SET epoch = :epoch, terminal = :terminal, first_connected_at = :first_connected_at,
    connected_at = :connected_at, disconnected_at = :disconnected_at, closed_at = :closed_at,
    close_reason = :close_reason
WHERE id = :id AND closed_at IS NULL;
