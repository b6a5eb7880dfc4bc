-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
UPDATE brokers SET seen_at = :now WHERE id = :id AND epoch = :epoch;
