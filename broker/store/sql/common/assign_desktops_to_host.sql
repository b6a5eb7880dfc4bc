-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
-- Desktops of a time before hosts were rows.
UPDATE desktops SET host_id = :host_id
WHERE host_id = '' AND removed = 0 AND EXISTS (SELECT 1 FROM incarnations i
    JOIN images m ON m.id = i.image_id
    WHERE i.desktop_id = desktops.id AND i.ended_at IS NULL AND m.kind = :kind);
