# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
# The first screen of a test's desktop: large, still, and readable by machine.
PS1='ready> '
printf '\n  WARDESK DESKTOP\n\n  host %s\n  user %s\n\n' "$(hostname)" "$(id -un)"
