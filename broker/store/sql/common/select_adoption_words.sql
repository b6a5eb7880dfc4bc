-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
SELECT desktop_id, incarnation, epoch, is_ready, certificate_sha256, session, lease_id, user_id
FROM adoption_words;
