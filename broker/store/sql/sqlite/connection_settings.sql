-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA foreign_keys = ON;
-- Small enough that the write-ahead log stays within the reserve when the disk is full (R14), and
-- big enough that not every group of grants pays for a checkpoint, which syncs twice more.
PRAGMA wal_autocheckpoint = 1000;
-- What grants touch stays in memory; the default of 2 MB is less than the indexes of a hospital.
PRAGMA cache_size = -32768;
