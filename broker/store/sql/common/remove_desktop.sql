-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
UPDATE desktops SET removed = 1 WHERE id = :id AND removed = 0;
