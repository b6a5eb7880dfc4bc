-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
SELECT id, name, peer_address, agent_host, agent_port, key_sha256, epoch
FROM brokers WHERE seen_at > :since ORDER BY id;
