# SPDX-License-Identifier: Apache-2.0
"""The edge's public application behind a real HTTP server, and waiting for what happens there."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2

from sealock.connector.v1.describe_pb2 import Capability
from sealock.connector.v1.external_resource_pb2 import FileReference
from sealock.connector.v1.file_pb2 import FileInfo, OpenFileResponse
from sealock.connector.v1.pull_pb2 import PullResponse
from tests.edge.edge_under_test import PUBLIC_URL, EdgeUnderTest
from tests.edge.endpoints.test_pull import resource
from tests.edge.scripted_connector import ALL_CAPABILITIES, ScriptedConnector, described
from tests.serving import serving

DATA = bytes(range(256)) * 1000


@asynccontextmanager
async def served(app: Any) -> AsyncIterator[str]:
    """Serve the application as the worker does; its lifespan is the caller's. Gives the address."""
    async with serving(lambda _: app, patience=0) as url:
        yield url


@dataclass
class FileEdge:
    """An edge whose connector opens files, and a client of its links."""

    edge: EdgeUnderTest
    connector: ScriptedConnector
    url: str
    http: httpx2.AsyncClient = field(
        default_factory=lambda: httpx2.AsyncClient(trust_env=False, verify=False, timeout=30)
    )

    async def link(self, name: str = "pier.png", reference: str = "ref-1", **pulling: Any) -> str:
        """Pull a resource with this file, and take its link; it leads to the server of the test."""
        [link] = await self.links(FileReference(name=name, reference=reference), **pulling)
        return link

    async def links(self, *files: FileReference, **pulling: Any) -> list[str]:
        self.connector.script("Pull", PullResponse(resources=[resource(files=files)]))
        [answered] = (await self.edge.pull(**pulling)).json["external_resources"]
        return [self.here(link) for link in answered.get("file_urls", [])]

    def here(self, link: str) -> str:
        return link.replace(PUBLIC_URL, self.url)

    def script(self, *parts: Any, info: Mapping[str, Any] | None = None) -> None:
        """What the connector streams: the info, then what there is."""
        self.connector.script("OpenFile", [opened(**(info or {})), *(chunk(part) for part in parts)])

    async def until_no_file_is_on_its_way(self) -> None:
        await until(lambda: self.connector.streaming == 0)


def opened(**info: Any) -> OpenFileResponse:
    return OpenFileResponse(info=FileInfo(**{"name": "pier.png", "content_type": "image/png", "size": 0, **info}))


def chunk(part: Any) -> Any:
    return OpenFileResponse(chunk=part) if isinstance(part, bytes) else part


@asynccontextmanager
async def file_edge(edge: EdgeUnderTest, connector: ScriptedConnector) -> AsyncIterator[FileEdge]:
    connector.script("Describe", described(capabilities=[*ALL_CAPABILITIES, Capability.CAPABILITY_FILES]))
    await edge.get("manifest.json")
    async with served(edge.edge.public) as url:
        files = FileEdge(edge, connector, url)
        async with files.http:
            yield files


async def until(condition: Callable[[], bool | Awaitable[bool]], seconds: float = 30) -> None:
    """Poll until the condition holds. Raises `TimeoutError` if it does not in time."""
    async with asyncio.timeout(seconds):
        while True:
            holds = condition()
            if await holds if inspect.isawaitable(holds) else holds:
                return
            await asyncio.sleep(0.02)
