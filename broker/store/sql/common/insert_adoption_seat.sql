-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
INSERT INTO adoption_seats (desktop_id, place, seat, epoch, session, lease_id, user_id)
VALUES (:desktop_id, :place, :seat, :epoch, :session, :lease_id, :user_id);
