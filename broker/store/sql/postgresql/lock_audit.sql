-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
-- One after the other appends to the chain. Taken last, so that nothing else waits for it.
SELECT pg_advisory_xact_lock(878461002);
