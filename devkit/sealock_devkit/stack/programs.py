# SPDX-License-Identifier: Apache-2.0
"""The programs of a stack: how each is called, where it listens, and how one sees that it is ready."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sealock_devkit.stack.certificates import Trust
from sealock_devkit.stack.demo_origin import DemoOrigin
from sealock_devkit.stack.process import (
    Process,
    ProcessFailed,
    connector_serves,
    free_port,
    http_answers,
    minimal_environment,
)

Value = str | int | float | bool | list[str]
Tables = Mapping[str, Mapping[str, Value]]


PUSH_CLIENT_ID = "sealock_local"
"""The local Zendesk approves any, unless it is told not to."""
LONGEST_WAIT_SECONDS = 2
"""How long the local Zendesk waits at most before it repeats a reply, whatever the edge asks for."""

UNHURRIED: Mapping[str, Value] = {"setup_steps_per_minute": 100_000, "setup_steps_per_minute_by_address": 100_000}
"""Programs set accounts up faster than people."""


def write_settings(file: Path, tables: Tables) -> None:
    """Write tables (by dotted name) and their settings."""
    lines: list[str] = []
    for table, settings in tables.items():
        lines.append(f"[{table}]")
        # JSON's strings, numbers, booleans and lists of strings are TOML's too.
        lines.extend(f"{name} = {json.dumps(value)}" for name, value in settings.items())
        lines.append("")
    file.write_text("\n".join(lines), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Program:
    """One running program of a stack."""

    process: Process
    answers: Callable[[], Awaitable[bool]]

    async def start(self) -> None:
        """Start the program and wait until it is ready. Raises `ProcessFailed`."""
        await self.process.start()
        await self.process.ready(self.answers)


@dataclass(frozen=True, slots=True)
class Edge(Program):
    """An edge with its two listeners."""

    url: str
    """The public listener's address, where Zendesk and browsers come."""
    internal_url: str
    """The internal listener's address: probes and metrics."""


@dataclass(frozen=True, slots=True)
class ConnectorServer(Program):
    """A connector of one origin."""

    origin: str
    address: str
    """Where it serves gRPC: `host:port`."""


@dataclass(frozen=True, slots=True)
class ZendeskServer(Program):
    """A local Zendesk, which pages and JSON clients reach at the same address."""

    url: str
    """Its API's address."""


SEALOCK = str(Path(sys.executable).with_name("sealock"))


class Programs:
    """Makes the programs of a stack, not yet started."""

    def __init__(
        self,
        folder: Path,
        *,
        trust: Trust | None,
        on_zendesk_line: Callable[[str], None] | None,
        environment: Mapping[str, str] | None = None,
        plain_edges: bool = False,
    ) -> None:
        """
        `environment` is what edges and connectors find in theirs, on top of the little that all programs have. With
        `plain_edges`, `trust` is for the connectors only.
        """
        self._folder = folder
        self._environment = environment
        self._trust = trust
        self._trust_of_edges = None if plain_edges else trust
        self._on_zendesk_line = on_zendesk_line

    def connector(self, origin: DemoOrigin, number: int, options: Sequence[str]) -> ConnectorServer:
        """A connector of the origin; those with other numbers share its outbox."""
        name = f"connector-{origin.name}-{number}"
        address = f"127.0.0.1:{free_port()}"
        command = [
            *self.connector_command(origin),
            *("--listen", address),
            *("--store", f"sqlite:{self._folder / origin.name / 'outbox.sqlite'}"),
            *self._connector_security(),
            *("--drain-seconds", "1"),
            *origin.connector_options,
            *options,
        ]
        return ConnectorServer(
            process=self.process(name, command),
            answers=connector_serves(address, self._trust),
            origin=origin.name,
            address=address,
        )

    def connector_command(self, origin: DemoOrigin) -> Sequence[str]:
        """How a connector of the origin is called."""
        return (SEALOCK, "connector", origin.origin)

    def edges(
        self,
        count: int,
        settings: Mapping[str, Value],
        origins: Sequence[DemoOrigin],
        *,
        connectors: Sequence[ConnectorServer],
        zendesk: ZendeskServer,
        port: int,
    ) -> list[Edge]:
        """Edges that serve all the origins, under the address of the first one, at `port`, as their public URL."""
        scheme = "https" if self._trust_of_edges else "http"
        integrations = {f"integrations.{origin.name}": self._integration(origin, connectors) for origin in origins}
        edges: list[Edge] = []
        for number in range(1, count + 1):
            name = f"edge-{number}"
            public, internal = f"127.0.0.1:{free_port() if edges else port}", f"127.0.0.1:{free_port()}"
            url = f"{scheme}://{public}"
            own: dict[str, Value] = {
                "public_url": edges[0].url if edges else url,
                "listen": public,
                "internal_listen": internal,
                "drain_seconds": 1,
                **UNHURRIED,
                **self._edge_security(),
                **settings,
            }
            file = self._folder / f"{name}.toml"
            believed: dict[str, Value] = {"development_origins": [zendesk.url]}
            write_settings(file, {"edge": own, "zendesk": believed, **integrations})
            process = self.process(name, [SEALOCK, "edge", "--config", str(file)])
            ready = http_answers(f"http://{internal}/readyz", None)
            edges.append(Edge(process=process, answers=ready, url=url, internal_url=f"http://{internal}"))
        return edges

    def zendesk(self, port: int, pull_interval: float, options: Sequence[str]) -> ZendeskServer:
        """The local Zendesk, on the port or (0) on any."""
        listen = f"127.0.0.1:{port or free_port()}"
        command = [
            *(SEALOCK, "zendesk"),
            *("--listen", listen),
            *("--data", str(self._folder / "zendesk")),
            *("--interval", f"{pull_interval:g}"),
            *("--set", f"channelback_longest_wait_seconds={LONGEST_WAIT_SECONDS}"),
            *(("--ca", str(self._trust_of_edges.authority)) if self._trust_of_edges else ()),
            *options,
        ]
        return ZendeskServer(
            process=Process("zendesk", command, log=self.log("zendesk"), echo=self._on_zendesk_line),
            answers=http_answers(f"http://{listen}/api/settings", None),
            url=f"http://{listen}",
        )

    def _integration(self, origin: DemoOrigin, connectors: Sequence[ConnectorServer]) -> dict[str, Value]:
        addresses = ",".join(connector.address for connector in connectors if connector.origin == origin.name)
        return {
            "id": f"org.example.{origin.name}",
            "name": origin.title,
            "author": "Example",
            "target": f"ipv4:{addresses}",
            "push_client_id": PUSH_CLIENT_ID,
            **self._target_security(),
        }

    def _connector_security(self) -> Sequence[str]:
        if self._trust is None:
            return ("--insecure",)
        pair = self._trust.connector
        return (
            *("--tls-cert", str(pair.certificate)),
            *("--tls-key", str(pair.key)),
            *("--tls-client-ca", str(self._trust.authority)),
            *("--allowed-callers", "dns:edge"),
        )

    def _target_security(self) -> dict[str, Value]:
        if self._trust is None:
            return {"insecure": True}
        edge = self._trust.edge
        return {
            "ca": str(self._trust.authority),
            "certificate": str(edge.certificate),
            "key": str(edge.key),
            "server_name": "connector",
        }

    def _edge_security(self) -> dict[str, Value]:
        if self._trust_of_edges is None:
            return {}
        pair = self._trust_of_edges.edge
        return {"certificate": str(pair.certificate), "key": str(pair.key)}

    def process(self, name: str, command: Sequence[str]) -> Process:
        """An edge or a connector, to be run by this command."""
        return Process(name, command, log=self.log(name), environment=self._environment)

    def log(self, name: str) -> Path:
        """The file of a program's log."""
        return self._folder / "logs" / f"{name}.log"


async def run_once(*arguments: str) -> str:
    """Run a `sealock` command to its end. Returns what it printed; raises `ProcessFailed` if it fails."""
    process = await asyncio.create_subprocess_exec(
        SEALOCK,
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=minimal_environment(),
    )
    output, _ = await process.communicate()
    text = output.decode("utf-8", errors="replace")
    if process.returncode != 0:
        raise ProcessFailed(f"sealock {' '.join(arguments[:2])} ended with {process.returncode}\n{text}")
    return text
