-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA foreign_keys = ON;
-- Small enough that the write-ahead log stays within the reserve when the disk is full (R14).
PRAGMA wal_autocheckpoint = 100;
