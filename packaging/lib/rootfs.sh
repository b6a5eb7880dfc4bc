# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
# Sourced inside a mount namespace of its own (see recipe_build): makes one root file system.

rootfs_suite=trixie

rootfs_sources() { # the package sources of the image, from those of this machine
  local mirror security
  mirror=$(debian_mirror)
  printf 'deb %s %s main\n' "$mirror" "$rootfs_suite" "$mirror" "$rootfs_suite-updates" "$mirror" "$rootfs_suite-backports"
  security=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
    awk '$2 ~ /-security$/ { print $1; exit }')
  [ -z "$security" ] || printf 'deb %s %s main\n' "${security%/}" "$rootfs_suite-security"
}

rootfs_bind() { # FILE ROOT PATH: only while the image is built
  local target=$2$3
  [ -e "$target" ] || { install -d "$(dirname "$target")"; : > "$target"; rootfs_made+=("$target"); }
  mount --bind "$1" "$target"
}

rootfs_enter() { chroot "$rootfs_root" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
  DEBIAN_FRONTEND=noninteractive TERM=dumb "$@"; }

rootfs_quietly() { # COMMAND...: shows its output only when it fails
  local log; log=$(mktemp)
  if ! "$@" > "$log" 2>&1; then tail -n 40 "$log" >&2; rm -f "$log"; return 1; fi
  rm -f "$log"
}

rootfs_prepare() { # mounts and files that exist only during the build
  local root=$1 tmp file
  tmp=$(mktemp -d); mount -t tmpfs -o mode=755 build "$tmp"
  rootfs_made=()
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  mount -t tmpfs -o mode=1777 tmp "$root/tmp"
  install -d "$WARDESK_CACHE/packages/partial"
  mount --bind "$WARDESK_CACHE/packages" "$root/var/cache/apt/archives"
  install -d "$root/var/lib/apt/lists/partial"
  install -d "$WARDESK_CACHE/lists/partial"
  mount --bind "$WARDESK_CACHE/lists" "$root/var/lib/apt/lists"
  for file in /etc/resolv.conf /etc/hosts; do [ ! -r "$file" ] || rootfs_bind "$(readlink -f "$file")" "$root" "$file"; done
  rootfs_sources > "$tmp/sources.list"; rootfs_bind "$tmp/sources.list" "$root" /etc/apt/sources.list
  { apt-config dump --format '%f "%v";%n' Acquire::http::Proxy Acquire::https::Proxy 2>/dev/null || true
    printf 'APT::Install-Recommends "false";\nAPT::Sandbox::User "root";\nAcquire::Retries "3";\nDpkg::Use-Pty "0";\n'
    printf 'APT::Keep-Downloaded-Packages "true";\n'
  } > "$tmp/apt.conf"
  rootfs_bind "$tmp/apt.conf" "$root" /etc/apt/apt.conf.d/99build
  printf '#!/bin/sh\nexit 101\n' > "$tmp/policy"; chmod 755 "$tmp/policy"
  rootfs_bind "$tmp/policy" "$root" /usr/sbin/policy-rc.d
}

rootfs_make() { # ROOT RECIPE-FOLDER PARENT-ROOT PACKAGES BACKPORTS LINKED
  local folder=$2 parent=$3 packages=$4 backports=$5 linked=$6 file
  rootfs_root=$1
  if [ -z "$parent" ]; then
    say "  bootstrapping Debian $rootfs_suite"
    rootfs_sources > "/tmp/wardesk-sources.$$"
    # the packages' man pages and translations are of no use in a desktop that is thrown away
    rootfs_quietly mmdebstrap --quiet --mode=root --variant=apt --aptopt='Acquire::Retries "3"' \
      --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
      --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
      "$rootfs_suite" "$rootfs_root" "/tmp/wardesk-sources.$$" || { rm -f "/tmp/wardesk-sources.$$"; return 1; }
    rm -f "/tmp/wardesk-sources.$$" "$rootfs_root/etc/apt/sources.list.d/"*wardesk-sources*
    rm -f "$rootfs_root/etc/apt/sources.list"
  elif [ "$linked" = yes ]; then
    # Only files may differ from the parent's; those are replaced, never written into.
    cp -al "$parent" "$rootfs_root"
  else
    cp -a --reflink=auto "$parent" "$rootfs_root"
  fi

  if [ "$linked" = no ]; then
    rootfs_prepare "$rootfs_root"
    if [ -n "$packages$backports" ]; then
      say "  installing packages: $(echo $packages $backports)"
      rootfs_quietly rootfs_enter apt-get update -q
      [ -z "$packages" ] || rootfs_quietly rootfs_enter apt-get install -q -y --no-install-recommends $packages
      [ -z "$backports" ] || rootfs_quietly rootfs_enter apt-get install -q -y --no-install-recommends \
        -t "$rootfs_suite-backports" $backports
    fi
  fi
  [ ! -d "$folder/files" ] || cp -a --no-preserve=ownership --remove-destination "$folder/files/." "$rootfs_root/"
  if [ -x "$folder/customize" ]; then
    [ "$linked" = no ] || fail "a recipe with linked=yes cannot have a customize script"
    say "  customizing"
    cp "$folder/customize" "$rootfs_root/tmp/customize"
    rootfs_quietly rootfs_enter WARDESK_PREFIX="$WARDESK_PREFIX" WARDESK_HIS_ADDRESS="$WARDESK_HIS_ADDRESS" \
      WARDESK_SUBNET="$WARDESK_SUBNET" /tmp/customize
  fi
  if [ "$linked" = no ]; then
    umount -l "$rootfs_root/var/lib/apt/lists" "$rootfs_root/var/cache/apt/archives" "$rootfs_root/etc/apt/sources.list" \
      "$rootfs_root/etc/apt/apt.conf.d/99build" "$rootfs_root/usr/sbin/policy-rc.d" "$rootfs_root/tmp"
    for file in /etc/resolv.conf /etc/hosts; do ! mountpoint -q "$rootfs_root$file" || umount -l "$rootfs_root$file"; done
    umount -R -l "$rootfs_root/dev"; umount -l "$rootfs_root/proc"
    [ ${#rootfs_made[@]} = 0 ] || rm -f "${rootfs_made[@]}"
    rm -rf "$rootfs_root"/var/log/*.log "$rootfs_root"/var/log/apt/* "$rootfs_root"/var/cache/{debconf/*-old,man/*,apt/*.bin}
    : > "$rootfs_root/etc/machine-id"
  fi
}
