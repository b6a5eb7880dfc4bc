-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
UPDATE hosts SET name = :name, memory_percent = :memory_percent,
    processor_percent = :processor_percent, labels = :labels, mode = :mode, mode_at = :mode_at,
    mode_by = :mode_by, drain_by = :drain_by, version = :next_version
WHERE id = :id AND version = :version;
