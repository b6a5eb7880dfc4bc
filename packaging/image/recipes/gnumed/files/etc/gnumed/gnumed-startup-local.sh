# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
#
# Sourced by /usr/bin/gnumed before the client: answers its login dialogue, in which profile and user are filled in.
wardesk_windows() { timeout 5 xdotool search --onlyvisible --name "$1" 2> /dev/null; }
wardesk_sign_in() {
  . /etc/wardesk/his.conf
  # Any step may fail or hang while the window manager or a viewer is just arriving: it looks again until the client is
  # in, or has ended.
  until wardesk_windows '^GMd: .*\[' > /dev/null; do
    kill -0 "$$" || return 0
    window=$(wardesk_windows '^Welcome to' | head -n 1)
    if [ -z "$window" ] || ! timeout 5 xdotool windowactivate --sync "$window"; then
      sleep 0.3
      continue
    fi
    sleep 0.3
    timeout 5 xdotool key --clearmodifiers ctrl+a
    printf %s "$HIS_PASSWORD" | timeout 10 xdotool type --clearmodifiers --delay 12 --file -
    timeout 5 xdotool key --clearmodifiers Return
    sleep 1.5
  done
}
if [ -n "${DISPLAY:-}" ] && [ -r /etc/wardesk/his.conf ]; then (wardesk_sign_in) > /dev/null 2>&1 & fi
