-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
-- Changes nothing, but waits for whoever is taking an epoch, and makes others wait.
ALTER SEQUENCE epochs NO CYCLE;
