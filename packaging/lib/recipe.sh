# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
# Sourced by image/build and his/machine after common.sh, environment.sh and rootfs.sh.
#
# A finished image is $WARDESK_IMAGES/.versions/<name>-<hash>/ {rootfs, image.json}, and <name> is a symbolic link to it
# that is replaced by one rename: what is half built has no such link, and a desktop that runs keeps the version it has.
# Image <recipe>-disk is the same recipe as a virtual machine's disk: {disk.raw, vmlinuz, initrd.img, image.json}.
. "$(dirname "${BASH_SOURCE[0]}")/disk.sh"

recipe_folder() { # NAME
  local folder
  case "$1" in *-disk) printf '%s\n' "$(dirname "${BASH_SOURCE[0]}")/../image/disk"; return ;; esac
  for folder in "${RECIPE_FOLDERS[@]}"; do
    if [ -r "$folder/$1/recipe.conf" ]; then printf '%s\n' "$folder/$1"; return; fi
  done
  fail "no recipe '$1' in ${RECIPE_FOLDERS[*]}"
}

recipe_get() ( # NAME KEY: recipe.conf is a list of shell assignments
  folder=$(recipe_folder "$1")
  description='' extends='' packages='' backports='' linked=no as_packaged='' disk=no own_ids=yes
  . "$folder/recipe.conf"
  case "$1" in *-disk) extends=${1%-disk} ;; esac
  printf '%s\n' "${!2}"
)

recipe_hash() { # NAME: of all that decides what is in the image, parents included
  local folder parent
  folder=$(recipe_folder "$1")
  parent=$(recipe_get "$1" extends)
  {
    [ -z "$parent" ] || recipe_hash "$parent"
    cat "$(dirname "${BASH_SOURCE[0]}")/rootfs.sh"
    [ "$(recipe_get "$1" disk)" = no ] || cat "$(dirname "${BASH_SOURCE[0]}")/disk.sh"
    # names, modes, link targets and contents, in a fixed order
    (cd "$folder" && find . -printf '%P %y %m %l\n' | LC_ALL=C sort &&
      find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum)
  } | sha256sum | cut -c1-16
}

image_hash() { # NAME: of the image that is there, or nothing
  [ ! -r "$WARDESK_IMAGES/$1/image.json" ] || jq -r .hash "$WARDESK_IMAGES/$1/image.json"
}

recipe_build() { # NAME FORCE
  local name=$1 force=$2 folder parent hash work started
  folder=$(recipe_folder "$name")
  parent=$(recipe_get "$name" extends)
  hash=$(recipe_hash "$name")
  if [ "$force" = no ] && [ "$(image_hash "$name")" = "$hash" ]; then
    say "image $name is up to date ($hash)"; return
  fi
  [ -z "$parent" ] || recipe_build "$parent" no

  say "building image $name: $(recipe_get "$name" description)"
  started=$(date +%s)
  install -d "$WARDESK_IMAGES/.versions"
  work=$WARDESK_IMAGES/.versions/.building-$name
  rm -rf --one-file-system "$work"
  install -d "$work"
  # All mounts of a build are in a mount namespace that ends with it, however it ends.
  if ! unshare -m --propagation private bash -c '
      set -euo pipefail
      # The package udev would give them a group, by the number that it has in the image
      none=$(mktemp); for node in /dev/kvm /dev/vhost-net /dev/vhost-vsock; do [ ! -e "$node" ] || mount --bind "$none" "$node"; done
      . "$1/common.sh"; . "$1/environment.sh"; . "$1/rootfs.sh"; rootfs_make "${@:2}"; rm -f "$none"' build \
      "$(dirname "${BASH_SOURCE[0]}")" "$work/rootfs" "$folder" "${parent:+$WARDESK_IMAGES/$parent/rootfs}" \
      "$(recipe_get "$name" packages)" "$(recipe_get "$name" backports)" "$(recipe_get "$name" linked)" \
      "$(recipe_get "$name" as_packaged)" "$(recipe_get "$name" own_ids)"; then
    rm -rf --one-file-system "$work"
    fail "image $name was not built; what stood there before is as it was"
  fi
  local made=$work/rootfs kind=lxc content=''
  if [ "$(recipe_get "$name" disk)" = yes ]; then
    say "  making the disk"
    disk_make "$work/rootfs" "$work"
    rm -rf --one-file-system "$work/rootfs"
    made=$work/disk.raw kind=qemu content=$(disk_content "$work")
  fi
  jq -n --arg name "$name" --arg hash "$hash" --arg description "$(recipe_get "$name" description)" \
    --arg parent "$parent" --arg created "$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
    --arg kind "$kind" --arg content "$content" \
    --argjson size "$(du -s -B1 "$made" | cut -f1)" --argjson seconds "$(($(date +%s) - started))" \
    '{name: $name, version: ($created[0:10] + "-" + $hash[0:8]), hash: $hash, description: $description,
      extends: $parent, created: $created, size: $size, seconds: $seconds, kind: $kind}
      + if $content == "" then {} else {content: $content} end' > "$work/image.json"

  local version=$name-$hash
  [ ! -e "$WARDESK_IMAGES/.versions/$version" ] || version+=-$(date +%s)
  mv -T "$work" "$WARDESK_IMAGES/.versions/$version"
  ln -sfn ".versions/$version" "$WARDESK_IMAGES/.link-$name"
  mv -fT "$WARDESK_IMAGES/.link-$name" "$WARDESK_IMAGES/$name"
  image_prune "$name"
  say "image $name is ready: $((($(jq .size "$WARDESK_IMAGES/$name/image.json") + 524288) / 1048576)) MiB in $(($(date +%s) - started)) s"
}

image_in_use() { # VERSION-FOLDER: does a desktop, or anything else, still run from it?
  local probe inode link
  # A desktop that is kept for its user names the version that its disk was made from, also while it is switched off.
  for link in "${WARDESK_KEPT:-/var/lib/wardesk/kept}"/*.image; do
    case $(readlink "$link") in */.versions/"${1##*/}"/*) return 0 ;; esac
  done
  if grep -qsF "/.versions/${1##*/}/" /proc/[0-9]*/mountinfo; then return 0; fi
  # A desktop enters an overlay of the image and lets go of the mount itself, so that no mount table names the image any
  # more; but the overlay's files keep the numbers that they have in the image.
  probe=usr/lib/os-release
  inode=$(stat -c %i "$1/rootfs/$probe" 2>/dev/null) || return 1
  stat -c %i /proc/[0-9]*/root/$probe 2>/dev/null | grep -x "$inode" >/dev/null
}

image_prune() { # NAME: older versions that no desktop runs from
  local current old
  current=$(readlink "$WARDESK_IMAGES/$1")
  for old in "$WARDESK_IMAGES/.versions/$1"-????????????????{,-*}; do
    [ -d "$old" ] && [ ".versions/${old##*/}" != "$current" ] || continue
    if image_in_use "$old"; then
      say "keeping ${old##*/}: desktops run from it"
    else
      rm -rf --one-file-system "$old"
    fi
  done
}

image_put() { # NAME FILE PATH-IN-IMAGE: by rename, so that a desktop that runs keeps the file it has open
  local folder=$WARDESK_IMAGES/$1 root=$WARDESK_IMAGES/$1/rootfs
  if [ -f "$folder/disk.raw" ]; then
    disk_put "$folder" "$2" "$3" || return 0
    jq --arg content "$(disk_content "$folder")" '.content = $content' "$folder/image.json" > "$folder/image.json.new"
    mv -f "$folder/image.json.new" "$folder/image.json"
    say "put $(basename "$3") into image $1"; return
  fi
  [ -d "$root" ] || fail "there is no image '$1'"
  if cmp -s "$2" "$root$3"; then return; fi
  install -D -m 755 -o "$(stat -c %u "$root")" -g "$(stat -c %g "$root")" "$2" "$root$3.new"
  mv -f "$root$3.new" "$root$3"
  say "put $(basename "$3") into image $1"
}
