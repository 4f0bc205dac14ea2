# SPDX-License-Identifier: Apache-2.0
"""The whole system on loopback: origins, connectors, edges and a local Zendesk, each a real process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sealock_devkit.stack.certificates import Authority, Trust
from sealock_devkit.stack.demo_origin import DemoOrigin, PostsWebhooks, load_demo_origin
from sealock_devkit.stack.process import ProcessFailed, free_port
from sealock_devkit.stack.programs import ConnectorServer, Edge, Program, Programs, Value, ZendeskServer, run_once
from sealock_devkit.stack.zendesk_client import ZendeskClient


@dataclass(frozen=True, slots=True)
class Options:
    """How a stack differs from the plain one."""

    edges: int = 1
    """Edges, with the same keys; all give the first one's address as the public URL."""
    connectors: int = 1
    """Connectors for each origin, with one outbox."""
    workers: int = 1
    """Worker processes of each edge."""
    tls: bool = False
    """HTTPS at the edge and mTLS to the connectors, by a throwaway authority."""
    plain_edges: bool = False
    """With `tls`: edges take plain HTTP all the same, as behind an ingress."""
    pull_interval: float = 1
    """Seconds between two pulls of an account by the local Zendesk."""
    zendesk_port: int = 0
    """The local Zendesk's port; 0: any."""
    webhooks: bool = False
    """Origins that can tell the edges at once what is new do so; not with HTTPS at the edge."""
    edge_settings: Mapping[str, Value] = field(default_factory=dict)
    """Settings of the edge's TOML table `[edge]` on top of the stack's own."""
    connector_options: Sequence[str] = ()
    """Options of every connector on top of the stack's own."""
    zendesk_options: Sequence[str] = ()
    """Options of the local Zendesk on top of the stack's own."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """What edges and connectors find in their environment on top of the stack's own."""


class Stack:
    """
    A running system. Use it as an async context manager: nothing that it started is left behind.

    Everything (data, keys, settings, logs) is under its folder.
    """

    def __init__(
        self,
        folder: Path,
        *,
        origin: str | DemoOrigin = "guestbook",
        others: Sequence[str | DemoOrigin] = (),
        options: Options | None = None,
        on_zendesk_line: Callable[[str], None] | None = None,
        programs: Callable[..., Programs] = Programs,
    ) -> None:
        """
        Say what to run; entering the context runs it.

        `origin` and `others` are the names of origins, or origins of your own. `on_zendesk_line` gets each line of
        the local Zendesk's console, `programs` says how each program is run. Raises `ValueError` for an unknown
        origin.
        """
        self.folder = folder
        self.origins = [load_demo_origin(each) if isinstance(each, str) else each for each in (origin, *others)]
        self._options = options or Options()
        self._edge_port = free_port()
        self._on_zendesk_line = on_zendesk_line
        self._programs = programs
        self._cleanup = AsyncExitStack()
        self.edges: list[Edge] = []
        self.connectors: list[ConnectorServer] = []
        self._zendesk_server: ZendeskServer | None = None
        self._zendesk: ZendeskClient | None = None
        self.trust: Trust | None = None
        self.authority: Authority | None = None

    @property
    def origin(self) -> DemoOrigin:
        """The first origin."""
        return self.origins[0]

    @property
    def edge(self) -> Edge:
        """The first edge."""
        return self.edges[0]

    @property
    def connector(self) -> ConnectorServer:
        """The first origin's first connector."""
        return self.connectors[0]

    @property
    def zendesk_server(self) -> ZendeskServer:
        """The local Zendesk as a program, to be stopped and started; `zendesk` is its client."""
        if self._zendesk_server is None:
            raise ProcessFailed("the local Zendesk was never started")
        return self._zendesk_server

    @property
    def zendesk(self) -> ZendeskClient:
        """What administrators and agents do at the local Zendesk."""
        if self._zendesk is None:
            raise ProcessFailed("the local Zendesk was never started")
        return self._zendesk

    @property
    def keys(self) -> Path:
        """The folder of the edges' keys."""
        return self.folder / "keys"

    def manifest_url(self, origin: DemoOrigin | None = None) -> str:
        """Where an origin's manifest is; the first one's, if none is named."""
        return f"{self.edge.url}/{(origin or self.origin).name}/manifest.json"

    async def __aenter__(self) -> Self:
        """Start everything, and wait until it is ready. Raises `ProcessFailed`, with nothing left running."""
        try:
            await self._start()
        except BaseException:
            await self._cleanup.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop everything: the local Zendesk, which calls the others, then edges and connectors, then the origins."""
        await self._cleanup.aclose()

    async def stop(self, program: Program) -> int:
        """Stop a program with SIGTERM. Returns its exit code."""
        return await program.process.stop()

    async def kill(self, program: Program) -> int:
        """End a program and its children at once, as `kill -9` does."""
        return await program.process.kill()

    async def restart(self, program: Program) -> None:
        """Start a program again where it was, after stopping it if it still runs."""
        await program.process.stop()
        await program.start()

    async def sealock(self, *arguments: str) -> str:
        """Run a `sealock` command to its end. Returns what it printed; raises `ProcessFailed` if it fails."""
        return await run_once(*arguments)

    async def _start(self) -> None:
        (self.folder / "logs").mkdir(parents=True, exist_ok=True)
        self.trust = self._make_trust()
        await _together(self.sealock("keys", "new", str(self.keys)), *map(self._start_origin, self.origins))
        self._zendesk_server = self._make_programs()
        await self._start_programs((*self.connectors, *self.edges), (self._zendesk_server,))
        self._zendesk = await self._cleanup.enter_async_context(ZendeskClient(self._zendesk_server.url))

    async def _start_origin(self, origin: DemoOrigin) -> None:
        place = self.folder / origin.name
        place.mkdir(exist_ok=True)
        if self._options.webhooks and isinstance(origin, PostsWebhooks):
            origin.post_webhooks_to(f"http://127.0.0.1:{self._edge_port}/{origin.name}/webhook")
        self._cleanup.push_async_callback(origin.stop)
        await origin.start(place)

    def _make_programs(self) -> ZendeskServer:
        options = self._options
        programs = self._programs(
            self.folder,
            trust=self.trust,
            on_zendesk_line=self._on_zendesk_line,
            environment=options.environment,
            plain_edges=options.plain_edges,
        )
        self.connectors = [
            programs.connector(origin, number, options.connector_options)
            for origin in self.origins
            for number in range(1, options.connectors + 1)
        ]
        zendesk = programs.zendesk(options.zendesk_port, options.pull_interval, options.zendesk_options)
        settings = {"workers": options.workers, "keys": str(self.keys), **options.edge_settings}
        self.edges = programs.edges(
            options.edges, settings, self.origins, connectors=self.connectors, zendesk=zendesk, port=self._edge_port
        )
        return zendesk

    async def _start_programs(self, *groups: Sequence[Program]) -> None:
        """Start them all at once; those of a group are stopped together, the last group first."""
        for group in groups:
            started: list[Program] = []
            self._cleanup.push_async_callback(_stop, started)
            for program in group:
                await program.process.start()
                started.append(program)
        await _together(*(program.process.ready(program.answers) for group in groups for program in group))

    def _make_trust(self) -> Trust | None:
        if not self._options.tls:
            return None
        folder = self.folder / "certificates"
        folder.mkdir(exist_ok=True)
        self.authority = Authority(folder)
        edge, connector = self.authority.make("edge"), self.authority.make("connector")
        return Trust(self.authority.certificate, edge=edge, connector=connector)


async def _stop(programs: Sequence[Program]) -> None:
    await _together(*(program.process.stop() for program in programs))


async def _together(*parts: Coroutine[Any, Any, object]) -> None:
    """Wait for all of them. Raises the first exception, once the others have ended too."""
    try:
        async with asyncio.TaskGroup() as started:
            for part in parts:
                started.create_task(part)
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
