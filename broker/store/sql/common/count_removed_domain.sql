-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
SELECT COUNT(*) FROM incarnations i JOIN desktops d ON d.id = i.desktop_id
WHERE d.id = :id AND i.domain_uuid = :domain_uuid AND d.removed = 1;
