-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
-- Held until the end of the transaction: nobody takes the claim over while it writes.
-- FOR KEY SHARE: whoever takes the claim changes its epoch, which is unique, and waits; the holder's
-- own renewal changes no key, and neither waits for the other.
SELECT 1 FROM pool_claims
WHERE pool_id = :pool_id AND broker_id = :broker_id AND epoch = :epoch AND expires_at > :now
FOR KEY SHARE;
