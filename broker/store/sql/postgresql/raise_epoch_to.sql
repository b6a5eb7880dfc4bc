-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
SELECT setval('epochs', :at_least) FROM epochs
WHERE :at_least > CASE WHEN is_called THEN last_value ELSE last_value - 1 END;
