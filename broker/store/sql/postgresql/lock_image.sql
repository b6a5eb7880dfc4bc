-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
-- The row of an image is the lock on who may begin to use it.
SELECT id FROM images WHERE id = :id FOR UPDATE;
