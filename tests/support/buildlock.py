# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""One build folder for one run: two that build into the same folder mix objects of different sources, and what a sanitizer
or gcov says of those is not true."""

import contextlib
import fcntl


@contextlib.contextmanager
def only_user_of(folder):
    """Holds the folder; RuntimeError at once when another run has it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".in-use").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RuntimeError(f"another run is using {folder}: wait for it or end it") from None
        yield
