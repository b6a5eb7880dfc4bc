# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
# Sourced by packaging/demo: what the demo is made of.

demo=$WARDESK_STATE/demo
port=${WARDESK_DEMO_PORT:-8443}
url=https://127.0.0.1:$port
bin=${WARDESK_BUILD:-$project/build/release}/bin
site=demo

# -- making ----------------------------------------------------------------------------------------------------------

demo_programs() { # configures and builds; says how far it is now and then
  local log=$WARDESK_RUN/demo-build.log
  if [ -n "${WARDESK_BUILD:-}" ]; then say "taking the programs from $WARDESK_BUILD"; return; fi
  (cd "$project" && { [ -e build/release/build.ninja ] || cmake --preset release; }) > "$log" 2>&1 ||
    { tail -n 20 "$log" >&2; fail "the programs could not be configured (see $log)"; }
  say "building the programs"
  (cd "$project" && NINJA_STATUS='[%f/%t] ' cmake --build build/release --target \
    wardesk-broker wardeskctl wardesk-agent wardesk wardesk-rdp) >> "$log" 2>&1 &
  local job=$! shown=0
  while kill -0 "$job" 2>/dev/null; do
    sleep 1
    if [ $((++shown % 30)) = 0 ]; then say "  programs $(grep -o '^\[[0-9]*/[0-9]*\]' "$log" | tail -n 1)"; fi
  done
  wait "$job" || { grep -m 20 -E 'error|FAILED' "$log" >&2; fail "the programs could not be built (see $log)"; }
  say "the programs are built"
}

demo_make() { # programs, desktop image and HIS machine side by side; fails when one of them does
  local jobs=() job failed=no disk=()
  [ "$hypervisor" = lxc ] || disk=(--disk)
  demo_programs & jobs+=($!)
  { "$packaging/image/build" gnumed "${disk[@]}"; } & jobs+=($!)
  { "$packaging/his/machine" build; } & jobs+=($!)
  for job in "${jobs[@]}"; do wait "$job" || failed=yes; done
  [ "$failed" = no ] || fail "not everything could be made (see above)"
  "$packaging/image/build" gnumed "${disk[@]}" --agent "$bin/wardesk-agent"
}

# -- broker ----------------------------------------------------------------------------------------------------------

demo_secret() { # NAME: prints the file that holds a password made for this demo
  local file=$demo/$1.password
  [ -s "$file" ] || (umask 077; openssl rand -hex 12 | tr -d '\n' > "$file")
  printf '%s\n' "$file"
}

demo_configure() {
  install -d -m 700 "$demo" "$demo/state"
  cat > "$demo/broker.toml" <<X
[broker]
listen = ["127.0.0.1:$port", "$WARDESK_HOST_ADDRESS:$port"]
state = "$demo/state"
site = "$site"

[hypervisor]
uri = "$LIBVIRT_URI"
network = "$WARDESK_NETWORK"
prefix = 24
first_address = "$WARDESK_PREFIX.16"
last_address = "$WARDESK_PREFIX.99"
agent_address = "$WARDESK_HOST_ADDRESS:$port"
X
  [ "$hypervisor" = qemu ] || return 0
  cat >> "$demo/broker.toml" <<X
qemu_uri = "$WARDESK_QEMU_URI"
qemu_storage = "$WARDESK_STORAGE"

[limits]
# a copy of an emulated machine, on a machine that has other work
ready_within_seconds = 600
X
}

demo_health() { [ -r "$demo/state/ca.pem" ] && curl -sf --max-time 3 --cacert "$demo/state/ca.pem" "$url/api/v1/health"; }

demo_broker() {
  if pid_alive wardesk-broker; then say "the broker is running already"; return; fi
  demo_configure
  if [ ! -e "$demo/admin.made" ]; then
    "$bin/wardesk-broker" --config "$demo/broker.toml" user add admin --admin --password-file "$(demo_secret admin)" >/dev/null
    : > "$demo/admin.made"
  fi
  PATH=$bin:$PATH daemon_start wardesk-broker "$bin/wardesk-broker" --config "$demo/broker.toml"
  wait_until 20 demo_health || fail "the broker does not answer: $(tail -n 3 "$WARDESK_RUN/wardesk-broker.log")"
  say "the broker answers at $url"
}

demo_ctl=("$bin/wardeskctl" --url "$url" --ca "$demo/state/ca.pem" --token-file "$demo/admin.token")
ctl() { "${demo_ctl[@]}" "$@"; }

demo_pool() {
  local user
  ctl login --user admin --password-file "$(demo_secret admin)" >/dev/null
  if [ ! -e "$demo/pool.made" ]; then
    if [ "$hypervisor" = qemu ]; then
      ctl image add gnumed --kind qemu --version "$(jq -r .version "$WARDESK_IMAGES/gnumed-disk/image.json")" \
        --source "$WARDESK_IMAGES/gnumed-disk" >/dev/null
      ctl pool create hospital --image gnumed --spare 1 --max 1 --memory 1024 --vcpus 1 --everybody >/dev/null
    else
      ctl image add gnumed --version "$(jq -r .version "$WARDESK_IMAGES/gnumed/image.json")" \
        --source "$(readlink -f "$WARDESK_IMAGES/gnumed")/rootfs" >/dev/null
      ctl pool create hospital --image gnumed --spare 2 --max 4 --everybody >/dev/null
    fi
    for user in nurse doctor; do ctl user add "$user" --password-file "$(demo_secret "$user")" >/dev/null; done
    : > "$demo/pool.made"
  fi
  say "waiting for a desktop that is ready"
  local patience=60
  if [ "$hypervisor" = qemu ]; then
    patience=1500
    say "  (the first time on this host the image is booted and saved; every desktop is a copy of that)"
  fi
  wait_until "$patience" demo_ready || fail "no desktop became ready: $(tail -n 3 "$WARDESK_RUN/wardesk-broker.log")"
}

demo_ready() { [ "$(ctl --json pool show hospital | jq '.ready')" -ge 1 ]; }

# -- client ----------------------------------------------------------------------------------------------------------

demo_display() { # an X server of our own; sets DISPLAY
  if pid_alive Xvfb && [ -s "$demo/display" ]; then
    DISPLAY=$(cat "$demo/display"); export DISPLAY; return
  fi
  rm -f "$demo/display"
  # shellcheck disable=SC2016
  daemon_start Xvfb sh -c 'exec Xvfb -displayfd 3 -screen 0 1280x800x24 -nolisten tcp 3> "$1"' xvfb "$demo/display"
  wait_until 10 test -s "$demo/display" || fail "Xvfb does not start: $(cat "$WARDESK_RUN/Xvfb.log")"
  sed -i 's/^/:/' "$demo/display"
  DISPLAY=$(cat "$demo/display"); export DISPLAY
}

demo_client() { # USER WORDS...
  local user=$1; shift
  pid_stop wardesk
  daemon_start wardesk "$bin/wardesk" --broker "$url" --ca "$demo/state/ca.pem" \
    --user "$user" --password-file "$(demo_secret "$user")" "$@"
}

demo_desktop_of() { # USER: the libvirt domain of the desktop that USER has
  ctl --json desktop list |
    jq -er --arg user "$1" '(.items? // .) | map(select(.user == $user)) | first | .domain'
}

demo_domains() { # [qemu]: domains of the demo's own broker, by the site in their metadata
  local domain ask=${1:-lxc}
  for domain in $("$ask" list --name); do
    if "$ask" dumpxml "$domain" | grep -E "site=[\"']$site[\"']" >/dev/null; then printf '%s\n' "$domain"; fi
  done
}

demo_title() { # DOMAIN REGEX: does a window inside the desktop have this title?
  if [ "$hypervisor" = qemu ]; then demo_reads "${2//[\^\\[]/}"; return; fi # a reader is not sure of brackets
  "$packaging/image/enter" "$1" runuser -u clinician -- env DISPLAY=:10 XAUTHORITY=/home/clinician/.Xauthority \
    xdotool search --onlyvisible --name "$2"
}

demo_windows() { # DOMAIN: the titles of the windows inside the desktop
  if [ "$hypervisor" = qemu ]; then demo_reads .; return; fi
  # shellcheck disable=SC2016
  "$packaging/image/enter" "$1" runuser -u clinician -- env DISPLAY=:10 XAUTHORITY=/home/clinician/.Xauthority \
    sh -c 'for window in $(xdotool search --onlyvisible --name .); do xdotool getwindowname "$window"; done' 2>&1
}

demo_reads() { # REGEX: is this to be read in the upper part of the client's screen? There is no way into a virtual machine.
  import -window root -crop 1280x100+0+0 +repage -colorspace Gray -resize 300% png:- 2>/dev/null |
    tesseract - - --psm 11 2>/dev/null | grep -E "$1"
}

demo_settled() { # waits until the client's picture has been still for a second (but for the clock in the HIS's last line)
  local before='' now i still=0
  for ((i = 0; i < 60; i++)); do
    now=$(import -window root -crop 1280x740+0+0 rgb:- | sha256sum)
    if [ "$now" = "$before" ]; then still=$((still + 1)); else still=0; fi
    [ "$still" -lt 4 ] || return 0
    before=$now
    sleep 0.25
  done
  say "the picture did not come to rest; taking it as it is"
}

demo_search() { # NUMBER: into GNUmed's patient search, which has the focus after its start
  xdotool key --delay 60 ctrl+a
  xdotool type --delay 60 "#$1"
  xdotool key Return
}

demo_open_patient() { # USER NUMBER: through the client, by keyboard and mouse alone
  local domain y slow=1
  [ "$hypervisor" = lxc ] || slow=10 # emulated, each step may take that much longer
  wait_until $((30 * slow)) demo_desktop_of "$1" || fail "$1 has got no desktop: $(tail -n 3 "$WARDESK_RUN/wardesk.log")"
  domain=$(demo_desktop_of "$1")
  say "$1 has the desktop $("$hypervisor" domname "$domain")"
  wait_until $((60 * slow)) demo_title "$domain" '^GMd: .*\[' ||
    fail "GNUmed does not open in the desktop; its windows are: $(demo_windows "$domain" | paste -sd '|')"
  xdotool mousemove 640 600
  demo_settled
  if ! demo_title "$domain" "#$2 " >/dev/null 2>&1; then
    demo_search "$2"
    # not there? Then something else has the focus: click into the field, below the client's bar or without one
    for y in 65 100; do
      if wait_until $((6 * slow)) demo_title "$domain" "#$2 "; then break; fi
      xdotool mousemove 300 "$y" click 1
      sleep 0.5
      demo_search "$2"
    done
  fi
  wait_until $((10 * slow)) demo_title "$domain" "#$2 " || fail "the record of patient #$2 did not open"
  xdotool mousemove 640 600
  sleep 0.5
  demo_settled
}

# -- the end ---------------------------------------------------------------------------------------------------------

demo_stop() {
  local domain uuid
  pid_stop wardesk
  pid_stop Xvfb
  pid_stop wardesk-broker 20
  if libvirt_answers >/dev/null 2>&1; then
    for domain in $(demo_domains); do lxc destroy "$domain" >/dev/null 2>&1 || true; done
    for domain in $(demo_domains qemu 2>/dev/null); do
      uuid=$(qemu domuuid "$domain")
      qemu destroy "$domain" >/dev/null 2>&1 || true
      qemu vol-delete "wardesk-$uuid.qcow2" --pool "$WARDESK_STORAGE" >/dev/null 2>&1 || true
    done
    if [ -e "$demo/his.started" ]; then "$packaging/his/machine" stop; fi
    if [ -e "$demo/services.started" ]; then "$packaging/services" stop --idle; fi
  fi
  rm -rf --one-file-system "$demo"
  say "all that the demo had started is stopped"
}
