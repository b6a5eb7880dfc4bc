-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
INSERT INTO pools (id, organisation_id, name, description, image_id, spare, max, memory_mib,
    vcpus, machine, network, clipboard, enabled, created_at, spare_percent,
    min, forecast, time_zone)
VALUES (:id, :organisation_id, :name, :description, :image_id, :spare, :max, :memory_mib,
    :vcpus, :machine, :network, :clipboard, :enabled, :created_at, :spare_percent,
    :min, :forecast, :time_zone);
