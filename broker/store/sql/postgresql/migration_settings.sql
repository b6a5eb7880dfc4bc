-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
--
-- Two brokers may start at once: the second waits for the first one's migration.
SET LOCAL lock_timeout = '60s';
SELECT pg_advisory_xact_lock(878461001);
