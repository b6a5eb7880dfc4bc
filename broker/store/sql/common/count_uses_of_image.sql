-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
-- Besides pools and their rollouts: disks that are kept for somebody are laid over it.
SELECT
    (SELECT COUNT(*) FROM pools WHERE image_id = :image_id AND deleted = 0)
    + (SELECT COUNT(*) FROM rollouts JOIN pools ON pools.id = rollouts.pool_id
        WHERE pools.deleted = 0 AND rollouts.state IN ('scheduled', 'running', 'stopped')
            AND (rollouts.from_image_id = :from_image_id OR rollouts.to_image_id = :to_image_id))
    + (SELECT COUNT(*) FROM desktops d
        JOIN incarnations i ON i.desktop_id = d.id
            AND i.number = (SELECT MAX(number) FROM incarnations WHERE desktop_id = d.id)
        WHERE d.owner_id IS NOT NULL AND d.removed = 0 AND i.image_id = :kept_image_id);
