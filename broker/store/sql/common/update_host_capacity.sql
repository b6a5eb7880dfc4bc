-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
UPDATE hosts SET memory_mib = :memory_mib, processors = :processors WHERE id = :id;
