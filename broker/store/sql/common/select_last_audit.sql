-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
SELECT number, hash
FROM audit ORDER BY number DESC LIMIT 1;
