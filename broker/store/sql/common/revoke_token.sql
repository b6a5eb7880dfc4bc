-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
UPDATE tokens SET revoked = 1 WHERE hash = :hash;
