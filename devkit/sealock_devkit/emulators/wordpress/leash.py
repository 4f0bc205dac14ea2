# SPDX-License-Identifier: Apache-2.0
"""
Runs a server with all its children, and ends them together, even when whoever started it was killed.

PHP's built-in server leaves its workers behind when it ends, and a killed test run ends nothing at all. So each
server gets a process group of its own, led by `keeper.py`, which ends the group when we let go of it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

_KEEPER = Path(__file__).with_name("keeper.py")


class Leashed:
    """
    A running server. `stop` ends it and everything it started, and nothing else.

    Its output goes to `log`. Its environment holds `environment` and PATH, nothing more.
    """

    def __init__(self, command: Sequence[str], *, log: Path, environment: Mapping[str, str]) -> None:
        self._log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and file
                [sys.executable, "-I", str(_KEEPER), *command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                env={"PATH": os.environ["PATH"], **environment},
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
