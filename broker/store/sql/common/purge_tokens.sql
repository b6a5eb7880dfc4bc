-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
DELETE FROM tokens WHERE revoked = 1 OR expires_at <= :before;
