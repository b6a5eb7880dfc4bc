-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
SELECT
    (SELECT COUNT(*) FROM pools WHERE image_id = :image_id AND deleted = 0)
    + (SELECT COUNT(*) FROM rollouts JOIN pools ON pools.id = rollouts.pool_id
        WHERE pools.deleted = 0 AND rollouts.state IN ('scheduled', 'running', 'stopped')
            AND (rollouts.from_image_id = :from_image_id OR rollouts.to_image_id = :to_image_id));
