-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
UPDATE incarnations SET certificate_sha256 = :certificate_sha256, started_at = :started_at,
    ready_at = :ready_at, unready_at = :unready_at, ending_at = :ending_at, ended_at = :ended_at,
    end_reason = :end_reason, start_attempts = :start_attempts, last_failure_at = :last_failure_at,
    last_error = :last_error, suspending_at = :suspending_at, suspended_at = :suspended_at,
    resuming_at = :resuming_at, draining_at = :draining_at
WHERE desktop_id = :desktop_id AND number = :number;
