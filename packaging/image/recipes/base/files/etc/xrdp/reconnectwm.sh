#!/bin/sh
# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
# The agent hears of reconnects from sesman; nothing is to be done here.
exit 0
