# SPDX-License-Identifier: Apache-2.0
"""The keys command under a clock that tests move, and edges that tell of their keys over real HTTP."""

from __future__ import annotations

import threading
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from sealock_edge.commands.keys import KeysCommand

START = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)


class Keys:
    """Runs `sealock keys ...` at a time that tests move."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.now = START
        self.command = KeysCommand(lambda: self.now)

    def __call__(self, action: str, *options: str) -> int:
        parser = ArgumentParser()
        self.command.add_arguments(parser)
        return self.command.run(parser.parse_args([action, str(self.directory), *options]))

    def move(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now

    def ids(self) -> set[str]:
        return {path.stem for path in self.directory.glob("*.key")}

    def add(self) -> str:
        """Adds a key, by `new` or `rotate`; returns its id."""
        before = self.ids()
        assert self("rotate" if before else "new") == 0
        (made,) = self.ids() - before
        return made


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path / "keys")


ServeMetrics = Callable[..., str]


@pytest.fixture
def serve() -> Iterator[Callable[[bytes, int], str]]:
    """Serves a body at /metrics on a port of its own; returns the URL to ask."""
    servers: list[ThreadingHTTPServer] = []

    def start(body: bytes, status: int = 200) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status if self.path == "/metrics" else 404)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def metrics(*, started: datetime, **last_opened: datetime | None) -> bytes:
    """What an edge's /metrics says; None stands for a key that has opened nothing."""
    registry = CollectorRegistry()
    Gauge("sealock_edge_start_timestamp_seconds", "When it started", registry=registry).set(started.timestamp())
    opened = Gauge("sealock_key_last_opened_timestamp_seconds", "When it opened", ["key"], registry=registry)
    for key, when in last_opened.items():
        opened.labels(key.removeprefix("key_")).set(when.timestamp() if when else 0)
    return generate_latest(registry)
