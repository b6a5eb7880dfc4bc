-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
SELECT COUNT(*) FROM desktops WHERE host_id = :host_id AND removed = 0;
