-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
UPDATE pools SET name = :name, description = :description, image_id = :image_id, spare = :spare,
    max = :max, memory_mib = :memory_mib, vcpus = :vcpus, machine = :machine,
    network = :network, clipboard = :clipboard, enabled = :enabled, created_at = :created_at,
    spare_percent = :spare_percent, min = :min, forecast = :forecast, time_zone = :time_zone,
    lock_after = :lock_after, disconnect_after = :disconnect_after, log_off_after = :log_off_after,
    recycle_after = :recycle_after, maintenance_since = :maintenance_since,
    maintenance_reason = :maintenance_reason, maintenance_until = :maintenance_until,
    labels = :labels, spread = :spread, kind = :kind, suspended = :suspended,
    suspended_percent = :suspended_percent, seats = :seats
WHERE id = :id AND organisation_id = :organisation_id AND deleted = 0;
