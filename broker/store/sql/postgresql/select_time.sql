-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
SELECT CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS BIGINT);
