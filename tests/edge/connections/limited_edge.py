# SPDX-License-Identifier: Apache-2.0
"""`sealock edge` as a process with limits of the test's own, and peers that behave as badly as one likes."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import trustme

from sealock_devkit.stack.process import free_port
from tests.edge.edge_under_test import MovedClock, add_key
from tests.edge.processes.edge_process import toml

PATIENCE = 30
"""Seconds until a test gives up. What is waited for comes after a second or two."""
PULL = b"POST /guestbook/pull HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
GET = b"GET /guestbook/nothing HTTP/1.1\r\nHost: x\r\n\r\n"


class Peer:
    """One connection, of which every byte is the test's."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self._received = b""

    def send(self, data: bytes) -> bool:
        """Whether it could be sent: the edge may have hung up."""
        try:
            self.socket.sendall(data)
        except OSError:
            return False
        return True

    def send_until_answered(self, piece: bytes, most: int = 2000) -> None:
        """Go on and on, until something comes back."""
        self.socket.settimeout(0)
        for _ in range(most):
            with contextlib.suppress(BlockingIOError, ssl.SSLWantWriteError):
                self.socket.send(piece)
            with contextlib.suppress(BlockingIOError, ssl.SSLWantReadError):
                self._received += self.socket.recv(65536)
                break
            time.sleep(0.001)
        self.socket.settimeout(PATIENCE)

    def answer(self) -> Answer:
        """The next whole answer."""
        while b"\r\n\r\n" not in self._received:
            self._more()
        head, _, rest = self._received.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
        size = int(headers.get("content-length", 0))
        self._received = rest
        while len(self._received) < size:
            self._more()
        self._received = self._received[size:]
        return Answer(int(lines[0].split()[1]), headers)

    def is_hung_up_on(self) -> bool:
        """Waits until nothing more comes; False if it does not end."""
        try:
            while self.socket.recv(65536):
                pass
        except TimeoutError:
            return False
        except OSError:
            pass
        return True

    def _more(self) -> None:
        received = self.socket.recv(65536)
        assert received, f"the edge hung up after {self._received[:200]!r}"
        self._received += received


class Answer:
    def __init__(self, status: int, headers: dict[str, str]) -> None:
        self.status = status
        self.headers = headers


class LimitedEdge:
    """The process."""

    def __init__(
        self, folder: Path, *, tls: bool, open_files: int, edge: dict[str, Any], limits: dict[str, Any]
    ) -> None:
        add_key(folder / "keys", MovedClock())
        self.port, self.internal_port = free_port(), free_port()
        self._log = folder / "edge.log"
        self._tls: ssl.SSLContext | None = None
        self.scheme, pair = "http", {}
        if tls:
            self.scheme, pair = "https", self._certified(folder)
        tables = {
            "edge": {
                "public_url": f"{self.scheme}://127.0.0.1:{self.port}",
                "listen": f"127.0.0.1:{self.port}",
                "internal_listen": f"127.0.0.1:{self.internal_port}",
                "keys": str(folder / "keys"),
                "drain_seconds": 0,
                **pair,
                **edge,
            },
            "edge.connections": limits,
            "integrations.guestbook": {
                "id": "org.example.guestbook",
                "name": "Guestbook",
                "target": "ipv4:127.0.0.1:9",
                "insecure": True,
            },
        }
        config = folder / "edge.toml"
        config.write_text(toml(tables))
        allowed = f"ulimit -n {open_files}; " if open_files else ""
        command = f"{allowed}exec {sys.executable} -m sealock_contract.command edge --config {config}"
        kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                ["sh", "-c", command], stdout=log, stderr=log, env=kept, start_new_session=True
            )

    def _certified(self, folder: Path) -> dict[str, str]:
        authority = trustme.CA()
        issued = authority.issue_cert("127.0.0.1")
        files = {"certificate": str(folder / "edge.pem"), "key": str(folder / "edge.key")}
        issued.cert_chain_pems[0].write_to_path(files["certificate"])
        issued.private_key_pem.write_to_path(files["key"])
        self._tls = ssl.create_default_context()
        authority.configure_trust(self._tls)
        return files

    def connect(self) -> Peer:
        """A connection on which TLS is agreed, if there is any."""
        plain = self.connect_plain()
        if self._tls is None:
            return plain
        return Peer(self._tls.wrap_socket(plain.socket, server_hostname="127.0.0.1"))

    def connect_plain(self) -> Peer:
        """A connection and nothing else."""
        return Peer(socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE))

    def answers(self) -> bool:
        """Whether somebody who comes now is answered."""
        try:
            peer = self.connect()
            with peer.socket:
                peer.send(GET)
                return peer.answer().status == 404
        except (OSError, AssertionError):
            return False

    def probe(self, path: str = "/livez") -> str:
        """What the internal listener says."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.internal_port}{path}", timeout=PATIENCE) as answer:
            return answer.read().decode()

    def met(self, limit: str) -> int:
        """How many public connections met the limit."""
        return self.metric(f'sealock_edge_connection_limits_total{{limit="{limit}",listener="public"}}')

    def metric(self, name: str) -> int:
        [value] = re.findall(rf"^{re.escape(name)} (\S+)$", self.probe("/metrics"), re.MULTILINE)
        return int(float(value))

    @property
    def open(self) -> int:
        """Public connections."""
        return self.metric('sealock_edge_connections{listener="public"}')

    @property
    def warnings(self) -> list[dict[str, Any]]:
        """Lines of the log that are about more than what goes well. That the connector is not there is known."""
        lines = [json.loads(line) for line in self._log.read_text().splitlines()]
        return [each for each in lines if each["level"] != "info" and each["event"] != "connector_not_ready"]

    def seconds_to_stop(self) -> float:
        """From SIGTERM to its end, which is a good one."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(PATIENCE * 2) == 0, self._log.read_text()
        return time.monotonic() - begun

    def resident(self) -> int:
        """The memory of the process that serves, in bytes."""
        pid = self.process.pid
        [worker] = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        [kilobytes] = re.findall(r"VmRSS:\s+(\d+)", Path(f"/proc/{worker}/status").read_text())
        return int(kilobytes) * 1024


@contextmanager
def limited_edge(
    folder: Path, *, tls: bool = False, open_files: int = 0, edge: dict[str, Any] | None = None, **limits: Any
) -> Iterator[LimitedEdge]:
    """Run it with these settings of `[edge.connections]`, and at most so many open files."""
    running = LimitedEdge(folder, tls=tls, open_files=open_files, edge=edge or {}, limits=limits)
    try:
        eventually(lambda: started(running))
        yield running
    finally:
        if running.process.poll() is None:
            os.killpg(running.process.pid, signal.SIGKILL)
            running.process.wait()


def started(edge: LimitedEdge) -> bool:
    assert edge.process.poll() is None, edge._log.read_text()
    try:
        return bool(edge.probe())
    except OSError:
        return False


def eventually(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.05)
