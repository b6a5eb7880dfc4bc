-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM epochs;
