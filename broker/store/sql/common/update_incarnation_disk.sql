-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
UPDATE incarnations SET disk_uuid = :disk_uuid WHERE desktop_id = :desktop_id AND number = :number;
