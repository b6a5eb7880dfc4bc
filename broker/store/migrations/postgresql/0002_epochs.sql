-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
--
-- Grants of several brokers must not wait for each other's commit for the sake of a number.

CREATE SEQUENCE epochs AS BIGINT MINVALUE 1 START 1;

UPDATE counters SET name = 'probe', value = 0 WHERE name = 'epoch';
