-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
INSERT INTO hosts (id, name, uri, kind, memory_mib, processors, memory_percent, processor_percent, labels, mode,
    mode_at, mode_by, drain_by, dead_at, version, created_at)
VALUES (:id, :name, :uri, :kind, :memory_mib, :processors, :memory_percent, :processor_percent,
    :labels, :mode, :mode_at, :mode_by, :drain_by, :dead_at, :version, :created_at);
