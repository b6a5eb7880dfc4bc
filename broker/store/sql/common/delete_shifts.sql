-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
DELETE FROM pool_shifts WHERE pool_id = :pool_id AND start_at >= :from AND start_at < :until;
