-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
INSERT INTO evidence (desktop_id, number, incarnation, organisation_id, at, kind, noted_by, reason,
    seen)
VALUES (:desktop_id,
    (SELECT COALESCE(MAX(number), 0) + 1 FROM evidence WHERE desktop_id = :desktop_id),
    :incarnation, :organisation_id, :at, :kind, :noted_by, :reason, :seen);
