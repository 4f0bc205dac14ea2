# SPDX-License-Identifier: Apache-2.0
"""
`keeper.py COMMAND...`: runs a server with all its children, and ends them together.

It leads a process group of its own and holds on to its standard input: when that closes, for whatever reason, the
whole group ends. It is run as a file, with nothing but the standard library, so that it starts at once.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

SECONDS_TO_END = 10.0
PR_SET_CHILD_SUBREAPER = 36  # the workers of a server that has ended are ours to wait for


def main(command: Sequence[str]) -> None:
    """Run the command until it ends or standard input closes, then end the whole process group."""
    for ignored in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        # A handler, not SIG_IGN, which the command would inherit.
        signal.signal(ignored, lambda *_: None)
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 - what our caller asked for
    threading.Thread(target=_end_when_let_go, daemon=True).start()
    server.wait()
    os.killpg(0, signal.SIGTERM)
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()


def _end_when_let_go() -> None:
    while os.read(0, 1024):
        pass
    os.killpg(0, signal.SIGTERM)
    time.sleep(SECONDS_TO_END)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1:])
