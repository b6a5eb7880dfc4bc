-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
INSERT INTO brokers (id, name, peer_address, agent_host, agent_port, key_sha256, epoch, seen_at)
VALUES (:id, :name, :peer_address, :agent_host, :agent_port, :key_sha256, :epoch, :now)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, peer_address = excluded.peer_address,
    agent_host = excluded.agent_host, agent_port = excluded.agent_port,
    key_sha256 = excluded.key_sha256, epoch = excluded.epoch, seen_at = excluded.seen_at;
