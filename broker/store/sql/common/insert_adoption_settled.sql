-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
INSERT INTO adoption_settled (desktop_id) VALUES (:desktop_id)
ON CONFLICT (desktop_id) DO NOTHING;
