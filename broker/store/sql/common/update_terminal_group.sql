-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
UPDATE terminal_groups SET patterns = :patterns WHERE id = :id AND organisation_id = :organisation_id;
