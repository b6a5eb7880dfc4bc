-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
DELETE FROM idempotency_keys WHERE created_at <= :before;
