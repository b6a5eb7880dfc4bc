# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
# Sourced by packaging/cluster: two or more brokers on a pair of PostgreSQL servers, all on this machine.

cluster=$WARDESK_STATE/cluster
cluster_bin=${WARDESK_BUILD:-$project/build/release}/bin
cluster_first_port=${WARDESK_CLUSTER_PORT:-8451}
cluster_site=cluster
postgres=$project/tests/support/postgres

cluster_count() { cat "$cluster/brokers" 2>/dev/null || echo 0; }
cluster_numbers() { seq 1 "$(cluster_count)"; }
cluster_port() { echo $((cluster_first_port + $1 - 1)); }
cluster_url() { echo "https://127.0.0.1:$(cluster_port "$1")"; }
cluster_urls() { # of all brokers, with commas
  local n urls=''
  for n in $(cluster_numbers); do urls="${urls:+$urls,}$(cluster_url "$n")"; done
  echo "$urls"
}
cluster_known() { # NUMBER: fails with words when there is no such broker
  case "$1" in ''|*[!0-9]*) fail "which broker? a number from 1 to $(cluster_count) is expected" ;; esac
  [ "$1" -ge 1 ] && [ "$1" -le "$(cluster_count)" ] || fail "there is no broker $1; there are $(cluster_count)"
}

cluster_secret() { # NAME: the file that holds a password made for this cluster
  local file=$cluster/$1.password
  [ -s "$file" ] || (umask 077; openssl rand -hex 12 | tr -d '\n' > "$file")
  echo "$file"
}

# -- database --------------------------------------------------------------------------------------------------------

cluster_database() {
  if [ -e "$cluster/postgres/cluster.json" ]; then say "the database runs already"; return; fi
  say "making a PostgreSQL server and a standby that every commit waits for"
  "$postgres" start --dir "$cluster/postgres" --standby > "$cluster/postgres.json" ||
    fail "PostgreSQL does not start: $(tail -n 3 "$cluster/postgres.json")"
  install -m 600 "$(jq -r .passwordFile "$cluster/postgres.json")" "$cluster/database.password"
}

cluster_nodes() {
  "$postgres" status "$cluster/postgres" | jq -r '("primary", "standby") as $name | .[$name] // empty |
    "postgresql \($name): \(if .running | not then "does not run" elif .inRecovery == true then "follows"
      elif .inRecovery == false then "writes" else "does not answer" end) (port \(.port))"'
}

# -- brokers ---------------------------------------------------------------------------------------------------------

cluster_configure() { # NUMBER
  local port; port=$(cluster_port "$1")
  install -d -m 711 "$cluster/broker-$1"
  cat > "$cluster/broker-$1.toml" <<CONF
[broker]
listen = ["127.0.0.1:$port", "$WARDESK_HOST_ADDRESS:$port"]
state = "$cluster/broker-$1"
site = "$cluster_site"

[store]
database = "$(jq -r .uri "$cluster/postgres.json")"
password_file = "$cluster/database.password"

[cluster]
name = "broker-$1"
peer_address = "127.0.0.1:$port"

[hypervisor]
uri = "$LIBVIRT_URI"
network = "$WARDESK_NETWORK"
prefix = 24
first_address = "$WARDESK_PREFIX.200"
last_address = "$WARDESK_PREFIX.239"
agent_address = "$WARDESK_HOST_ADDRESS:$port"
CONF
}

cluster_answers() { # NUMBER
  [ -r "$cluster/broker-$1/ca.pem" ] &&
    curl -sf --max-time 2 --cacert "$cluster/broker-$1/ca.pem" "$(cluster_url "$1")/api/v1/health"
}

cluster_start_broker() { # NUMBER
  local name=cluster-broker-$1 pid
  if pid_alive "$name"; then say "broker $1 runs already"; return; fi
  setsid "$cluster_bin/wardesk-broker" --config "$cluster/broker-$1.toml" >> "$WARDESK_RUN/$name.log" 2>&1 < /dev/null &
  pid=$!
  wait_until 5 daemon_has_become "$pid" wardesk-broker || fail "broker $1 did not start: $(tail -n 3 "$WARDESK_RUN/$name.log")"
  pid_keep "$name" "$pid" wardesk-broker
  wait_until 30 cluster_answers "$1" || fail "broker $1 does not answer: $(tail -n 3 "$WARDESK_RUN/$name.log")"
  say "broker $1 answers at $(cluster_url "$1")"
}

cluster_signal() { # NUMBER SIGNAL
  local pid
  pid_alive "cluster-broker-$1" || fail "broker $1 does not run"
  read -r pid _ < "$WARDESK_RUN/cluster-broker-$1.pid"
  kill "-$2" "$pid"
}

cluster_join() { # NUMBER: on two machines, ... cluster export - | ssh OTHER wardesk-broker cluster join -
  "$cluster_bin/wardesk-broker" --config "$cluster/broker-1.toml" cluster export - |
    "$cluster_bin/wardesk-broker" --config "$cluster/broker-$1.toml" cluster join -
}

cluster_brokers() { # COUNT
  local n
  echo "$1" > "$cluster/brokers"
  for n in $(cluster_numbers); do cluster_configure "$n"; done
  if [ ! -e "$cluster/admin.made" ]; then
    "$cluster_bin/wardesk-broker" --config "$cluster/broker-1.toml" user add admin --admin \
      --password-file "$(cluster_secret admin)" > /dev/null
    : > "$cluster/admin.made"
  fi
  for n in $(cluster_numbers); do
    if [ "$n" != 1 ] && [ ! -e "$cluster/broker-$n/ca.key" ]; then cluster_join "$n"; fi
    cluster_start_broker "$n"
  done
}

# -- what is in it ---------------------------------------------------------------------------------------------------

cluster_ctl() {
  "$cluster_bin/wardeskctl" --url "$(cluster_urls)" --ca "$cluster/broker-1/ca.pem" --token-file "$cluster/admin.token" "$@"
}

cluster_pool() {
  cluster_ctl login --user admin --password-file "$(cluster_secret admin)" > /dev/null
  if [ ! -e "$cluster/pool.made" ]; then
    cluster_ctl image add plain --version 1 --source "$(readlink -f "$WARDESK_IMAGES/plain")/rootfs" > /dev/null
    cluster_ctl pool create ward --image plain --spare 2 --max 4 --everybody > /dev/null
    cluster_ctl user add nurse --password-file "$(cluster_secret nurse)" > /dev/null
    : > "$cluster/pool.made"
  fi
  say "waiting for a desktop that is ready"
  wait_until 90 cluster_ready || fail "no desktop became ready: $(tail -n 3 "$WARDESK_RUN/cluster-broker-1.log")"
}

cluster_ready() { [ "$(cluster_ctl --json pool show ward | jq .ready)" -ge 1 ]; }

cluster_domains() { # of this cluster's own desktops, by the site in their metadata
  local domain
  for domain in $(lxc list --name); do
    if lxc dumpxml "$domain" | grep -E "site=[\"']$cluster_site[\"']" > /dev/null; then echo "$domain"; fi
  done
}

cluster_status() {
  local n state
  [ "$(cluster_count)" != 0 ] || { echo "there is no cluster; packaging/cluster start makes one"; exit 3; }
  for n in $(cluster_numbers); do
    state="does not run"
    if pid_alive "cluster-broker-$n"; then
      if cluster_answers "$n" > /dev/null; then state="answers"; else state="does not answer"; fi
    fi
    echo "broker $n: $state ($(cluster_url "$n"))"
  done
  cluster_nodes
  if [ -e "$cluster/admin.token" ]; then cluster_ctl broker list 2>/dev/null || true; fi
}

cluster_stop() {
  local n domain
  for n in $(cluster_numbers); do
    if pid_alive "cluster-broker-$n"; then cluster_signal "$n" CONT; fi # one that stands still cannot end
  done
  for n in $(cluster_numbers); do pid_stop "cluster-broker-$n"; done
  if libvirt_answers > /dev/null 2>&1; then
    for domain in $(cluster_domains); do
      lxc destroy "$domain" > /dev/null 2>&1 || true
      say "removed $domain"
    done
  fi
  if [ -e "$cluster/postgres/cluster.json" ]; then "$postgres" stop "$cluster/postgres" > /dev/null; fi
  if [ -e "$cluster/services.started" ]; then "$packaging/services" stop --idle; fi
  rm -rf "$cluster"
}
