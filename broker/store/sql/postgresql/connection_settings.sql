-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
--
-- No statement_timeout: it would also end a COMMIT that waits for the standby, and PostgreSQL then
-- calls it done although the standby has not got it. Waiting for others is bounded by lock_timeout,
-- all the rest by the connection's watch on this side (connectionwatch.h); the server notices that
-- it was cut off by its own look at the socket.
SET client_min_messages = 'warning';
SET lock_timeout = '2s';
SET client_connection_check_interval = '2s';
-- A broker that froze with a transaction open must not keep what it had locked.
SET idle_in_transaction_session_timeout = '3s';
SET default_transaction_isolation = 'read committed';
-- A grant is told when it is on disk, and with synchronous_standby_names on the standby's, too. Who
-- has asked for more (remote_apply) keeps it.
SELECT set_config('synchronous_commit', 'on', false)
WHERE current_setting('synchronous_commit') IN ('off', 'local', 'remote_write');
-- A statement's best plan hardly depends on its values, and making one anew each time takes several
-- times as long as running it.
SET plan_cache_mode = 'force_generic_plan';
