-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
SELECT broker_id, reason, since, total, settled, seen_at FROM adoption;
