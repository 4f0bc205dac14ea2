# SPDX-License-Identifier: Apache-2.0
"""Telling a site's PHP what to do: a process that has WordPress loaded and takes orders."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

SCRIPTS = Path(__file__).parent / "php"
PHP_SETTINGS = ("-d", "memory_limit=256M", "-d", "display_errors=stderr", "-d", "opcache.enable_cli=1")


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
        told = json.loads(line)
        if "error" in told:
            raise RuntimeError(f"WordPress did not {do}: {told['error']}")
        return told["answer"]

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
