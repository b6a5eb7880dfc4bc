-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
SELECT desktop_id FROM adoption_settled WHERE desktop_id = :desktop_id;
