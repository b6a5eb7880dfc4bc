-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
UPDATE desktops SET quarantined_at = :quarantined_at, quarantine_reason = :quarantine_reason
WHERE id = :id AND removed = 0;
