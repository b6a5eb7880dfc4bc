# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
# Sourced by the scripts of packaging/ and tests/: plain words on the screen, one way to fail.

say()  { printf '%s  %s\n' "$(date +%H:%M:%S)" "$*" >&2; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

need_root() { [ "$(id -u)" = 0 ] || fail "this must run as root (try: sudo $0)"; }

debian_release() { # prints 12 or 13, or fails
  local id='' version=''
  [ -r /etc/os-release ] && { id=$(. /etc/os-release; echo "${ID:-}"); version=$(. /etc/os-release; echo "${VERSION_ID:-}"); }
  case "$id:$version" in
    debian:12|debian:13) echo "$version" ;;
    *) fail "Wardesk builds on Debian 12 or 13; this machine says '${id:-unknown} ${version}'" ;;
  esac
}

debian_mirror() { # the base URI of the Debian archive that apt uses here already
  local uri
  uri=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    awk '$2 ~ /^(bookworm|trixie|stable)$/ && $3 == "main" { print $1; exit }')
  [ -n "$uri" ] || fail "no Debian package source found in the apt configuration; add one and run this again"
  printf '%s\n' "${uri%/}"
}

has_systemd() { [ -d /run/systemd/system ]; }
