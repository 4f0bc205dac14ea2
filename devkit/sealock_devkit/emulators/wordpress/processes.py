# SPDX-License-Identifier: Apache-2.0
"""
The processes of a WordPress: servers that end with all their children, and a PHP that takes orders.

PHP's built-in server leaves its workers behind when it ends, and a killed test run ends nothing at all. So each
server gets a process group of its own. It is led by this file, run as a program (`processes.py COMMAND...`, with
nothing but the standard library, so that it starts at once), which holds on to its standard input: when that closes,
for whatever reason, the whole group ends.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

SCRIPTS = Path(__file__).parent / "php"
PHP_SETTINGS = ("-d", "memory_limit=256M", "-d", "display_errors=stderr", "-d", "opcache.enable_cli=1")
SECONDS_TO_END = 10.0
PR_SET_CHILD_SUBREAPER = 36  # the workers of a server that has ended are ours to wait for


class Server:
    """
    A running server. `stop` ends it and everything it started, and nothing else.

    Its output goes to `log`. Its environment holds `environment` and PATH, nothing more.
    """

    def __init__(self, command: Sequence[str], *, log: Path, environment: Mapping[str, str]) -> None:
        self._log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and file
                [sys.executable, "-I", str(Path(__file__)), *command],
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


class Control:
    """
    Gives orders to `control.php`, one after the other, from any thread.

    Its process starts with the first order and ends with `close`, or with this process, however that ends.
    """

    def __init__(self, environment: Mapping[str, str], *, log: Path) -> None:
        self._environment = {"PATH": os.environ["PATH"], **environment}
        self._log = log
        self._process: subprocess.Popen[str] | None = None
        self._one_at_a_time = threading.Lock()

    def order(self, do: str, **details: Any) -> Any:
        """What the script answers. Raises RuntimeError when it cannot do it."""
        with self._one_at_a_time:
            process = self._process or self._start()
            if process.stdin is None or process.stdout is None:
                raise RuntimeError("the process has no pipes")
            try:
                process.stdin.write(json.dumps({"do": do, **details}) + "\n")
                process.stdin.flush()
                line = process.stdout.readline()
            except BrokenPipeError:
                line = ""
            if not line:
                self._end()
                raise RuntimeError(f"WordPress did not {do}: {self._log.read_text(errors='replace')[-2000:]}")
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(f"WordPress did not {do}: {answer['error']}")
        return answer["answer"]

    def close(self) -> None:
        """End the process."""
        with self._one_at_a_time:
            self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(self) -> subprocess.Popen[str]:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own script
                ["php", *PHP_SETTINGS, str(SCRIPTS / "control.php")],  # noqa: S607 - found by PATH, as people do
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=self._environment,
                text=True,
                encoding="utf-8",
            )
        return self._process

    def _end(self) -> None:
        if self._process:
            if self._process.stdin:
                self._process.stdin.close()
            self._process.wait()
            if self._process.stdout:
                self._process.stdout.close()
            self._process = None


def lead_group(command: Sequence[str]) -> None:
    """Run the command until it ends or standard input closes, then end the whole process group."""
    for ignored in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        # A handler, not SIG_IGN, which the command would inherit.
        signal.signal(ignored, lambda *_: None)
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 - what our caller asked for
    threading.Thread(target=_end_with_standard_input, daemon=True).start()
    server.wait()
    os.killpg(0, signal.SIGTERM)
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()


def _end_with_standard_input() -> None:
    while os.read(0, 1024):
        pass
    os.killpg(0, signal.SIGTERM)
    time.sleep(SECONDS_TO_END)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    lead_group(sys.argv[1:])
