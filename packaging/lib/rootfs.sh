# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
# Sourced inside a mount namespace of its own (see recipe_build): makes one root file system.

rootfs_suite=trixie
: "${ROOTFS_CACHE:=desktop}" # builds that run at the same time must not share a package cache

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
  install -d "$WARDESK_CACHE/$ROOTFS_CACHE/packages/partial"
  mount --bind "$WARDESK_CACHE/$ROOTFS_CACHE/packages" "$root/var/cache/apt/archives"
  install -d "$root/var/lib/apt/lists/partial"
  install -d "$WARDESK_CACHE/$ROOTFS_CACHE/lists/partial"
  mount --bind "$WARDESK_CACHE/$ROOTFS_CACHE/lists" "$root/var/lib/apt/lists"
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

rootfs_run() { # SCRIPT of the recipe, inside the root file system
  [ -x "$1" ] || return 0
  install -m 755 "$1" "$rootfs_root/tmp/script"
  rootfs_quietly rootfs_enter /tmp/script
}

rootfs_overlay() { # FOLDER: a packaged file that is replaced stays beside the new one as FILE.package
  local path
  while IFS= read -r path; do
    if [ -f "$rootfs_root/$path" ] && [ ! -e "$rootfs_root/$path.package" ]; then
      mv "$rootfs_root/$path" "$rootfs_root/$path.package"
    fi
  done < <(cd "$1" && find . -type f)
  cp -a --no-preserve=ownership --remove-destination "$1/." "$rootfs_root/"
}

rootfs_as_packaged() { # PATH...: takes back what a recipe has replaced
  local path
  for path in "$@"; do
    cp -p "$rootfs_root$path.package" "$rootfs_root$path.new"
    mv -f "$rootfs_root$path.new" "$rootfs_root$path"
  done
}

# Root of a container is nobody on the host: the files of an image belong to ids that start here, in the image as they do
# in the container (the broker maps them by the owner of the image's root). Nobody else gives ids from here on: people's are
# below 65536, their containers' (subuid) below 600165537, those of systemd-nspawn below 1879048192, those of directories
# (sssd, FreeIPA) below 2000200000.
rootfs_first_id=2100000000

rootfs_shift() { # ROOT BY: owners and groups that are not where they belong, by so much
  local root=$1 by=$2 uid gid
  find "$root" -xdev -printf '%U %G\n' | sort -u | while read -r uid gid; do
    if [ "$by" -gt 0 ] && [ "$uid" -ge "$rootfs_first_id" ] || [ "$by" -lt 0 ] && [ "$uid" -lt "$rootfs_first_id" ]; then continue; fi
    find "$root" -xdev -uid "$uid" -gid "$gid" -exec chown -h "$((uid + by)):$((gid + by))" {} +
  done
}

rootfs_make() { # ROOT RECIPE-FOLDER PARENT-ROOT PACKAGES BACKPORTS LINKED AS-PACKAGED OWN-IDS
  local folder=$2 parent=$3 packages=$4 backports=$5 linked=$6 as_packaged=$7 own_ids=$8 file
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
    [ "$(stat -c %u "$rootfs_root")" != "$rootfs_first_id" ] || rootfs_shift "$rootfs_root" "-$rootfs_first_id"
  fi

  if [ "$linked" = no ]; then
    rootfs_prepare "$rootfs_root"
    rootfs_run "$folder/prepare"
    if [ -n "$packages$backports" ]; then
      say "  installing packages: $(echo $packages $backports)"
      rootfs_quietly rootfs_enter apt-get update -q
      [ -z "$packages" ] || rootfs_quietly rootfs_enter apt-get install -q -y --no-install-recommends $packages
      [ -z "$backports" ] || rootfs_quietly rootfs_enter apt-get install -q -y --no-install-recommends \
        -t "$rootfs_suite-backports" $backports
    fi
  fi
  [ ! -d "$folder/files" ] || rootfs_overlay "$folder/files"
  rootfs_as_packaged $as_packaged
  if [ "$linked" = no ]; then rootfs_run "$folder/customize"
  elif [ -e "$folder/prepare" ] || [ -e "$folder/customize" ]; then fail "a recipe with linked=yes can only replace files"
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
  [ "$own_ids" = no ] || rootfs_shift "$rootfs_root" "$rootfs_first_id"
}
