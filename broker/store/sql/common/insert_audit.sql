-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
INSERT INTO audit (number, organisation_id, at, actor, action, object, outcome, detail, hash)
VALUES (:number, :organisation_id, :at, :actor, :action, :object, :outcome, :detail, :hash);
