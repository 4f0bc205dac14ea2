# SPDX-License-Identifier: Apache-2.0
"""A real Valkey (or Redis) as a process of its own, set up as `k8s/components/valkey` sets it up."""

from __future__ import annotations

import asyncio
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Self

import pytest

from sealock_devkit.stack.process import free_port

SETTINGS = Path(__file__).parents[1] / "k8s/components/valkey/valkey.conf"
PROGRAMS = ("valkey-server", "redis-server")


class ValkeyServer:
    """
    Starts, is killed, hangs; keeps its port and its data meanwhile, in a folder that is made where it is not there.

    `settings` are lines of its configuration.
    """

    def __init__(self, folder: Path, *settings: str, encrypted: bool = False) -> None:
        program = next(filter(None, map(shutil.which, PROGRAMS)), None)
        if program is None:
            pytest.skip(f"{PROGRAMS[0]} is missing: apt-get install {PROGRAMS[0]}")
        folder.mkdir(exist_ok=True)
        self._program = program
        self._folder = folder
        self._settings = settings
        self._encrypted = encrypted
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        self.url = f"{'valkeys' if encrypted else 'valkey'}://localhost:{self.port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self.go_on()
            self.kill()

    def start(self) -> None:
        ports = f"port 0\ntls-port {self.port}" if self._encrypted else f"port {self.port}\ntls-port 0"
        lines = [SETTINGS.read_text(), ports, f"dir {self._folder}", "bind 127.0.0.1", *self._settings]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen([self._program, "-"], stdin=subprocess.PIPE, stdout=log, stderr=log)
        assert self._process.stdin is not None
        self._process.stdin.write("\n".join(lines).encode() + b"\n")
        self._process.stdin.close()
        until = time.monotonic() + 20
        while not self._listens():
            assert self._process.poll() is None, (self._folder / "log").read_text()
            assert time.monotonic() < until
            time.sleep(0.02)

    def kill(self) -> None:
        """As when its machine dies."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._process = None

    def hang(self) -> None:
        """It answers nobody, and its connections stay."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


class Cutting:
    """Stands before a server. It can lose the answer to what comes next: it is done, and the connection is cut."""

    def __init__(self, port):
        self._port = port
        self.lose = 0

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"valkey://localhost:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_):
        self._server.close()

    async def _serve(self, reader, writer):
        answers, questions = await asyncio.open_connection("127.0.0.1", self._port)
        while asked := await reader.read(65_536):
            questions.write(asked)
            answer = await answers.read(65_536)
            if self.lose and b"EVALSHA" in asked:
                self.lose -= 1
                break
            writer.write(answer)
        writer.close()
        questions.close()
