-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
-- A sequence: never given twice, also when the transaction is undone, and nobody waits for anybody.
SELECT nextval('epochs');
