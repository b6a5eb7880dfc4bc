# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
#
# Sourced by /usr/bin/gnumed before the client: answers its login dialogue, in which profile and user are filled in.
wardesk_sign_in() {
  . /etc/wardesk/his.conf
  window=$(timeout 60 xdotool search --sync --onlyvisible --name '^Welcome to' | head -n 1)
  [ -n "$window" ] || return 0
  for attempt in 1 2 3 4 5; do
    xdotool windowactivate --sync "$window" || return 0
    sleep 0.3
    xdotool key --clearmodifiers ctrl+a
    printf %s "$HIS_PASSWORD" | xdotool type --clearmodifiers --delay 12 --file -
    xdotool key --clearmodifiers Return
    sleep 1.5
    xdotool search --onlyvisible --name '^Welcome to' > /dev/null 2>&1 || return 0
  done
}
if [ -n "${DISPLAY:-}" ] && [ -r /etc/wardesk/his.conf ]; then (wardesk_sign_in) > /dev/null 2>&1 & fi
