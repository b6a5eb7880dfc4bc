-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
SELECT id, organisation_id, name, description, image_id, spare, max, memory_mib, vcpus, machine,
    network, clipboard, enabled, created_at, spare_percent, min, forecast, time_zone, lock_after,
    disconnect_after, log_off_after, recycle_after, maintenance_since, maintenance_reason,
    maintenance_until, labels, spread, kind, suspended, suspended_percent, seats
FROM pools WHERE deleted = 0 ORDER BY name, id;
