-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
INSERT INTO desktops (id, organisation_id, pool_id, name, address, host_id, owner_id)
VALUES (:id, :organisation_id, :pool_id, :name, :address, :host_id, :owner_id);
