-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
-- One row for each session of a shared desktop, in one statement: a word and its sessions that were
-- read at two times would contradict each other.
SELECT w.desktop_id, w.incarnation, w.epoch, w.is_ready, w.certificate_sha256, w.session, w.lease_id,
    w.user_id, s.seat, s.epoch, s.session, s.lease_id, s.user_id
FROM adoption_words w
LEFT JOIN adoption_seats s ON s.desktop_id = w.desktop_id
ORDER BY w.desktop_id, s.place;
