-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
UPDATE desktops SET owner_id = :owner_id WHERE id = :id AND removed = 0;
