-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
UPDATE organisations SET sessions_per_user = :sessions WHERE id = :id;
