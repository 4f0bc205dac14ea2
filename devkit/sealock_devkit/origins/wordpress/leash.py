# SPDX-License-Identifier: Apache-2.0
"""
Runs a server with all its children, and ends them together, even when whoever started it was killed.

PHP's built-in server leaves its workers behind when it ends, and a killed test run ends nothing at all. So each
server gets a process group of its own, led by this module's `main`, which holds on to its standard input: when
that closes, for whatever reason, the group ends.
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
from collections.abc import Mapping, Sequence
from pathlib import Path

SECONDS_TO_END = 10.0
_PR_SET_CHILD_SUBREAPER = 36  # the workers of a server that has ended are ours to wait for


class Leashed:
    """
    A running server. `stop` ends it and everything it started, and nothing else.

    Its output goes to `log`. Its environment holds `environment` and PATH, nothing more.
    """

    def __init__(self, command: Sequence[str], *, log: Path, environment: Mapping[str, str]) -> None:
        self._log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-m", __name__, *command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path), **environment},
                start_new_session=True,
            )

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    def last_words(self) -> str:
        """The end of its log."""
        return self._log.read_text(errors="replace")[-2000:]

    def stop(self) -> None:
        """End it, first politely; returns when it is gone."""
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait()


def main(command: Sequence[str]) -> None:
    """Run the command until it ends or standard input closes, then end the whole process group."""
    for ignored in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        # A handler, not SIG_IGN, which the command would inherit.
        signal.signal(ignored, lambda *_: None)
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
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
