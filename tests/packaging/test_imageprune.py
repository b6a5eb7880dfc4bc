#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""R8: a new version of an image takes nothing away from a desktop that runs from an older one."""

import ctypes
import os
import pathlib
import subprocess
import sys
import tempfile

LIBRARY = pathlib.Path(__file__).resolve().parents[2] / "packaging" / "lib"
OLD, NEW = "ward-0123456789abcdef", "ward-fedcba9876543210"
MS_BIND, MS_REC, MS_PRIVATE, MNT_DETACH, CLONE_NEWNS = 0x1000, 0x4000, 1 << 18, 2, 0x20000


def make_version(images, version):
    root = images / ".versions" / version / "rootfs"
    (root / "usr/lib").mkdir(parents=True)
    (root / "usr/lib/os-release").write_text("ID=debian\n")
    for folder in ("mnt", "upper"):
        (root / folder).mkdir()
    return root


def become_desktop(root):
    """As libvirt and wardesk-init do: the image becomes the root, an overlay of it takes its place, and the image's own
    mount is let go of."""
    libc = ctypes.CDLL(None, use_errno=True)

    def must(result):
        if result != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    def enter(folder):
        os.chdir(folder)
        must(libc.pivot_root(b".", b"mnt"))
        must(libc.umount2(b"/mnt", MNT_DETACH))
        os.chdir("/")

    must(libc.unshare(CLONE_NEWNS))
    must(libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None))
    must(libc.mount(str(root).encode(), str(root).encode(), None, MS_BIND, None))
    enter(root)
    must(libc.mount(b"changes", b"/upper", b"tmpfs", 0, None))
    for folder in ("changes", "work", "root"):
        os.mkdir(f"/upper/{folder}")
    must(libc.mount(b"desktop", b"/upper/root", b"overlay", 0,
                    b"lowerdir=/,upperdir=/upper/changes,workdir=/upper/work"))
    enter("/upper/root")


def prune(images):
    script = 'set -euo pipefail; . "$1/common.sh"; . "$1/environment.sh"; . "$1/recipe.sh"; image_prune ward'
    subprocess.run(["bash", "-c", script, "prune", LIBRARY], check=True,
                   env={**os.environ, "WARDESK_IMAGES": str(images)})


def main():
    if os.geteuid() != 0:
        print("needs root, for mounts")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        images = pathlib.Path(folder) / "images"
        root = make_version(images, OLD)
        make_version(images, NEW)
        (images / "ward").symlink_to(f".versions/{NEW}")
        (ready, tell), (end, release) = os.pipe(), os.pipe()
        child = os.fork()
        if child == 0:
            os.close(release)
            try:
                become_desktop(root)
                os.write(tell, b"y")
                os.read(end, 1)  # until the test lets go
            finally:
                os._exit(0)
        os.close(tell)
        if os.read(ready, 1) != b"y":
            print("no overlay can be mounted here")
            return 77
        prune(images)
        assert (root / "usr/lib/os-release").exists(), "the image of a running desktop was removed"
        os.close(release)
        os.waitpid(child, 0)
        prune(images)
        assert not root.exists(), "an image that nobody uses was kept"
        assert (images / "ward" / "rootfs").exists(), "the newest image was removed"
    return 0


if __name__ == "__main__":
    sys.exit(main())
