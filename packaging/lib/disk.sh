# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
# Sourced by lib/recipe.sh: a virtual machine's disk, kernel and initrd from a root file system. No loop device and no mount
# is needed: the disk is one ext4 file system, and the host boots the kernel directly.

disk_make() { # ROOT FOLDER: FOLDER/{disk.raw,vmlinuz,initrd.img}
  local root=$1 folder=$2 size
  cp "$(find "$root/boot" -name 'vmlinuz-*' | sort -V | tail -n 1)" "$folder/vmlinuz"
  cp "$(find "$root/boot" -name 'initrd.img-*' | sort -V | tail -n 1)" "$folder/initrd.img"
  rm -rf "$root/boot" "$root/vmlinuz"* "$root/initrd.img"*; install -d "$root/boot"
  # 1 GiB for what a desktop writes in its life; a hole in the file until then
  size=$(($(du -s -B1M --apparent-size "$root" | cut -f1) * 5 / 4 + 1024))
  rm -f "$folder/disk.raw"; truncate -s "${size}M" "$folder/disk.raw"
  # A journal and room for root: the disk of a dedicated desktop is kept, and each of its lives ends like a power cut
  mke2fs -q -t ext4 -J size=32 -E lazy_itable_init=0,root_owner=0:0 -m 1 -L wardesk -d "$root" "$folder/disk.raw"
}

disk_content() { # FOLDER: names the three files' content
  (cd "$1" && sha256sum disk.raw vmlinuz initrd.img) | sha256sum | cut -c1-32
}

disk_put() { # FOLDER FILE PATH-IN-IMAGE: into a new disk beside the old one, which machines may be running from
  local folder=$1 file=$2 path=$3 log
  log=$(mktemp)
  debugfs -R "dump $path $log" "$folder/disk.raw" 2>/dev/null || true
  if cmp -s "$file" "$log"; then rm -f "$log"; return 1; fi
  cp --sparse=always --reflink=auto "$folder/disk.raw" "$folder/disk.raw.new"
  printf 'rm %s\nwrite %s %s\nset_inode_field %s mode 0100755\nset_inode_field %s uid 0\nset_inode_field %s gid 0\n' \
    "$path" "$file" "$path" "$path" "$path" "$path" | debugfs -w -f - "$folder/disk.raw.new" > "$log" 2>&1
  debugfs -R "dump $path $log" "$folder/disk.raw.new" 2>/dev/null
  cmp -s "$file" "$log" || { rm -f "$log" "$folder/disk.raw.new"; fail "$path could not be put into $folder/disk.raw"; }
  rm -f "$log"
  mv -f "$folder/disk.raw.new" "$folder/disk.raw"
}
