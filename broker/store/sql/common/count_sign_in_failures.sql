-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
SELECT COUNT(*) FROM sign_in_failures WHERE key = :key AND at >= :since;
