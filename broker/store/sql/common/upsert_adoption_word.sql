-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
INSERT INTO adoption_words (desktop_id, incarnation, epoch, is_ready, certificate_sha256, session,
    lease_id, user_id)
VALUES (:desktop_id, :incarnation, :epoch, :is_ready, :certificate_sha256, :session, :lease_id,
    :user_id)
ON CONFLICT (desktop_id) DO UPDATE SET incarnation = excluded.incarnation, epoch = excluded.epoch,
    is_ready = excluded.is_ready, certificate_sha256 = excluded.certificate_sha256,
    session = excluded.session, lease_id = excluded.lease_id, user_id = excluded.user_id
WHERE excluded.incarnation >= adoption_words.incarnation;
