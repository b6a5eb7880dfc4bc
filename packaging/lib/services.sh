# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
# Sourced after common.sh and environment.sh: libvirt and the data-centre network, with systemd and without.

lxc() { virsh --quiet --connect "$LIBVIRT_URI" "$@"; }
qemu() { virsh --quiet --connect "$WARDESK_QEMU_URI" "$@"; }

pid_alive() { # NAME: does the process of this pid file live, and is it still the program we started?
  local pid program
  [ -r "$WARDESK_RUN/$1.pid" ] || return 1
  read -r pid program < "$WARDESK_RUN/$1.pid" || return 1
  [ "$(basename "$(readlink "/proc/$pid/exe" 2>/dev/null || true)")" = "$program" ]
}

pid_keep() { # NAME PID PROGRAM
  printf '%s %s\n' "$2" "$3" > "$WARDESK_RUN/$1.pid"
}

pid_stop() { # NAME [SECONDS]: ends what we started, and nothing else
  local pid i
  if pid_alive "$1"; then
    read -r pid _ < "$WARDESK_RUN/$1.pid"
    kill "$pid" 2>/dev/null || true
    for ((i = 0; i < ${2:-10} * 10; i++)); do pid_alive "$1" || break; sleep 0.1; done
    ! pid_alive "$1" || { say "$1 ($pid) did not end when asked; killing it"; kill -KILL "$pid" 2>/dev/null || true; }
  fi
  rm -f "$WARDESK_RUN/$1.pid"
}

wait_until() { # SECONDS COMMAND...
  local end=$((SECONDS + $1)); shift
  until "$@" >/dev/null 2>&1; do [ "$SECONDS" -lt "$end" ] || return 1; sleep 0.05; done
}

# Becomes COMMAND with its three standard files alone: a daemon would hold its caller's locks and pipes for as long as it lives.
exec_with_standard_files() {
  local file
  for file in /proc/"$BASHPID"/fd/*; do
    [ "${file##*/}" -le 2 ] || eval "exec ${file##*/}>&-"
  done
  exec "$@"
}

daemon_start() { # [--as PROGRAM] NAME COMMAND...: in the background, in a session of its own, its pid and output kept
  local program=''
  if [ "$1" = --as ]; then program=$2; shift 2; fi
  local name=$1; shift
  program=${program:-$name}
  exec_with_standard_files setsid "$@" > "$WARDESK_RUN/$name.log" 2>&1 < /dev/null &
  local pid=$!
  wait_until 5 daemon_has_become "$pid" "$program" || fail "$name did not start: $(tail -n 3 "$WARDESK_RUN/$name.log")"
  pid_keep "$name" "$pid" "$program"
}

daemon_has_become() { [ "$(basename "$(readlink "/proc/$1/exe")")" = "$2" ]; }

libvirt_answers() { lxc version; }

services_start_libvirt() {
  if libvirt_answers >/dev/null 2>&1; then return; fi
  if has_systemd; then
    systemctl start virtlogd.socket libvirtd.service
  else
    install -d /run/libvirt
    # One that somebody else has started serves as well, and would not suffer a second one.
    pid_alive virtlogd || pgrep -x virtlogd >/dev/null || daemon_start virtlogd virtlogd
    if ! pid_alive libvirtd; then
      # libvirt 9's LXC driver fails on hosts with cgroup v1 and the "unified" hybrid, unless it does not see the latter.
      # Its sockets are root's alone: without polkit and groups, as here, libvirt would leave them open to all.
      printf '%s\n' 'unix_sock_rw_perms = "0700"' 'unix_sock_ro_perms = "0700"' 'auth_unix_rw = "none"' \
        'auth_unix_ro = "none"' > "$WARDESK_RUN/libvirtd.conf"
      # Machines that have ended are gone for libvirt when their parent has taken notice. They are nobody's children, and the first
      # process of a container may look once in seconds only: tini does it at once.
      # shellcheck disable=SC2016
      daemon_start --as tini libvirtd tini -s -- unshare -m --propagation private sh -c '
        if mountpoint -q /sys/fs/cgroup/unified; then umount /sys/fs/cgroup/unified; fi
        exec libvirtd --config "$1"' sh "$WARDESK_RUN/libvirtd.conf"
    fi
  fi
  wait_until 20 libvirt_answers || fail "libvirtd does not answer at $LIBVIRT_URI"
  say "libvirt is running"
}

services_open_kvm() {
  # Where no udev has done it: libvirt asks QEMU (as root) and the file's rights (as libvirt-qemu) whether there is KVM. When
  # the two differ, it examines QEMU anew at every step, and a machine takes a minute to start.
  if [ -c /dev/kvm ] && getent group kvm >/dev/null; then chgrp kvm /dev/kvm; chmod 660 /dev/kvm; fi
}

services_start_storage() {
  install -d -m 711 "$WARDESK_VOLUMES"
  qemu pool-info "$WARDESK_STORAGE" >/dev/null 2>&1 ||
    qemu pool-define-as "$WARDESK_STORAGE" dir --target "$WARDESK_VOLUMES" >/dev/null ||
    fail "the storage pool $WARDESK_STORAGE cannot be defined"
  if ! qemu pool-list --name | sed 's/ *$//' | grep -x "$WARDESK_STORAGE" >/dev/null; then
    qemu pool-start "$WARDESK_STORAGE" >/dev/null || fail "the storage pool $WARDESK_STORAGE cannot be started"
    say "storage pool $WARDESK_STORAGE is active ($WARDESK_VOLUMES)"
  fi
}

services_network_xml() {
  cat <<X
<network>
  <name>$WARDESK_NETWORK</name>
  <bridge name='$WARDESK_BRIDGE' stp='off' delay='0'/>
  <dns enable='no'/>
  <ip address='$WARDESK_HOST_ADDRESS' prefix='24'/>
</network>
X
}

services_start_network() {
  local xml
  # libvirt keeps a list of the network's interfaces beside dnsmasq's files, and makes the folder only when it starts dnsmasq.
  # No package that is needed here ships it.
  [ -d /var/lib/libvirt/dnsmasq ] || install -d /var/lib/libvirt/dnsmasq
  if ! lxc net-info "$WARDESK_NETWORK" >/dev/null 2>&1; then
    xml=$(mktemp); services_network_xml > "$xml"
    lxc net-define "$xml" >/dev/null || { rm -f "$xml"; fail "network $WARDESK_NETWORK cannot be defined"; }
    rm -f "$xml"
  fi
  if ! lxc net-list --name | grep -x "$WARDESK_NETWORK" >/dev/null; then
    lxc net-start "$WARDESK_NETWORK" >/dev/null || fail "network $WARDESK_NETWORK cannot be started"
    say "network $WARDESK_NETWORK is up ($WARDESK_SUBNET on $WARDESK_BRIDGE)"
  fi
}

services_stop_network() {
  lxc net-destroy "$WARDESK_NETWORK" >/dev/null 2>&1 || true
  lxc net-undefine "$WARDESK_NETWORK" >/dev/null 2>&1 || true
}

services_domains_on_network() { # [qemu]: names of the domains that are attached to our network
  local domain ask=${1:-lxc}
  for domain in $("$ask" list --all --name); do
    ! "$ask" dumpxml "$domain" | grep -E "<source network='$WARDESK_NETWORK'" >/dev/null || printf '%s\n' "$domain"
  done
}
